// SPDX-License-Identifier: GPL-2.0
/* Statistics over the repeats of one measurement. */
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/**
 * stats_summarize() - median, least and largest of @n values.
 *
 * The values keep their order. No values, or no memory: all NAN, so that
 * nobody takes it for a figure.
 */
struct summary stats_summarize(const double *values, size_t n)
{
	struct summary s = { NAN, NAN, NAN };
	double *sorted = n ? malloc(n * sizeof(*sorted)) : NULL;

	if (!sorted)
		return s;
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	s.min = sorted[0];
	s.max = sorted[n - 1];
	s.median = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
	free(sorted);
	return s;
}

/** stats_ratio() - how many times @b goes into @a; NAN if @b is nothing. */
double stats_ratio(double a, double b)
{
	return b > 0 ? a / b : (double)NAN;
}
