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

#endif
