/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emission in line, for places where each event counts: no call of evring's but when a
 * block is full, somebody is to be woken, or another writer came between.
 *
 *	struct my_event event = { ... };
 *	evring_emit_inline(channel, MY_EVENT, &event, sizeof(event));
 */
#ifndef _LINUX_EVRING_INLINE_H
#define _LINUX_EVRING_INLINE_H

#include <linux/evring.h>
#include <linux/evring_fast.h>

/**
 * evring_emit_inline() - emit one record, in line.
 * @channel: the channel.
 * @type: type of the event, 16 bits.
 * @payload: its bytes.
 * @len: how many; at most block size - 16 and EVRING_PAYLOAD_MAX.
 *
 * As evring_emit(), and some 300 bytes of code at each place where it stands. Best with a
 * size that the compiler knows, up to 128 bytes, and a channel of EVRING_CLOCK_CYCLES.
 *
 * A module that uses it has to be built again when evring is: the kernel refuses one that
 * was built with other types (CONFIG_MODVERSIONS).
 *
 * Context: any, NMI included; any number of CPUs at once. Takes no lock.
 * Return: as evring_emit().
 */
static __always_inline int evring_emit_inline(struct evring_channel *channel, u32 type,
					      const void *payload, u32 len)
{
	return evring_ring_emit_inline(evring_ring_of(channel), type, payload, len);
}

#endif /* _LINUX_EVRING_INLINE_H */
