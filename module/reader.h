/* SPDX-License-Identifier: GPL-2.0 */
/* A reader: what the kernel knows of one open descriptor. */
#ifndef EVRING_READER_H
#define EVRING_READER_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include "channel.h"

/**
 * struct evring_place - where a reader stands on one CPU's records.
 * @cursor: the next record.
 * @acked: gating: records before this sequence number may go.
 * @base: bytes of the CPU's records before the cursor, for the watermark.
 */
struct evring_place {
	struct evring_cursor cursor;
	u64 acked;
	u64 base;
};

/**
 * struct evring_reader - one open descriptor.
 * @node: in evring_channel.readers.
 * @channel: holds a reference.
 * @wait: who sleeps on this descriptor.
 * @deadline: runs while a record waits that is below the watermark.
 * @watermark: wake for so many bytes of one CPU; 0 or 1: for any.
 * @usecs: wake when a record has waited so long; 0: never.
 * @armed: wake it; under reader_lock.
 * @due: the deadline has passed; holds until the cursor moves.
 * @gate_node: in evring_channel.gates while it gates; under gate_lock.
 * @gating: it does; under gate_lock.
 * @evicted: it did, until the deadline passed; not told yet; under gate_lock.
 * @progress: when it last acknowledged something, or had nothing to; under gate_lock.
 * @lock: one read(), SEEK or POSITION at a time.
 * @next_cpu: whose records read() looks at next.
 * @run_cpu: the CPU that the last RUN record named, or EVRING_NO_CPU.
 * @run_seq: the sequence number that follows what read() returned of it.
 * @pending: a loss that read() has found and not yet returned.
 * @pending_type: its type, or 0.
 * @places: one for each CPU.
 */
struct evring_reader {
	struct list_head node;
	struct evring_channel *channel;
	wait_queue_head_t wait;
	struct hrtimer deadline;
	u64 watermark;
	u64 usecs;
	bool armed;
	bool due;
	struct list_head gate_node;
	bool gating;
	bool evicted;
	ktime_t progress;
	/* serializes what moves the cursors */
	struct mutex lock;
	u32 next_cpu;
	u32 run_cpu;
	u64 run_seq;
	struct evring_loss pending;
	u32 pending_type;
	struct evring_place places[];
};

#define EVRING_NO_CPU		U32_MAX

struct evring_reader *evring_reader_open(struct evring_channel *channel);
void evring_reader_close(struct evring_reader *reader);
ssize_t evring_reader_read(struct evring_reader *reader, struct iov_iter *to, bool nowait);
__poll_t evring_reader_poll(struct evring_reader *reader, struct file *file, poll_table *wait);
int evring_reader_seek(struct evring_reader *reader, const struct evring_seek_args *args);
int evring_reader_position(struct evring_reader *reader, struct evring_position_args *args);
int evring_reader_place(struct evring_reader *reader, const u64 __user *seqs, u32 ncpus,
			bool forward);

#endif /* EVRING_READER_H */
