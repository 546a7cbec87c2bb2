/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics over the repeats of one measurement. */
#ifndef EVBENCH_STATS_H
#define EVBENCH_STATS_H

#include <stddef.h>

/**
 * struct summary - what is told of a series.
 * @median: the middle value; the mean of the two middle ones of an even number.
 * @min: the least.
 * @max: the largest.
 */
struct summary {
	double median;
	double min;
	double max;
};

struct summary stats_summarize(const double *values, size_t n);
double stats_ratio(double a, double b);

#endif /* EVBENCH_STATS_H */
