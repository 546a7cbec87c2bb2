// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Never more than half full, so that what is sought is near where it belongs. */
#define SLOTS	(2 * TABLE_MAX)

/**
 * struct sorting - how to compare, for qsort_r().
 * @order: by what.
 * @reverse: the other way round.
 */
struct sorting {
	enum table_order order;
	bool reverse;
};

int table_open(struct table *t)
{
	t->nrows = 0;
	t->rows = calloc(TABLE_MAX, sizeof(*t->rows));
	t->slots = calloc(SLOTS, sizeof(*t->slots));
	t->sorted = calloc(TABLE_MAX, sizeof(*t->sorted));
	if (t->rows && t->slots && t->sorted)
		return 0;
	table_close(t);
	return -ENOMEM;
}

void table_close(struct table *t)
{
	free(t->rows);
	free(t->slots);
	free(t->sorted);
	memset(t, 0, sizeof(*t));
}

/* Where @key is, or belongs. */
static uint32_t *find_slot(struct table *t, uint64_t key)
{
	uint64_t i = key * 0x9e3779b97f4a7c15ULL >> 40;

	for (;; i++) {
		uint32_t *slot = &t->slots[i % SLOTS];

		if (!*slot || t->rows[*slot - 1].key == key)
			return slot;
	}
}

struct row *table_row(struct table *t, uint64_t key)
{
	uint32_t *slot = find_slot(t, key);

	if (*slot)
		return &t->rows[*slot - 1];
	/* The last one is for them. */
	if (t->nrows == TABLE_MAX - 1 && key != TABLE_OTHERS)
		return table_row(t, TABLE_OTHERS);
	t->rows[t->nrows] = (struct row){ .key = key };
	*slot = (uint32_t)++t->nrows;
	return &t->rows[t->nrows - 1];
}

void table_name(struct row *row, const char *name, size_t len)
{
	size_t i;

	if (row->key == TABLE_OTHERS) {
		name = "others";
		len = strlen(name);
	}
	if (len >= sizeof(row->name))
		len = sizeof(row->name) - 1;
	for (i = 0; i < len; i++)
		row->name[i] = name[i] < ' ' || name[i] > '~' ? '?' : name[i];
	row->name[len] = '\0';
}

static void add(struct count *sum, const struct count *c)
{
	sum->events += c->events;
	sum->bytes += c->bytes;
	sum->lost += c->lost;
}

/* Rows that nothing was added to since the last tick become one. */
static void merge_silent(struct table *t)
{
	struct count total = { 0 }, before = { 0 };
	struct row *row, *others;
	size_t i, kept = 0;

	for (i = 0; i < t->nrows; i++) {
		row = &t->rows[i];
		if (row->key != TABLE_OTHERS && (row->events_rate > 0 || row->lost_rate > 0)) {
			t->rows[kept++] = *row;
			continue;
		}
		add(&total, &row->total);
		add(&before, &row->before);
	}
	t->nrows = kept;
	memset(t->slots, 0, SLOTS * sizeof(*t->slots));
	for (i = 0; i < kept; i++)
		*find_slot(t, t->rows[i].key) = (uint32_t)i + 1;
	others = table_row(t, TABLE_OTHERS);
	others->total = total;
	others->before = before;
	table_name(others, "", 0);
}

void table_tick(struct table *t, double seconds)
{
	struct row *row;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		row = &t->rows[i];
		row->events_rate = (double)(row->total.events - row->before.events) / seconds;
		row->bytes_rate = (double)(row->total.bytes - row->before.bytes) / seconds;
		row->lost_rate = (double)(row->total.lost - row->before.lost) / seconds;
		row->before = row->total;
	}
	if (t->nrows > TABLE_MAX / 2)
		merge_silent(t);
}

static int more_first(double a, double b)
{
	return (a < b) - (a > b);
}

static int compare_by(const struct row *a, const struct row *b, enum table_order order)
{
	switch (order) {
	case TABLE_BY_RATE:
		return more_first(a->events_rate, b->events_rate);
	case TABLE_BY_BYTES:
		return more_first(a->bytes_rate, b->bytes_rate);
	case TABLE_BY_EVENTS:
		return more_first((double)a->total.events, (double)b->total.events);
	case TABLE_BY_LOST:
		return more_first((double)a->total.lost, (double)b->total.lost);
	default:
		/* By number, where names are numbers. */
		return strverscmp(a->name, b->name);
	}
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct row *left = *(struct row *const *)a, *right = *(struct row *const *)b;
	const struct sorting *sorting = ctx;
	int c = compare_by(left, right, sorting->order);

	if (!c)
		c = compare_by(left, right, TABLE_BY_EVENTS);
	if (sorting->reverse)
		c = -c;
	return c ? c : compare_by(left, right, TABLE_BY_NAME);
}

struct row **table_sort(struct table *t, enum table_order order, bool reverse)
{
	struct sorting sorting = { .order = order, .reverse = reverse };
	size_t i;

	for (i = 0; i < t->nrows; i++)
		t->sorted[i] = &t->rows[i];
	qsort_r(t->sorted, t->nrows, sizeof(*t->sorted), compare, &sorting);
	return t->sorted;
}
