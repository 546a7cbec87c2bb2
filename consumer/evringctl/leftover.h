/* SPDX-License-Identifier: GPL-2.0 */
/*
 * leftover: what evringctl has made in tracefs and nothing uses any more.
 *
 * The kernel holds on to a dynamic event or an instance for as long as a source uses it,
 * and refuses to remove it. So what can be removed is not used.
 */
#ifndef EVRINGCTL_LEFTOVER_H
#define EVRINGCTL_LEFTOVER_H

/**
 * take_lease() - keep others from sweeping, and from making the same.
 *
 * Waits for them. They are let in again by close(), or when the process ends.
 *
 * Return: a descriptor, or -1 with errno.
 */
int take_lease(void);

/** sweep_leased() - remove what is not used; the caller has the lease. */
void sweep_leased(void);

/** sweep() - remove what is not used, if there is something and it may be done. */
void sweep(void);

#endif
