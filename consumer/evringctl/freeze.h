/* SPDX-License-Identifier: GPL-2.0 */
/* freeze: keeping what is in the ring. */
#ifndef EVRINGCTL_FREEZE_H
#define EVRINGCTL_FREEZE_H

/**
 * ask_frozen() - freeze or thaw a channel.
 * @fd: its device, open for writing.
 * @request: EVRING_IOC_FREEZE or EVRING_IOC_THAW.
 *
 * Return: 0 or an errno.
 */
int ask_frozen(int fd, unsigned long request);

#endif
