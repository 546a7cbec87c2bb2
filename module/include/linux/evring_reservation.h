/* SPDX-License-Identifier: GPL-2.0 */
/* A record between reserve and commit. */
#ifndef _LINUX_EVRING_RESERVATION_H
#define _LINUX_EVRING_RESERVATION_H

struct evring_cpu;

/**
 * struct evring_reservation - a record between reserve and commit.
 * @payload: where the payload goes; aligned to 8 bytes.
 * @cpu: private: the CPU that reserved.
 * @own: private: the claim that the block belongs to.
 * @slot: private: the block.
 * @base: private: no other writer was at work in the block below this one.
 */
struct evring_reservation {
	void *payload;
	struct evring_cpu *cpu;
	__u64 own;
	__u32 slot;
	_Bool base;
};

#endif /* _LINUX_EVRING_RESERVATION_H */
