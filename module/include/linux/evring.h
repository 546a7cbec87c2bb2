/* SPDX-License-Identifier: GPL-2.0 */
/*
 * evring: event channels from kernel code to user space.
 *
 *	channel = evring_create("mydriver", NULL);
 *	evring_emit(channel, MY_EVENT, &event, sizeof(event));
 *	evring_destroy(channel);
 *
 * A device node /dev/evring/mydriver appears; any number of readers map it
 * read-only. Emitting is safe in any context, NMI included.
 */
#ifndef _LINUX_EVRING_H
#define _LINUX_EVRING_H

#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/evring.h>
#include <linux/evring_reservation.h>

struct evring_channel;

/**
 * struct evring_options - how a channel shall be.
 * @data_size: bytes of data, 0: EVRING_RING_DEFAULT. Rounded up to a power of two
 *	and to EVRING_BLOCKS_PER_CPU blocks for each possible CPU.
 * @block_size: bytes of a block, 0: EVRING_BLOCK_DEFAULT.
 * @clock: enum evring_clock.
 * @flags: EVRING_CREATE_*.
 * @mode: permission bits of the device node, 0: 0440.
 * @gid: its group; GLOBAL_ROOT_GID if zeroed.
 */
struct evring_options {
	u64 data_size;
	u32 block_size;
	u32 clock;
	u32 flags;
	umode_t mode;
	kgid_t gid;
};

struct evring_channel *evring_create(const char *name, const struct evring_options *options);
void evring_destroy(struct evring_channel *channel);

int evring_emit(struct evring_channel *channel, u32 type, const void *payload, u32 len);
int evring_reserve(struct evring_channel *channel, u32 type, u32 len,
		   struct evring_reservation *rsv);
void evring_commit(struct evring_channel *channel, struct evring_reservation *rsv);
void evring_discard(struct evring_channel *channel, struct evring_reservation *rsv);

#endif /* _LINUX_EVRING_H */
