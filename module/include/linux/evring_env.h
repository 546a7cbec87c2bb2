/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the ring core needs from its surroundings. ring.c is plain kernel C; in
 * user space ring_user.h gives the same words a meaning.
 */
#ifndef _LINUX_EVRING_ENV_H
#define _LINUX_EVRING_ENV_H

#ifdef __KERNEL__
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif

#define evring_for_each_cpu(r, cpu)	for_each_possible_cpu(cpu)
#define evring_this_cpu(r)		this_cpu_ptr((r)->cpus)
#define evring_that_cpu(r, cpu)		per_cpu_ptr((r)->cpus, cpu)
#define evring_producer_enter()		preempt_disable_notrace()
#define evring_producer_exit()		preempt_enable_notrace()
/* A writer that RCU does not see would not be waited for by a joining reader. */
#define evring_producer_watched()	rcu_is_watching()
#define evring_zero(to, len)		memset(to, 0, len)

/*
 * What the CPU that this runs on reads and swaps of its own: on x86 one instruction each,
 * without a lock prefix. @c is from evring_cpu_mine().
 */
#define evring_cpu_mine(r)		((r)->cpus)
#define evring_w_read(c)		this_cpu_read((c)->w)
#define evring_w_swap(c, old, val)	this_cpu_cmpxchg((c)->w, old, val)
#define evring_look_read(c)		this_cpu_read((c)->look)
#define evring_open_read(c)		this_cpu_read((c)->open)
#define evring_open_cycles_read(c)	this_cpu_read((c)->open_cycles)

/* Is @word or @look of @c not 0? One instruction and a branch, where the machine allows it. */
#if defined(CONFIG_X86_64) && defined(CONFIG_SMP)
#define evring_look_or(c, word) ({							\
	u64 word_ = (word);								\
	bool set_;									\
											\
	asm volatile("orq %%gs:%2, %1"							\
		     : "=@ccnz" (set_), "+r" (word_)					\
		     : "m" (*(u64 *)(unsigned long __force)&(c)->look));		\
	set_;										\
})
#else
#define evring_look_or(c, word)		(((word) | evring_look_read(c)) != 0)
#endif

/*
 * Up to here, words are copied in line; a call costs more than it saves. Beyond, string
 * instructions are worth it, where memcpy() has them: else it is a loop as well.
 */
static inline u32 evring_copy_inline_max(void)
{
#ifdef CONFIG_X86
	if (!boot_cpu_has(X86_FEATURE_REP_GOOD) && !boot_cpu_has(X86_FEATURE_ERMS))
		return U32_MAX;
#endif
	return 512;
}

/* Copy the last @left bytes, less than 8, of @len before and at @from; zeroes behind them. */
static __always_inline void evring_copy_tail(u64 *to, const void *from, u32 left, u32 len)
{
#ifdef __LITTLE_ENDIAN
	if (likely(len >= 8)) {
		memcpy(to, from + left - 8, 8);
		*to >>= 64 - 8 * left;
		return;
	}
#endif
	*to = 0;
	for (; left; left--)
		((u8 *)to)[left - 1] = ((const u8 *)from)[left - 1];
}

/*
 * Copy a payload, best of at most evring_copy_inline_max() bytes; @to is aligned to 8, and gets
 * zeroes up to the next multiple of 8.
 */
static __always_inline void evring_copy_short(void *to, const void *from, u32 len)
{
	u32 n;

	for (n = len >> 6; n; n--, from += 64, to += 64) {
		memcpy(to, from, 64);
		OPTIMIZER_HIDE_VAR(n); /* count it down: no ends to work out before */
	}
	if (likely(!(len & 63)))
		return;
	for (n = (len & 63) >> 3; n; n--, from += 8, to += 8)
		memcpy(to, from, 8);
	if (len & 7)
		evring_copy_tail(to, from, len & 7, len);
}

/* The same of a size that the compiler knows, and that is worth it: no loop, no branch. */
#define EVRING_COPY_FIXED		128

static __always_inline void evring_copy_fixed(void *to, const void *from, u32 len)
{
	u64 last = 0;
	u32 at;

#pragma GCC unroll 64
	for (at = 0; at + 8 <= len; at += 8)
		memcpy(to + at, from + at, 8);
	if (len & 7) {
		memcpy(&last, from + at, len & 7);
		memcpy(to + at, &last, 8);
	}
}

/* The same for any size. */
static inline void evring_copy(void *to, const void *from, u32 len)
{
	u32 whole = len > evring_copy_inline_max() ? len & ~63U : 0;

	memcpy(to, from, whole);
	evring_copy_short(to + whole, from + whole, len - whole);
}

/* The default clock. As all of them, safe in an NMI. */
static __always_inline u64 evring_clock_monotonic(void)
{
	return ktime_get_mono_fast_ns();
}

static inline u64 evring_clock_read(u32 clock)
{
	switch (clock) {
	case EVRING_CLOCK_MONOTONIC:
		return evring_clock_monotonic();
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
#include "../../ring_user.h"
#endif

#endif /* _LINUX_EVRING_ENV_H */
