/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes every atomic access of what is compiled after it a point of the explorer. The
 * ring core's ring_user.h and the consumer header (in the form that it has for
 * ThreadSanitizer, which copies payloads word by word) reach shared memory by the
 * compiler's __atomic builtins alone; here those are functions of the explorer. Fences
 * order nothing: one actor runs at a time, and memory is sequentially consistent.
 */
#ifndef TESTS_EXPLORER_HOOKS_H
#define TESTS_EXPLORER_HOOKS_H

#include <time.h>
#include <linux/evring.h>
#include "explorer.h"

static inline __attribute__((__always_inline__)) uint32_t
ex_place(enum ex_access access, const volatile void *p)
{
	uintptr_t word = ((uintptr_t)p - ex_run.memory) / 8;

	if (access >= EX_FENCE)
		return EX_CLOCK_PLACE;
	return word < EX_PLACES / 2 ? (uint32_t)word :
		EX_PLACES / 2 + (uint32_t)((uintptr_t)p / 8 % (EX_PLACES / 2 - 1));
}

/* The moment before an access. */
static inline __attribute__((__always_inline__)) void
ex_point(enum ex_access access, const volatile void *p, const char *func, int line)
{
	uint32_t step = ex_run.step;
	uint32_t menu = ex_run.menu;

	if (ex_run.quiet) {
		if (++ex_run.quiet_steps > EX_STEPS)
			ex_fail("termination: in %s:%d, all else being quiet", func, line);
		return;
	}
	ex_run.step = step + 1;
	/* Nothing is done: being preempted before what comes next is the same. */
	if (access == EX_FENCE)
		menu &= ~EX_SWITCHES;
	ex_run.mask[step] = (uint16_t)menu;
	ex_run.did[step] = (uint16_t)(ex_run.event | (uint32_t)access << EX_ACCESS_SHIFT |
				      ex_place(access, p));
	ex_run.event = 0;
	if (__builtin_expect(step >= ex_run.stop, 0))
		ex_stop(step, access, p, func, line);
}

static inline void ex_traced(uint64_t value)
{
	if (__builtin_expect(ex_run.trace, 0))
		ex_trace_value(value);
}

static inline bool ex_swap(volatile __u64 *p, __u64 *old, __u64 value, const char *func,
			   int line)
{
	__u64 was;

	ex_point(EX_SWAP, p, func, line);
	was = *p;
	ex_traced(was);
	if (was != *old) {
		*old = was;
		return false;
	}
	ex_oracle_swap(p, was, value);
	*p = value;
	return true;
}

static inline uint64_t ex_clock(const char *func, int line)
{
	ex_point(EX_CLOCK, NULL, func, line);
	return ex_oracle_clock();
}

#define __atomic_load_n(p, order) \
	({ \
		const volatile __typeof__(*(p)) *ex_p_ = (p); \
		ex_point(EX_LOAD, ex_p_, __func__, __LINE__); \
		__typeof__(*(p)) ex_v_ = *ex_p_; \
		ex_traced((uint64_t)ex_v_); \
		ex_v_; \
	})

#define __atomic_store_n(p, value, order) \
	({ \
		volatile __typeof__(*(p)) *ex_p_ = (p); \
		__typeof__(*(p)) ex_v_ = (value); \
		ex_point(EX_STORE, ex_p_, __func__, __LINE__); \
		ex_traced((uint64_t)ex_v_); \
		ex_oracle_store(ex_p_, (uint64_t)ex_v_); \
		*ex_p_ = ex_v_; \
	})

#define __atomic_compare_exchange_n(p, old, value, weak, order, other) \
	((void)(order), ex_swap((p), (old), (value), __func__, __LINE__))

#define __atomic_thread_fence(order)	ex_point(EX_FENCE, NULL, __func__, __LINE__)
#define __atomic_signal_fence(order)	ex_point(EX_FENCE, NULL, __func__, __LINE__)

static inline void ex_gettime(clockid_t id, struct timespec *ts, const char *func, int line)
{
	(void)id;
	ts->tv_sec = 0;
	ts->tv_nsec = (long)ex_clock(func, line);
}

#define clock_gettime(id, ts)	ex_gettime((id), (ts), __func__, __LINE__)

#endif /* TESTS_EXPLORER_HOOKS_H */
