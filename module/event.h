/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event types: names, and format texts for tools.
 */
#ifndef EVRING_EVENT_H
#define EVRING_EVENT_H

#include <linux/evring_event.h>

int evring_event_tell(void __user *user);
int evring_event_init(void);
void evring_event_exit(void);

#endif /* EVRING_EVENT_H */
