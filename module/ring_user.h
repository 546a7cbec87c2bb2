/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring core's surroundings in user space: a thread plays a CPU, a signal
 * handler on it plays an interrupt. Unit tests, sanitizers and model checkers
 * compile ring.c with this.
 */
#ifndef EVRING_RING_USER_H
#define EVRING_RING_USER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#undef __always_inline
#define __always_inline			inline __attribute__((__always_inline__))
#define notrace
#define noinline			__attribute__((__noinline__))
#define ____cacheline_aligned		__attribute__((__aligned__(64)))
#define likely(x)			__builtin_expect(!!(x), 1)
#define unlikely(x)			__builtin_expect(!!(x), 0)
#define is_power_of_2(n)		((n) != 0 && ((n) & ((n) - 1)) == 0)
#define ilog2(n)			(63U - (u32)__builtin_clzll(n))
#define EXPORT_SYMBOL_GPL(sym)		struct evring_exported_##sym

#define READ_ONCE(x)			__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)		__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define smp_wmb()			__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_rmb()			__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_mb()			__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define barrier()			__atomic_signal_fence(__ATOMIC_SEQ_CST)
#define OPTIMIZER_HIDE_VAR(var)		__asm__("" : "+r"(var))

static inline u64 evring_user_cmpxchg(u64 *p, u64 old, u64 new_value, int order)
{
	__atomic_compare_exchange_n(p, &old, new_value, 0, order, __ATOMIC_RELAXED);
	barrier();
	return old;
}

#define cmpxchg(p, old, val)		evring_user_cmpxchg((p), (old), (val), __ATOMIC_SEQ_CST)
#define cmpxchg_local(p, old, val)	evring_user_cmpxchg((p), (old), (val), __ATOMIC_RELAXED)

/*
 * Records are overwritten while readers look at them, by design: word by word
 * atomically, so that ThreadSanitizer can tell that from a mistake. @to is aligned
 * to 8 bytes and has room up to the next multiple of 8.
 */
static inline void evring_copy(void *to, const void *from, u32 len)
{
	const u8 *bytes = from;
	u64 *words = to;
	u32 i;

	for (i = 0; i < len; i += 8) {
		u64 word = 0;

		memcpy(&word, bytes + i, len - i < 8 ? len - i : 8);
		WRITE_ONCE(words[i / 8], word);
	}
}

#define evring_copy_inline_max()	512U
#define EVRING_COPY_FIXED		128
#define evring_copy_short(to, from, len)	evring_copy(to, from, len)
#define evring_copy_fixed(to, from, len)	evring_copy(to, from, len)

static inline void evring_zero(void *to, u32 len)
{
	u64 *words = to;
	u32 i;

	for (i = 0; i < len; i += 8)
		WRITE_ONCE(words[i / 8], 0);
}

/* The CPU that the calling thread plays. */
extern _Thread_local u32 evring_user_cpu;

#define __percpu
#define evring_for_each_cpu(r, cpu)	for ((cpu) = 0; (cpu) < (r)->ncpus; (cpu)++)
#define evring_this_cpu(r)		(&(r)->cpus[evring_user_cpu])
#define evring_that_cpu(r, cpu)		(&(r)->cpus[cpu])
#define evring_cpu_mine(r)		evring_this_cpu(r)
#define evring_w_read(c)		READ_ONCE((c)->w)
#define evring_w_swap(c, old, val)	cmpxchg_local(&(c)->w, (old), (val))
#define evring_look_read(c)		READ_ONCE((c)->look)
#define evring_look_or(c, word)		(((word) | evring_look_read(c)) != 0)
#define evring_open_read(c)		READ_ONCE((c)->open)
#define evring_open_cycles_read(c)	READ_ONCE((c)->open_cycles)
#define evring_producer_enter()		barrier()
#define evring_producer_exit()		barrier()
#define evring_producer_watched()	true

static inline u64 evring_clock_read(u32 clock)
{
	struct timespec ts;

	if (clock == EVRING_CLOCK_NONE)
		return 0;
	clock_gettime(clock == EVRING_CLOCK_REALTIME ? CLOCK_REALTIME :
		      clock == EVRING_CLOCK_BOOTTIME ? CLOCK_BOOTTIME :
		      CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + (u64)ts.tv_nsec;
}

static inline u64 evring_clock_monotonic(void)
{
	return evring_clock_read(EVRING_CLOCK_MONOTONIC);
}

#endif /* EVRING_RING_USER_H */
