/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A log-linear histogram: any 64-bit value, a bounded relative error, no configuration.
 *
 * Values below 2 * HISTOGRAM_STEPS are kept as they are; above, each power of two is split into
 * HISTOGRAM_STEPS equal steps, so that what is told of a value is at most 1/128 of it too high.
 */
#ifndef EVBENCH_HISTOGRAM_H
#define EVBENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS	7
#define HISTOGRAM_STEPS	(1U << HISTOGRAM_BITS)
#define HISTOGRAM_SLOTS	((64U - HISTOGRAM_BITS + 1U) * HISTOGRAM_STEPS)

/**
 * struct histogram - how often each value came; all zero: never.
 * @total: values.
 * @max: the largest, exactly.
 * @counts: values in each slot.
 */
struct histogram {
	uint64_t total;
	uint64_t max;
	uint64_t counts[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *h, uint64_t value);
void histogram_merge(struct histogram *h, const struct histogram *from);
uint64_t histogram_percentile(const struct histogram *h, double percent);

#endif /* EVBENCH_HISTOGRAM_H */
