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

#include <linux/jump_label.h>
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
 * @evict_us: microseconds after which a gating reader that holds up the channel becomes an
 *	observer; 0: never.
 */
struct evring_options {
	u64 data_size;
	u32 block_size;
	u32 clock;
	u32 flags;
	umode_t mode;
	kgid_t gid;
	u64 evict_us;
};

struct evring_channel *evring_create(const char *name, const struct evring_options *options);
void evring_destroy(struct evring_channel *channel);

struct evring_ring;

int evring_ring_emit(struct evring_ring *r, u32 type, const void *payload, u32 len);
int evring_ring_reserve(struct evring_ring *r, u32 type, u32 len, struct evring_reservation *rsv);
void evring_ring_commit(struct evring_ring *r, struct evring_reservation *rsv);
void evring_ring_discard(struct evring_ring *r, struct evring_reservation *rsv);

/* A channel's first member is its ring. */
static inline struct evring_ring *evring_ring_of(struct evring_channel *channel)
{
	return (struct evring_ring *)channel;
}

/* On while any channel is frozen. */
DECLARE_STATIC_KEY_FALSE(evring_any_frozen);
bool evring_frozen(const struct evring_channel *channel);

/**
 * evring_recording() - would a record be stored, or dropped because the channel is frozen?
 * @channel: the channel.
 *
 * For work that is done only to have something to emit:
 *
 *	if (evring_recording(channel)) {
 *		summarise(queue, &event);
 *		evring_emit(channel, MY_EVENT, &event, sizeof(event));
 *	}
 *
 * A jump that the kernel patches: it costs a no-op while no channel at all is frozen, and
 * a look at this channel while one is. Who reads the channel makes no difference: whoever
 * comes later finds what the ring holds. What is left out like this is not counted as
 * dropped. The answer may be old by the time it is used, which does no harm.
 *
 * Context: any, NMI included.
 */
static inline bool evring_recording(const struct evring_channel *channel)
{
	return !static_branch_unlikely(&evring_any_frozen) || !evring_frozen(channel);
}

/**
 * evring_emit() - emit one record.
 * @channel: the channel.
 * @type: type of the event, 16 bits.
 * @payload: its bytes.
 * @len: how many; at most block size - 16 and EVRING_PAYLOAD_MAX.
 *
 * Context: any, NMI included; any number of CPUs at once. Takes no lock.
 * Return: 0, or after counting the drop: -E2BIG (larger than a record can be),
 * -ENOBUFS (no room), -EROFS (frozen), -EOPNOTSUPP (RCU does not watch here).
 */
static inline int evring_emit(struct evring_channel *channel, u32 type, const void *payload,
			      u32 len)
{
	return evring_ring_emit(evring_ring_of(channel), type, payload, len);
}

/**
 * evring_reserve() - make room for one record, to be filled in place.
 * @channel: the channel.
 * @type: type of the event, 16 bits.
 * @len: bytes of payload; all must be written before the commit.
 * @rsv: filled in; rsv->payload is where they go.
 *
 * After success preemption stays off until evring_commit() or evring_discard(),
 * which come in LIFO order. Context: any, NMI included.
 * Return: as evring_emit().
 */
static inline int evring_reserve(struct evring_channel *channel, u32 type, u32 len,
				 struct evring_reservation *rsv)
{
	return evring_ring_reserve(evring_ring_of(channel), type, len, rsv);
}

/**
 * evring_commit() - the reserved record is written: readers may have it.
 * @channel: the channel.
 * @rsv: from evring_reserve().
 */
static inline void evring_commit(struct evring_channel *channel, struct evring_reservation *rsv)
{
	evring_ring_commit(evring_ring_of(channel), rsv);
}

/**
 * evring_discard() - the reserved record is not wanted; readers skip and count it.
 * @channel: the channel.
 * @rsv: from evring_reserve().
 */
static inline void evring_discard(struct evring_channel *channel, struct evring_reservation *rsv)
{
	evring_ring_discard(evring_ring_of(channel), rsv);
}

#endif /* _LINUX_EVRING_H */
