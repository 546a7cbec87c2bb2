/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels differ. Kbuild compiles each file of probes/ and defines
 * EVRING_HAVE_NAME for those that do compile; distributions backport, so a version
 * number tells nothing.
 */
#ifndef EVRING_COMPAT_H
#define EVRING_COMPAT_H

#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>

/* 6.3: vm_flags became read-only but for these. */
#ifndef EVRING_HAVE_VM_FLAGS_SET
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set,
				unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* 6.3: device_type.devnode() takes a const device. */
#ifdef EVRING_HAVE_DEVNODE_CONST
#define evring_devnode_dev	const struct device
#else
#define evring_devnode_dev	struct device
#endif

/* 6.13: hrtimer_setup() for hrtimer_init() and an assignment. */
#ifndef EVRING_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif /* EVRING_COMPAT_H */
