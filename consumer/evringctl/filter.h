/* SPDX-License-Identifier: GPL-2.0 */
/* filter: which records of tracefs's events are taken, by instances of tracefs. */
#ifndef EVRINGCTL_FILTER_H
#define EVRINGCTL_FILTER_H

#include <linux/evring.h>

#define FILTER_PREFIX	"evring."	/* instances that evringctl makes are called so */

/**
 * struct filter - a filter and where tracefs keeps it.
 * @expression: as tracefs has it; NULL: there is none.
 * @instance: the instance; empty until it is made.
 */
struct filter {
	const char *expression;
	char instance[32];
};

/**
 * set_filter() - have tracefs keep it for event @system:@name.
 * @f: the filter; its instance is made with the first event.
 * @event: the whole EVENT, for messages.
 * @path: the result: "INSTANCE/SYSTEM/EVENT".
 *
 * Goes away by sweep(), which must not run meanwhile: hold the lease.
 *
 * Return: exit status.
 */
int set_filter(struct filter *f, const char *event, const char *system, const char *name,
	       char path[EVRING_FILTER_MAX]);

#endif
