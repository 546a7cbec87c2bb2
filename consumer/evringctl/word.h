/* SPDX-License-Identifier: GPL-2.0 */
/* word: tables of names, and the names near a mistyped one. */
#ifndef EVRINGCTL_WORD_H
#define EVRINGCTL_WORD_H

#include <linux/types.h>

/**
 * struct word - a name and what it stands for. Tables end by one without a name.
 * @name: the name.
 * @value: what it stands for.
 */
struct word {
	const char *name;
	__u64 value;
};

/** find_word() - the word of this name. Return: NULL if there is none. */
const struct word *find_word(const struct word *words, const char *name);

/** word_of() - the name of a value. Return: "unknown" if there is none. */
const char *word_of(const struct word *words, __u64 value);

/** print_near() - list the words near @name, or all if none is, on standard error. */
void print_near(const struct word *words, const char *name);

#define NEAR_MAX	5U	/* names that struct near keeps */
#define NEAR_EDITS	4U	/* further off nothing is near */

/**
 * struct near - of many names the few that are nearest to a mistyped one.
 * @typed: what was typed.
 * @n: names kept.
 * @edits: how far each is, the nearest first.
 * @names: the names.
 */
struct near {
	const char *typed;
	unsigned int n;
	unsigned int edits[NEAR_MAX];
	char names[NEAR_MAX][80];
};

/** near_begin() - nothing is near @typed yet. */
void near_begin(struct near *near, const char *typed);

/** near_look() - look at one of the names; it may be one that was looked at already. */
void near_look(struct near *near, const char *name);

/** near_lines() - look at the first word of each line of @text, which is cut to pieces. */
void near_lines(struct near *near, char *text);

/** near_print() - list the nearest on standard error; nothing if none is near. */
void near_print(const struct near *near);

#endif
