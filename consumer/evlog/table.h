/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table: what came, counted by something: by event, by process, by CPU.
 *
 * Of bounded size: where there are too many rows, those that were silent during the last interval
 * are counted together from then on.
 */
#ifndef EVLOG_TABLE_H
#define EVLOG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** TABLE_MAX - most rows. */
#define TABLE_MAX	16384U

/** TABLE_OTHERS - key of the row of those that have none of their own any more. */
#define TABLE_OTHERS	UINT64_MAX

/** enum table_order - by what rows are sorted; most first, but for the name. */
enum table_order {
	TABLE_BY_RATE,
	TABLE_BY_BYTES,
	TABLE_BY_EVENTS,
	TABLE_BY_LOST,
	TABLE_BY_NAME,
	TABLE_ORDERS,
};

/**
 * struct count - what was counted.
 * @events: events.
 * @bytes: their bytes, headers included.
 * @lost: events lost.
 */
struct count {
	uint64_t events;
	uint64_t bytes;
	uint64_t lost;
};

/**
 * struct row - one of them.
 * @key: what it is of.
 * @name: what that is called; printable.
 * @total: since the start.
 * @before: @total at the last tick.
 * @events_rate: events a second, between the last two ticks.
 * @bytes_rate: bytes a second.
 * @lost_rate: events lost a second.
 * @lag: events that wait, where that is known.
 */
struct row {
	uint64_t key;
	char name[40];
	struct count total;
	struct count before;
	double events_rate;
	double bytes_rate;
	double lost_rate;
	uint64_t lag;
};

/**
 * struct table - all of them.
 * @rows: in no order; they move in table_tick().
 * @nrows: how many.
 * @slots: where the row of a key is, from 1; 0: no row. A hash table.
 * @sorted: by table_sort().
 */
struct table {
	struct row *rows;
	size_t nrows;
	uint32_t *slots;
	struct row **sorted;
};

/** table_open() - make an empty one. Return: 0, or -ENOMEM. */
int table_open(struct table *t);

/** table_close() - free it. */
void table_close(struct table *t);

/** table_row() - the row of @key, made if there is none. It is valid until table_tick(). */
struct row *table_row(struct table *t, uint64_t key);

/** table_name() - @row is called @name, @len bytes, of which any may be unprintable. */
void table_name(struct row *row, const char *name, size_t len);

/** table_tick() - @seconds have passed since the last call: work out the rates. */
void table_tick(struct table *t, double seconds);

/** table_sort() - the rows in order, @nrows of them; @reverse: the other way round. */
struct row **table_sort(struct table *t, enum table_order order, bool reverse);

#endif /* EVLOG_TABLE_H */
