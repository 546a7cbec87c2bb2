/* SPDX-License-Identifier: GPL-2.0 */
/* A record between reserve and commit. */
#ifndef _LINUX_EVRING_RESERVATION_H
#define _LINUX_EVRING_RESERVATION_H

/**
 * struct evring_reservation - a record between reserve and commit.
 * @payload: where the payload goes; aligned to 8 bytes.
 * @pos: private: the position that was reserved.
 * @next: private: the position after it.
 */
struct evring_reservation {
	void *payload;
	__u64 pos;
	__u64 next;
};

#endif /* _LINUX_EVRING_RESERVATION_H */
