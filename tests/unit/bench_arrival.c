// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* libs: -lm */
/*
 * The bench's latencies: from when a record was due, not from when it was emitted, so that a
 * stall of the emitter or of the reader counts for every record that was due meanwhile; and the
 * start is found from the records themselves.
 */
#include "bench.h"
#include "../../bench/arrival.c"
#include "../../bench/histogram.c"

#define RATE	1000U		/* a record each millisecond */
#define MS	1000000U
#define N	101U		/* the first does not count */
#define START	5000000000U

static struct arrival arrivals[N];

/* Every record is emitted @late after it was due, and seen @after after that. */
static void on_time(uint64_t late, uint64_t after)
{
	uint32_t i;

	for (i = 0; i < N; i++) {
		arrivals[i].number = i;
		arrivals[i].emitted = START + (uint64_t)i * MS + late;
		arrivals[i].seen = arrivals[i].emitted + after;
	}
}

/* Nothing of records @first to @last happens before @last is due. */
static void stall(uint32_t first, uint32_t last, bool emitter)
{
	uint32_t i;

	for (i = first; i <= last; i++) {
		if (emitter)
			arrivals[i].emitted = arrivals[last].emitted;
		arrivals[i].seen = arrivals[last].seen;
	}
}

static bool about(uint64_t value, uint64_t expected)
{
	return value >= expected && value <= expected + expected / HISTOGRAM_STEPS;
}

static struct histogram *evaluate(struct sample *s)
{
	static struct histogram all;

	memset(&all, 0, sizeof(all));
	memset(s, 0, sizeof(*s));
	arrival_evaluate(arrivals, N, RATE, &all, s);
	return &all;
}

static void on_time_is_what_the_reader_takes(void)
{
	struct sample s;
	struct histogram *all;

	on_time(0, 3000);
	all = evaluate(&s);
	check("bench_arrival_counts_all_but_the_first", all->total == N - 1);
	check("bench_arrival_on_time", about(s.p50_ns, 3000) && about(s.p99_ns, 3000));
	check("bench_arrival_on_time_is_emitted_on_time", s.late_p99_ns == 0);
}

static void what_all_have_in_common_is_the_start(void)
{
	struct sample s;

	on_time(700, 3000);
	evaluate(&s);
	check("bench_arrival_common_lateness_is_the_start",
	      about(s.p50_ns, 3000) && s.late_p99_ns == 0);
}

static void a_late_reader_is_late_for_all_that_were_due(void)
{
	struct sample s;
	struct histogram *all;

	on_time(0, 0);
	stall(11, 31, false);
	all = evaluate(&s);
	check("bench_arrival_reader_s_stall_is_the_maximum", all->max == 20U * MS);
	/* Of a hundred, twenty were late, by 1 to 20 ms. */
	check("bench_arrival_reader_s_stall_counts_for_each",
	      histogram_percentile(all, 80) == 0 && about(histogram_percentile(all, 90), 10U * MS));
	check("bench_arrival_reader_s_stall_is_not_the_emitter_s", s.late_p99_ns == 0);
}

static void a_late_emitter_is_no_excuse(void)
{
	struct sample s;
	struct histogram *all;

	on_time(0, 0);
	stall(11, 31, true);
	all = evaluate(&s);
	check("bench_arrival_emitter_s_stall_is_the_maximum", all->max == 20U * MS);
	check("bench_arrival_emitter_s_stall_is_told", about(s.late_p99_ns, 19U * MS));
}

static void the_first_may_be_as_late_as_it_likes(void)
{
	struct sample s;

	on_time(0, 1000);
	arrivals[0].emitted += 50U * MS;
	arrivals[0].seen += 50U * MS;
	check("bench_arrival_first_does_not_count", about(evaluate(&s)->max, 1000));
}

static void lost_records_leave_the_others_where_they_are(void)
{
	struct sample s;

	on_time(0, 1000);
	arrivals[50] = arrivals[51];
	check("bench_arrival_goes_by_the_number", about(evaluate(&s)->max, 1000));
}

int main(void)
{
	on_time_is_what_the_reader_takes();
	what_all_have_in_common_is_the_start();
	a_late_reader_is_late_for_all_that_were_due();
	a_late_emitter_is_no_excuse();
	the_first_may_be_as_late_as_it_likes();
	lost_records_leave_the_others_where_they_are();
	return failures != 0;
}
