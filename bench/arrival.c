// SPDX-License-Identifier: GPL-2.0
/*
 * When records came, and when they were due.
 *
 * The n-th record is due n / rate seconds after the start, whatever became of those before: a
 * reader that is late for one is late for all that were due meanwhile, and each of them counts (no
 * coordinated omission). Nobody tells the start: it is that of the record that was emitted least
 * late. So what timer and interrupt take at their best is left out, for every reader alike.
 */
#include "arrival.h"

#include <stdlib.h>

/* When was record number @number due, counted from the start? */
static uint64_t due(uint32_t number, uint64_t rate)
{
	return (uint64_t)((double)number * NSEC_PER_SEC / (double)rate);
}

static uint64_t start_of(const struct arrival *arrivals, uint64_t n, uint64_t rate)
{
	uint64_t start = UINT64_MAX, at, i;

	for (i = 0; i < n; i++) {
		at = arrivals[i].emitted - due(arrivals[i].number, rate);
		if (at < start)
			start = at;
	}
	return start;
}

/* Time stamps may step by some nanoseconds against the clock that the reader asks. */
static uint64_t since(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/**
 * arrival_evaluate() - how late were @n records that were due at @rate a second?
 * @all: their latencies are added; or NULL.
 * @s: takes the percentiles.
 *
 * The very first record of the generator's is due when its timer is not set yet, and does not
 * count.
 */
int arrival_evaluate(const struct arrival *arrivals, uint64_t n, uint64_t rate,
		     struct histogram *all, struct sample *s)
{
	struct histogram *seen = calloc(2, sizeof(*seen)), *emitted;
	uint64_t start = start_of(arrivals, n, rate), at, i;

	if (!seen)
		return fail("no memory");
	emitted = seen + 1;
	for (i = 0; i < n; i++) {
		if (!arrivals[i].number)
			continue;
		at = start + due(arrivals[i].number, rate);
		histogram_add(seen, since(arrivals[i].seen, at));
		histogram_add(emitted, since(arrivals[i].emitted, at));
	}
	s->p50_ns = histogram_percentile(seen, 50);
	s->p99_ns = histogram_percentile(seen, 99);
	s->late_p50_ns = histogram_percentile(emitted, 50);
	s->late_p99_ns = histogram_percentile(emitted, 99);
	if (all)
		histogram_merge(all, seen);
	free(seen);
	return 0;
}
