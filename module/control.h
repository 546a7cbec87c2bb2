/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/evring/control. */
#ifndef EVRING_CONTROL_H
#define EVRING_CONTROL_H

int evring_control_init(void);
void evring_control_exit(void);

#endif /* EVRING_CONTROL_H */
