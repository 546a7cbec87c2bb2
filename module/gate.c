// SPDX-License-Identifier: GPL-2.0
/*
 * Gating readers: those that no record is lost to.
 *
 * For each CPU, evring_cpu.floor is the least sequence number that all gating readers
 * have acknowledged; a claim does not take a block with records beyond it. All that is
 * needed of the producers is one load for each claim. Everything here is under
 * gate_lock; there is no limit on readers and nothing to sweep.
 *
 * Joining: the floor is set to where the CPUs are; after a grace period no claim
 * is under way that did not see it; where the CPUs are then is where the guarantee
 * starts (barrier F of ring.c).
 *
 * A gating reader that does not acknowledge stalls the channel. If the channel has a
 * deadline, a reader that had something to acknowledge for that long and did not
 * becomes an observer, and is told so by its next ACK.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include "gate.h"
#include "wake.h"

static void evring_gate_recompute(struct evring_channel *channel, u32 cpu)
{
	struct evring_reader *reader;
	u64 floor = U64_MAX;

	lockdep_assert_held(&channel->gate_lock);
	list_for_each_entry(reader, &channel->gates, gate_node)
		floor = min(floor, reader->places[cpu].acked);
	evring_ring_floor(&channel->ring, cpu, floor);
}

static void evring_gate_heads(struct evring_reader *reader)
{
	u32 cpu;

	for_each_possible_cpu(cpu) {
		reader->places[cpu].acked = evring_ring_head(&reader->channel->ring, cpu);
		evring_gate_recompute(reader->channel, cpu);
	}
}

static void evring_gate_watch(struct evring_channel *channel)
{
	if (channel->evict_us)
		schedule_delayed_work(&channel->evict_work,
				      usecs_to_jiffies(channel->evict_us / 4) + 1);
}

static void evring_gate_del(struct evring_reader *reader)
{
	u32 cpu;

	lockdep_assert_held(&reader->channel->gate_lock);
	reader->gating = false;
	list_del_init(&reader->gate_node);
	for_each_possible_cpu(cpu)
		evring_gate_recompute(reader->channel, cpu);
}

/* Has the reader acknowledged all that was emitted? */
static bool evring_gate_idle(struct evring_reader *reader)
{
	u32 cpu;

	for_each_possible_cpu(cpu) {
		if (reader->places[cpu].acked < evring_ring_head(&reader->channel->ring, cpu))
			return false;
	}
	return true;
}

/* Turn readers that hold up the channel into observers. */
static void evring_gate_evict(struct work_struct *work)
{
	struct evring_channel *channel = container_of(to_delayed_work(work),
						      struct evring_channel, evict_work);
	struct evring_reader *reader, *next;
	ktime_t now = ktime_get();

	mutex_lock(&channel->gate_lock);
	list_for_each_entry_safe(reader, next, &channel->gates, gate_node) {
		if (evring_gate_idle(reader))
			reader->progress = now;
		if (ktime_us_delta(now, reader->progress) < (s64)channel->evict_us)
			continue;
		evring_gate_del(reader);
		reader->evicted = true;
		atomic64_inc(&channel->evictions);
		wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM);
	}
	if (!list_empty(&channel->gates))
		evring_gate_watch(channel);
	mutex_unlock(&channel->gate_lock);
}

static void evring_gate_add(struct evring_reader *reader)
{
	struct evring_channel *channel = reader->channel;
	u32 cpu;

	lockdep_assert_held(&channel->gate_lock);
	reader->gating = true;
	reader->evicted = false;
	reader->progress = ktime_get();
	list_add_tail(&reader->gate_node, &channel->gates);
	evring_gate_heads(reader);
	/* Barrier F: a claim that did not see the floor is over when this returns. */
	synchronize_rcu();
	evring_gate_heads(reader);
	for_each_possible_cpu(cpu) {
		evring_cursor_latest(&channel->ring, cpu, &reader->places[cpu].cursor);
		WRITE_ONCE(reader->places[cpu].cursor.seq, reader->places[cpu].acked);
	}
	evring_gate_watch(channel);
}

static int evring_gate_tell(struct evring_reader *reader, u64 __user *seqs)
{
	u32 cpu;

	for (cpu = 0; cpu < reader->channel->layout.ncpus; cpu++) {
		if (put_user(cpu_possible(cpu) ? reader->places[cpu].acked : 0, &seqs[cpu]))
			return -EFAULT;
	}
	return 0;
}

static int evring_gate_join(struct evring_reader *reader, const struct evring_gate_args *args)
{
	int err;

	if (reader->gating)
		return -EALREADY;
	if (args->ncpus != reader->channel->layout.ncpus)
		return -EINVAL;
	evring_gate_add(reader);
	err = evring_gate_tell(reader, u64_to_user_ptr(args->seqs));
	if (err)
		evring_gate_del(reader);
	return err;
}

/**
 * evring_gate() - GATE.
 * @reader: the reader, its descriptor open for writing.
 * @args: as the ioctl takes them.
 *
 * Return: 0, or what struct evring_gate_args tells, or -EINTR.
 */
int evring_gate(struct evring_reader *reader, const struct evring_gate_args *args)
{
	struct evring_channel *channel = reader->channel;
	int err = 0;

	if (args->flags & ~EVRING_GATE_LEAVE || args->reserved)
		return -EINVAL;
	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	mutex_lock(&channel->gate_lock);
	if (!(args->flags & EVRING_GATE_LEAVE))
		err = evring_gate_join(reader, args);
	else if (reader->gating)
		evring_gate_del(reader);
	else
		err = -EINVAL;
	mutex_unlock(&channel->gate_lock);
	if (!err)
		evring_wake_moved(reader);
	mutex_unlock(&reader->lock);
	return err;
}

/* What the reader has taken may go. */
static int evring_gate_advance(struct evring_reader *reader)
{
	struct evring_channel *channel = reader->channel;
	int err = 0;
	u32 cpu;

	mutex_lock(&channel->gate_lock);
	if (!reader->gating) {
		err = reader->evicted ? -ETIMEDOUT : -EINVAL;
		reader->evicted = false;
		goto out;
	}
	for_each_possible_cpu(cpu) {
		struct evring_place *place = &reader->places[cpu];

		if (place->cursor.seq <= place->acked)
			continue;
		place->acked = place->cursor.seq;
		reader->progress = ktime_get();
		evring_gate_recompute(channel, cpu);
	}
out:
	mutex_unlock(&channel->gate_lock);
	return err;
}

/**
 * evring_gate_ack() - ACK.
 * @reader: the reader.
 * @args: as the ioctl takes them; @args->more is answered.
 *
 * Return: 0, or what struct evring_position_args tells, or -EINTR.
 */
int evring_gate_ack(struct evring_reader *reader, struct evring_position_args *args)
{
	struct evring_channel *channel = reader->channel;
	int err;

	if (args->flags || args->ncpus > channel->layout.ncpus)
		return -EINVAL;
	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	err = evring_reader_place(reader, u64_to_user_ptr(args->seqs), args->ncpus, true);
	if (!err)
		err = evring_gate_advance(reader);
	mutex_unlock(&reader->lock);
	if (err)
		return err;
	atomic64_inc(&channel->positions);
	args->more = evring_wake_arm(reader) || READ_ONCE(channel->removed);
	return 0;
}

/**
 * evring_gate_leave() - the reader is closed: it gates no more.
 * @reader: the reader.
 */
void evring_gate_leave(struct evring_reader *reader)
{
	mutex_lock(&reader->channel->gate_lock);
	if (reader->gating)
		evring_gate_del(reader);
	mutex_unlock(&reader->channel->gate_lock);
}

/**
 * evring_gate_setup() - make a new channel ready for gating readers.
 * @channel: the channel.
 * @evict_us: deadline in microseconds after which they are evicted; 0: none.
 */
void evring_gate_setup(struct evring_channel *channel, u64 evict_us)
{
	mutex_init(&channel->gate_lock);
	INIT_LIST_HEAD(&channel->gates);
	channel->evict_us = evict_us;
	INIT_DELAYED_WORK(&channel->evict_work, evring_gate_evict);
}

/**
 * evring_gate_teardown() - the last reference to the channel is gone.
 * @channel: the channel.
 */
void evring_gate_teardown(struct evring_channel *channel)
{
	cancel_delayed_work_sync(&channel->evict_work);
}
