/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the ring core needs from its surroundings. ring.c is plain kernel C; in
 * user space ring_user.h gives the same words a meaning.
 */
#ifndef EVRING_RING_ENV_H
#define EVRING_RING_ENV_H

#ifdef __KERNEL__
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>

#define evring_percpu			__percpu
#define evring_for_each_cpu(r, cpu)	for_each_possible_cpu(cpu)
#define evring_this_cpu(r)		this_cpu_ptr((r)->cpus)
#define evring_that_cpu(r, cpu)		per_cpu_ptr((r)->cpus, cpu)
#define evring_producer_enter()		preempt_disable_notrace()
#define evring_producer_exit()		preempt_enable_notrace()
/* A writer that RCU does not see would not be waited for by a joining reader. */
#define evring_producer_watched()	rcu_is_watching()
#define evring_copy(to, from, len)	memcpy(to, from, len)
#define evring_zero(to, len)		memset(to, 0, len)

/* All of these are safe in an NMI. */
static __always_inline u64 evring_clock_read(u32 clock)
{
	if (likely(clock == EVRING_CLOCK_MONOTONIC))
		return ktime_get_mono_fast_ns();
	switch (clock) {
	case EVRING_CLOCK_BOOTTIME:
		return ktime_get_boot_fast_ns();
	case EVRING_CLOCK_REALTIME:
		return ktime_get_real_fast_ns();
	case EVRING_CLOCK_CYCLES:
		return get_cycles();
	default:
		return 0;
	}
}
#else
#include "ring_user.h"
#endif

#endif /* EVRING_RING_ENV_H */
