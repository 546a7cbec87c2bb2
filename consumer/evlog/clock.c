// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "clock.h"

#include <time.h>

uint64_t clock_ns(int id)
{
	struct timespec ts = { 0 };

	clock_gettime((clockid_t)id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now(const struct evring_control *c)
{
	switch (c->clock) {
	case EVRING_CLOCK_BOOTTIME:
		return clock_ns(CLOCK_BOOTTIME);
	case EVRING_CLOCK_REALTIME:
		return clock_ns(CLOCK_REALTIME);
	default:
		return clock_ns(CLOCK_MONOTONIC);
	}
}

/* Undoes ns = zero + ((raw * mult) >> shift), with factors of one moment. */
static uint64_t cycles_at(const struct evring_control *c, uint64_t ns)
{
	uint32_t seq, mult, shift, tries;
	uint64_t zero;

	for (tries = 0; tries < 1000000; tries++) {
		seq = __atomic_load_n(&c->time_seq, __ATOMIC_ACQUIRE);
		mult = __atomic_load_n(&c->time_mult, __ATOMIC_RELAXED);
		shift = __atomic_load_n(&c->time_shift, __ATOMIC_RELAXED);
		zero = __atomic_load_n(&c->time_zero, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(seq & 1) && seq == __atomic_load_n(&c->time_seq, __ATOMIC_RELAXED))
			break;
	}
	if (!mult || shift > 63 || ns <= zero)
		return 0;
	return (uint64_t)(((unsigned __int128)(ns - zero) << shift) / mult);
}

uint64_t clock_raw(const struct evring_control *c, uint64_t ns)
{
	return c->clock == EVRING_CLOCK_CYCLES ? cycles_at(c, ns) : ns;
}

bool clock_to_wall(const struct evring_control *c, bool live, uint64_t *offset)
{
	switch (c->clock) {
	case EVRING_CLOCK_MONOTONIC:
	case EVRING_CLOCK_CYCLES:
		*offset = c->created_real - c->created_mono;
		return true;
	case EVRING_CLOCK_REALTIME:
		*offset = 0;
		return true;
	case EVRING_CLOCK_BOOTTIME:
		*offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
		return live;
	default:
		return false;
	}
}
