// SPDX-License-Identifier: GPL-2.0
/*
 * The cycles clock: the CPU's raw counter as time stamp, the cheapest there is. The
 * reader makes nanoseconds of it, by factors in the control page, as perf does with
 * its user page's time_mult, time_shift and time_zero.
 *
 * It is offered where the counter runs at one rate, always, and alike on all CPUs, or
 * where trust_tsc says so: an emulator does not tell the kernel. The factors are those of
 * the channel's creation; afterwards CLOCK_MONOTONIC goes its own way as far as it is
 * slewed.
 */
#include <linux/clocksource.h>
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <asm/barrier.h>
#include "clock.h"
#if defined(CONFIG_X86)
#include <asm/cpufeature.h>
#include <asm/tsc.h>
#elif defined(CONFIG_ARM64)
#include <asm/arch_timer.h>
#endif

static bool evring_trust_tsc;
module_param_named(trust_tsc, evring_trust_tsc, bool, 0644);
MODULE_PARM_DESC(trust_tsc, "offer the cycles clock even if the counter is not known to be constant and synchronised");

/* Cycles in a millisecond; 0: not known. */
static u32 evring_cycles_khz(void)
{
#if defined(CONFIG_X86)
	return tsc_khz;
#elif defined(CONFIG_ARM64)
	return arch_timer_get_cntfrq() / 1000;
#else
	return 0;
#endif
}

static bool evring_cycles_constant(void)
{
#if defined(CONFIG_X86)
	return boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && boot_cpu_has(X86_FEATURE_NONSTOP_TSC) &&
	       !check_tsc_unstable();
#else
	return IS_ENABLED(CONFIG_ARM64);
#endif
}

/**
 * evring_cycles_usable() - can EVRING_CLOCK_CYCLES be had on this machine?
 *
 * Return: true: yes.
 */
bool evring_cycles_usable(void)
{
	return evring_cycles_khz() && (READ_ONCE(evring_trust_tsc) || evring_cycles_constant());
}

/**
 * evring_cycles_describe() - tell readers how to make nanoseconds of cycles.
 * @control: the control page of a channel with EVRING_CLOCK_CYCLES.
 *
 * Context: process; evring_cycles_usable() was true.
 */
void evring_cycles_describe(struct evring_control *control)
{
	unsigned long flags;
	u64 cycles, now;
	u32 mult, shift;

	clocks_calc_mult_shift(&mult, &shift, evring_cycles_khz(), NSEC_PER_MSEC, 0);
	local_irq_save(flags);
	cycles = get_cycles();
	now = ktime_get_mono_fast_ns();
	local_irq_restore(flags);

	WRITE_ONCE(control->time_seq, control->time_seq + 1);
	/* Odd before the factors, even after them: pairs with evring_time_ns()'s fence. */
	smp_wmb();
	WRITE_ONCE(control->time_mult, mult);
	WRITE_ONCE(control->time_shift, shift);
	WRITE_ONCE(control->time_zero, now - mul_u64_u32_shr(cycles, mult, shift));
	/* Pairs with the acquire of evring_time_ns(). */
	smp_store_release(&control->time_seq, control->time_seq + 1);
}
