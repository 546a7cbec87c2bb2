// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/*
 * How far behind a reader says it is, on the test double: what was emitted and not taken, of each
 * CPU, record by record, within a block and across blocks; after an overrun, from a seek on.
 */
#include "double.h"

#define IN_BLOCK	64U

static void what_was_emitted_and_not_taken(void)
{
	struct evring_double *d = make(2, 0);
	struct evring r;
	uint32_t i;
	int err;

	attach(d, &r, 0);
	CHECK_EQ(evring_lag(&r, 0), 0);
	for (i = 1; i <= 3 * IN_BLOCK; i++) {
		emit(d, 0, i);
		CHECK_EQ(evring_lag(&r, 0), i);
	}
	CHECK_EQ(evring_lag(&r, 1), 0);
	emit_many(d, 1, 7);
	CHECK_EQ(evring_lag(&r, 1), 7);
	for (i = 3 * IN_BLOCK + 7; i--;) {
		take(&r, 1, &err);
		CHECK_EQ(evring_lag(&r, 0) + evring_lag(&r, 1), i);
	}
	evring_close(&r);
	evring_double_destroy(d);
}

static void what_was_overwritten_counts(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;
	int err;

	attach(d, &r, 0);
	emit_many(d, 0, 5 * RECORDS);
	CHECK_EQ(evring_lag(&r, 0), 5 * RECORDS);
	/* The overrun, which is as far as nothing is left to be taken before it. */
	take(&r, 1, &err);
	CHECK_EQ(evring_lag(&r, 0), 5 * RECORDS - stats(&r).overrun);
	take(&r, UINT64_MAX, &err);
	CHECK_EQ(evring_lag(&r, 0), 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void drops_do_not(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;

	attach(d, &r, 0);
	emit_many(d, 0, 3);
	evring_double_freeze(d);
	emit_many(d, 0, 9);
	CHECK_EQ(evring_lag(&r, 0), 3);
	evring_close(&r);
	evring_double_destroy(d);
}

static void from_where_it_went(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;

	attach(d, &r, 0);
	emit_many(d, 0, 100);
	evring_seek(&r, EVRING_SEEK_LATEST, 0);
	CHECK_EQ(evring_lag(&r, 0), 0);
	evring_seek_seq(&r, 0, 60);
	CHECK_EQ(evring_lag(&r, 0), 40);
	CHECK_EQ(evring_lag(&r, 1), 0);
	CHECK_EQ(evring_lag(&r, UINT32_MAX), 0);
	evring_close(&r);
	evring_double_destroy(d);
}

int main(void)
{
	RUN(what_was_emitted_and_not_taken);
	RUN(what_was_overwritten_counts);
	RUN(drops_do_not);
	RUN(from_where_it_went);
	return failures != 0;
}
