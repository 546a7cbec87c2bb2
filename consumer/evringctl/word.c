// SPDX-License-Identifier: GPL-2.0
#include "word.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const struct word *find_word(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

const char *word_of(const struct word *words, __u64 value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return "unknown";
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and replacements from @a to @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[64], diagonal, above, i, j;
	size_t n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return UINT_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(least(above, row[j]) + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[n];
}

/* Edits from what was typed to @word; a forgotten fast: or end is one edit. */
static unsigned int edits(const char *typed, const char *word)
{
	const char *colon = strchr(word, ':');
	unsigned int d = distance(typed, word);

	if (strlen(typed) > 2 && !strncmp(word, typed, strlen(typed)))
		d = least(d, 1);
	return colon ? least(d, distance(typed, colon + 1) + 1) : d;
}

void print_near(const struct word *words, const char *name)
{
	unsigned int best = UINT_MAX, d;
	const struct word *w;
	const char *separator = "";
	bool near;

	for (w = words; w->name; w++)
		best = least(best, edits(name, w->name));
	near = best <= 3 && best < strlen(name);
	fputs(near ? "evringctl: did you mean: " : "evringctl: there are: ", stderr);
	for (w = words; w->name; w++) {
		d = edits(name, w->name);
		if (near && d > best + 1)
			continue;
		fprintf(stderr, "%s%s", separator, w->name);
		separator = ", ";
	}
	fputc('\n', stderr);
}
