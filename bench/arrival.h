/* SPDX-License-Identifier: GPL-2.0 */
/* When records came, and when they were due. */
#ifndef EVBENCH_ARRIVAL_H
#define EVBENCH_ARRIVAL_H

#include "evbench.h"

/**
 * struct arrival - a record that came.
 * @number: which of the generator's, from 0 on.
 * @emitted: its time stamp, CLOCK_MONOTONIC, nanoseconds.
 * @seen: when the reader had it.
 */
struct arrival {
	uint32_t number;
	uint64_t emitted;
	uint64_t seen;
};

int arrival_evaluate(const struct arrival *arrivals, uint64_t n, uint64_t rate,
		     struct histogram *all, struct sample *s);

#endif /* EVBENCH_ARRIVAL_H */
