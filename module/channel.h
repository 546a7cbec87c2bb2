/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A channel: a ring, its memory, its device node and who reads it.
 */
#ifndef EVRING_CHANNEL_H
#define EVRING_CHANNEL_H

#include <linux/build_bug.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/evring.h>
#include "ring.h"

/**
 * struct evring_channel - a channel.
 * @ring: first, evring_ring_of() counts on it.
 * @dev: the device; its reference count is the channel's.
 * @cdev: its character device.
 * @node: in the list of channels.
 * @leaving: being removed; its name is still taken.
 * @owned: a module has made it, and removes it.
 * @id: number by which BPF programs know it; no other channel ever has it.
 * @layout: where things are in @map.
 * @map: control pages, index and data, contiguous in kernel addresses.
 * @pages: the pages of @map.
 * @npages: how many.
 * @memory: bytes of kernel memory that all this takes.
 * @gid: group of the device node.
 * @mode: its permission bits.
 * @source_lock: protects @sources, @source_id and the setting of @removed.
 * @sources: what emits into the channel.
 * @nsources: how many.
 * @source_id: number of the last one.
 * @removed: no more sources, no more sleeping.
 * @freeze_lock: one freeze or thaw at a time.
 * @gate_lock: protects @gates and what struct evring_reader says; inside of
 *	evring_reader.lock.
 * @gates: the gating readers.
 * @evict_us: deadline after which they are evicted, microseconds; 0: none.
 * @evict_work: does it.
 * @evictions: how often, for STATS.
 * @reader_lock: protects @readers, evring_reader.armed and evring_cpu.wake_bytes.
 * @readers: open descriptors.
 * @nreaders: how many.
 * @wake_work: wakes readers, raised by the commit that finds the ring armed.
 * @recheck: looks again a moment after a reader was armed; see reader.c.
 * @wakeups: for STATS, as what follows.
 * @faults: page faults served.
 * @positions: POSITION calls.
 */
struct evring_channel {
	struct evring_ring ring;
	struct device dev;
	struct cdev cdev;
	struct list_head node;
	bool leaving;
	bool owned;
	u32 id;
	struct evring_layout layout;
	void *map;
	struct page **pages;
	u64 npages;
	u64 memory;
	kgid_t gid;
	umode_t mode;
	/* protects sources, nsources, source_id and the setting of removed */
	struct mutex source_lock;
	struct list_head sources;
	u32 nsources;
	u32 source_id;
	bool removed;
	/* one freeze or thaw at a time */
	struct mutex freeze_lock;
	/* protects gates, and gating, evicted and progress of readers */
	struct mutex gate_lock;
	struct list_head gates;
	u64 evict_us;
	struct delayed_work evict_work;
	atomic64_t evictions;
	/* protects readers, nreaders, evring_reader.armed and evring_cpu.wake_bytes */
	spinlock_t reader_lock;
	struct list_head readers;
	u32 nreaders;
	struct irq_work wake_work;
	struct hrtimer recheck;
	atomic64_t wakeups;
	atomic64_t faults;
	atomic64_t positions;
};

/* evring_ring_of() in linux/evring.h counts on it. */
static_assert(offsetof(struct evring_channel, ring) == 0);

struct evring_channel *evring_channel_create(struct evring_create_args *args, bool owned);
int evring_channel_remove(const char *name);
struct evring_channel *evring_channel_get(const char *name);
struct evring_channel *evring_channel_lookup(u32 id);
void evring_channel_put(struct evring_channel *channel);
int evring_channel_freeze(struct evring_channel *channel, bool freeze);
u32 evring_channel_list(char *names, u32 room);
int evring_channel_init(void);
void evring_channel_exit(void);

#endif /* EVRING_CHANNEL_H */
