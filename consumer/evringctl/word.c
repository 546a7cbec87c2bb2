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

void near_begin(struct near *near, const char *typed)
{
	near->typed = typed;
	near->n = 0;
}

static bool long_as(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return n < m + NEAR_EDITS && m < n + NEAR_EDITS;
}

/* As edits(), for very many words: cheap where nothing can come of it. */
static unsigned int far_edits(const char *typed, const char *word)
{
	const char *colon = strchr(word, ':');
	unsigned int d = UINT_MAX;

	if (long_as(typed, word) || (colon && long_as(typed, colon + 1)))
		d = edits(typed, word);
	/* A forgotten do_ or __x64_. */
	if (strlen(typed) > 4 && strstr(word, typed))
		d = least(d, NEAR_EDITS - 1);
	return d;
}

void near_look(struct near *near, const char *name)
{
	unsigned int d = far_edits(near->typed, name), i, at;

	if (d >= NEAR_EDITS || d >= strlen(near->typed))
		return;
	for (i = 0; i < near->n; i++)
		if (!strcmp(near->names[i], name))
			return;
	for (at = 0; at < near->n && near->edits[at] <= d; at++)
		;
	if (at == NEAR_MAX)
		return;
	if (near->n < NEAR_MAX)
		near->n++;
	for (i = near->n - 1; i > at; i--) {
		near->edits[i] = near->edits[i - 1];
		memcpy(near->names[i], near->names[i - 1], sizeof(near->names[i]));
	}
	near->edits[at] = d;
	snprintf(near->names[at], sizeof(near->names[at]), "%s", name);
}

void near_lines(struct near *near, char *text)
{
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		line[strcspn(line, " \t")] = '\0';
		near_look(near, line);
	}
}

void near_print(const struct near *near)
{
	unsigned int i;

	for (i = 0; i < near->n && near->edits[i] <= near->edits[0] + 1; i++)
		fprintf(stderr, "%s%s", i ? ", " : "evringctl: did you mean: ", near->names[i]);
	if (i)
		fputc('\n', stderr);
}
