// SPDX-License-Identifier: GPL-2.0
#include "near.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LONGEST	64U

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to put in, take out or change to make @a of @b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1], n = strlen(a), m = strlen(b), i, j, corner, above;

	if (n > LONGEST || m > LONGEST)
		return SIZE_MAX;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[m];
}

void near_offer(struct near *n, const char *candidate)
{
	size_t d = distance(n->name, candidate), len = strlen(n->name);
	unsigned int i, j;

	/* A part of a longer name, too. */
	if (len > 2 && strstr(candidate, n->name) && d > 2)
		d = 2;
	if (d > 1 + len / 4)
		return;
	for (i = 0; i < NEAR_MAX && n->best[i] && n->distance[i] <= d; i++)
		if (!strcmp(n->best[i], candidate))
			return;
	if (i == NEAR_MAX)
		return;
	for (j = NEAR_MAX - 1; j > i; j--) {
		n->best[j] = n->best[j - 1];
		n->distance[j] = n->distance[j - 1];
	}
	n->best[i] = candidate;
	n->distance[i] = d;
}

const char *near_text(const struct near *n, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < NEAR_MAX && n->best[i] && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "; near: ",
					 n->best[i]);
	return buf;
}
