// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* The bench's statistics: median, least, largest, ratio. */
#include "bench.h"
#include "../../bench/stats.c"

static bool is(struct summary s, double median, double min, double max)
{
	return s.median == median && s.min == min && s.max == max;
}

static void median_of_odd_number_is_middle_value(void)
{
	const double values[] = { 9, 1, 5 };

	check("bench_stats_median_of_odd_number_is_middle_value",
	      is(stats_summarize(values, 3), 5, 1, 9));
}

static void median_of_even_number_is_mean_of_middle_two(void)
{
	const double values[] = { 10, 1, 4, 3 };

	check("bench_stats_median_of_even_number_is_mean_of_middle_two",
	      is(stats_summarize(values, 4), 3.5, 1, 10));
}

static void single_value_is_all_three(void)
{
	const double value = 7.25;

	check("bench_stats_single_value_is_all_three",
	      is(stats_summarize(&value, 1), 7.25, 7.25, 7.25));
}

static void one_outlier_leaves_median_alone(void)
{
	const double values[] = { 2, 2, 1e12, 2, 2 };

	check("bench_stats_one_outlier_leaves_median_alone",
	      is(stats_summarize(values, 5), 2, 2, 1e12));
}

static void values_keep_their_order(void)
{
	const double values[] = { 3, 1, 2 };

	stats_summarize(values, 3);
	check("bench_stats_values_keep_their_order",
	      values[0] == 3 && values[1] == 1 && values[2] == 2);
}

static void nearby_large_values_are_told_apart(void)
{
	const double values[] = { 1e15 + 2, 1e15, 1e15 + 1 };

	check("bench_stats_nearby_large_values_are_told_apart",
	      is(stats_summarize(values, 3), 1e15 + 1, 1e15, 1e15 + 2));
}

static void no_values_are_no_figure(void)
{
	struct summary s = stats_summarize(NULL, 0);

	check("bench_stats_no_values_are_no_figure",
	      isnan(s.median) && isnan(s.min) && isnan(s.max));
}

static void ratio_to_nothing_is_no_figure(void)
{
	check("bench_stats_ratio", stats_ratio(10, 4) == 2.5);
	check("bench_stats_ratio_to_nothing_is_no_figure", isnan(stats_ratio(1, 0)));
}

int main(void)
{
	median_of_odd_number_is_middle_value();
	median_of_even_number_is_mean_of_middle_two();
	single_value_is_all_three();
	one_outlier_leaves_median_alone();
	values_keep_their_order();
	nearby_large_values_are_told_apart();
	no_values_are_no_figure();
	ratio_to_nothing_is_no_figure();
	return failures != 0;
}
