/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cycles clock: may it be had, and what its cycles are worth.
 */
#ifndef EVRING_CLOCK_H
#define EVRING_CLOCK_H

#include <linux/evring.h>

bool evring_cycles_usable(void);
void evring_cycles_describe(struct evring_control *control);

#endif /* EVRING_CLOCK_H */
