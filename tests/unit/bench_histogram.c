// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* libs: -lm */
/*
 * The bench's histogram: its slots are as narrow as promised and leave no value out, its
 * percentiles are those of the sorted values within that error, and the largest is exact.
 */
#include "bench.h"
#include "../../bench/histogram.c"

#include <stdlib.h>

#define VALUES	20000U

static struct histogram h, other;
static uint64_t values[VALUES];

static void clear(void)
{
	memset(&h, 0, sizeof(h));
	memset(&other, 0, sizeof(other));
}

/* Does the slot of @value end at it or at most 1/128 above, and the next slot begin there? */
static bool fits(uint64_t value)
{
	unsigned int slot = slot_of(value);
	uint64_t top = slot_top(slot);

	return slot < HISTOGRAM_SLOTS && top >= value && top - value <= value / HISTOGRAM_STEPS &&
	       slot_of(top) == slot && (top == UINT64_MAX || slot_of(top + 1) == slot + 1);
}

static void every_value_has_a_narrow_slot(void)
{
	bool small = true, powers = true;
	uint64_t value;
	unsigned int bit;

	for (value = 0; value < 1U << 17; value++)
		small &= fits(value);
	for (bit = 0; bit < 64; bit++)
		powers &= fits(1ULL << bit) && fits((1ULL << bit) - 1) && fits(3ULL << bit >> 1);
	check("bench_histogram_small_values_have_narrow_slots", small);
	check("bench_histogram_powers_of_two_have_narrow_slots", powers);
	check("bench_histogram_largest_value_has_the_last_slot",
	      fits(UINT64_MAX) && slot_of(UINT64_MAX) == HISTOGRAM_SLOTS - 1);
	check("bench_histogram_zero_has_the_first_slot", fits(0) && slot_of(0) == 0);
}

static void small_values_are_exact(void)
{
	uint64_t value;
	bool ok = true;

	for (value = 0; value < 2 * HISTOGRAM_STEPS; value++)
		ok &= slot_top(slot_of(value)) == value;
	check("bench_histogram_small_values_are_exact", ok);
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The value that @percent of the sorted values do not exceed. */
static uint64_t sorted_percentile(double percent)
{
	double rank = ceil(percent * VALUES / 100 - 1e-6);

	return values[rank < 1 ? 0 : (size_t)rank - 1];
}

static bool percentile_is_right(double percent)
{
	uint64_t exact = sorted_percentile(percent), told = histogram_percentile(&h, percent);

	return told >= exact && told - exact <= exact / HISTOGRAM_STEPS;
}

static void percentiles_are_those_of_the_sorted_values(void)
{
	static const double percents[] = { 0, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 100 };
	uint64_t state = 1;
	bool ok = true;
	size_t i;

	clear();
	for (i = 0; i < VALUES; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		/* From nanoseconds to minutes, all magnitudes alike. */
		values[i] = (state >> 28) >> (state % 37);
		histogram_add(&h, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), by_size);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		ok &= percentile_is_right(percents[i]);
	check("bench_histogram_percentiles_are_right", ok);
	check("bench_histogram_largest_is_exact",
	      h.max == values[VALUES - 1] && histogram_percentile(&h, 100) == h.max);
}

/* 99.9 percent of 41,000 come to a little more than 40,959 in binary. */
static bool rank_is_not_rounded_up(void)
{
	unsigned int i;

	memset(&other, 0, sizeof(other));
	for (i = 0; i < 41000; i++)
		histogram_add(&other, i < 40959 ? 1 : 2);
	return histogram_percentile(&other, 99.9) == 1;
}

static void ranks_are_whole_values(void)
{
	uint64_t i;

	clear();
	for (i = 1; i <= 100; i++)
		histogram_add(&h, i);
	check("bench_histogram_p50_of_1_to_100", histogram_percentile(&h, 50) == 50);
	check("bench_histogram_p99_of_1_to_100", histogram_percentile(&h, 99) == 99);
	check("bench_histogram_p99_9_of_1_to_100", histogram_percentile(&h, 99.9) == 100);
	check("bench_histogram_rank_is_not_rounded_up", rank_is_not_rounded_up());
	check("bench_histogram_p0_is_the_least", histogram_percentile(&h, 0) == 1);
}

static void a_single_late_one_shows_in_the_maximum_alone(void)
{
	unsigned int i;

	clear();
	for (i = 0; i < 9999; i++)
		histogram_add(&h, 10);
	histogram_add(&h, 1000000007);
	check("bench_histogram_late_one_is_beyond_p99_9", histogram_percentile(&h, 99.9) == 10);
	check("bench_histogram_late_one_is_the_maximum", h.max == 1000000007);
}

static void merged_is_as_if_added(void)
{
	clear();
	histogram_add(&h, 5);
	histogram_add(&h, 7000);
	histogram_add(&other, 6);
	histogram_add(&other, 900000);
	histogram_merge(&h, &other);
	check("bench_histogram_merge_counts_all", h.total == 4 && h.max == 900000);
	check("bench_histogram_merge_has_percentiles",
	      histogram_percentile(&h, 25) == 5 && histogram_percentile(&h, 50) == 6);
}

static void nothing_is_nothing(void)
{
	clear();
	check("bench_histogram_of_nothing", histogram_percentile(&h, 50) == 0 && h.max == 0);
}

int main(void)
{
	every_value_has_a_narrow_slot();
	small_values_are_exact();
	percentiles_are_those_of_the_sorted_values();
	ranks_are_whole_values();
	a_single_late_one_shows_in_the_maximum_alone();
	merged_is_as_if_added();
	nothing_is_nothing();
	return failures != 0;
}
