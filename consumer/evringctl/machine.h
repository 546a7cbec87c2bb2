/* SPDX-License-Identifier: GPL-2.0 */
/* machine: what of this machine evring depends on. */
#ifndef EVRINGCTL_MACHINE_H
#define EVRINGCTL_MACHINE_H

#include "finding.h"

/**
 * check_module() - is the module there, can it be talked to, and what kept it out otherwise?
 *
 * Return: the control device, or -1 if there is no module to ask.
 */
int check_module(struct diagnosis *d);

/** check_machine() - all the rest: what the caller may do, what the kernel has. */
void check_machine(struct diagnosis *d);

#endif
