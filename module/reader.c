// SPDX-License-Identifier: GPL-2.0
/*
 * Readers: the cursor of a descriptor, read(), and waking who sleeps.
 *
 * A mapped reader's place is its own business until it wants to sleep: then
 * POSITION, or poll() after read(), leaves its sequence numbers here and *arms* the
 * reader. Arming sets evring_ring.armed, the one flag that a commit looks at. The
 * commit that finds it set clears it and raises one irq_work, which wakes the readers
 * that have something to read, each by a wait queue of its own.
 *
 * Who arms looks once more after it has set the flag. A commit does not have a full
 * barrier between its pub and its look at the flag, so both may miss each other
 * (store buffering). Instead of a barrier for each record, a timer looks again
 * EVRING_RECHECK_NS after arming: longer than any store buffer keeps a store.
 */
#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include "compat.h"
#include "reader.h"

#define EVRING_RECHECK_NS	(100 * NSEC_PER_USEC)

#define EVRING_NO_CPU		U32_MAX

/**
 * struct evring_reader - one open descriptor.
 * @node: in evring_channel.readers.
 * @channel: holds a reference.
 * @wait: who sleeps on this descriptor.
 * @armed: wake it when there is something to read; under reader_lock.
 * @lock: one read(), SEEK or POSITION at a time.
 * @next_cpu: whose records read() looks at next.
 * @run_cpu: the CPU that the last RUN record named, or EVRING_NO_CPU.
 * @run_seq: the sequence number that follows what read() returned of it.
 * @pending: a loss that read() has found and not yet returned.
 * @pending_type: its type, or 0.
 * @cursors: one for each CPU.
 */
struct evring_reader {
	struct list_head node;
	struct evring_channel *channel;
	wait_queue_head_t wait;
	bool armed;
	/* serializes what moves the cursors */
	struct mutex lock;
	u32 next_cpu;
	u32 run_cpu;
	u64 run_seq;
	struct evring_loss pending;
	u32 pending_type;
	struct evring_cursor cursors[];
};

/* A record that read() makes: a run or a loss. */
struct evring_made {
	struct evring_record record;
	union {
		struct evring_run run;
		struct evring_loss loss;
	};
};

#define EVRING_RUN_BYTES	(sizeof(struct evring_record) + sizeof(struct evring_run))
#define EVRING_LOSS_BYTES	(sizeof(struct evring_record) + sizeof(struct evring_loss))

static bool evring_reader_ready(struct evring_reader *reader)
{
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;

	for_each_possible_cpu(cpu) {
		if (evring_ring_head(r, cpu) > READ_ONCE(reader->cursors[cpu].seq))
			return true;
	}
	return READ_ONCE(reader->pending_type);
}

/* Have the next commit wake us; see the top of this file. */
static void evring_ring_arm(struct evring_channel *channel)
{
	WRITE_ONCE(channel->ring.armed, 1);
	/* The flag before the look at what was published. A commit has no such barrier:
	 * the timer stands in for it.
	 */
	smp_mb();
	hrtimer_start(&channel->recheck, ns_to_ktime(EVRING_RECHECK_NS), HRTIMER_MODE_REL_SOFT);
}

static void evring_reader_set_armed(struct evring_reader *reader, bool armed)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->channel->reader_lock, flags);
	reader->armed = armed;
	spin_unlock_irqrestore(&reader->channel->reader_lock, flags);
}

/* True if there is something to read; else the reader is armed. */
static bool evring_reader_arm(struct evring_reader *reader)
{
	if (evring_reader_ready(reader))
		return true;
	evring_reader_set_armed(reader, true);
	evring_ring_arm(reader->channel);
	if (!evring_reader_ready(reader))
		return false;
	evring_reader_set_armed(reader, false);
	return true;
}

/* Wake the armed readers that have something to read. True if others stay armed. */
static bool evring_readers_wake(struct evring_channel *channel)
{
	struct evring_reader *reader;
	unsigned long flags;
	bool left = false;

	spin_lock_irqsave(&channel->reader_lock, flags);
	list_for_each_entry(reader, &channel->readers, node) {
		if (!reader->armed)
			continue;
		if (!evring_reader_ready(reader)) {
			left = true;
			continue;
		}
		reader->armed = false;
		atomic64_inc(&channel->wakeups);
		wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM);
	}
	spin_unlock_irqrestore(&channel->reader_lock, flags);
	return left;
}

/* After waking: if readers stay armed, so must the ring, and we look again. */
static void evring_readers_serve(struct evring_channel *channel)
{
	if (!evring_readers_wake(channel) || READ_ONCE(channel->ring.armed))
		return;
	evring_ring_arm(channel);
	evring_readers_wake(channel);
}

static void evring_wake_work(struct irq_work *work)
{
	evring_readers_serve(container_of(work, struct evring_channel, wake_work));
}

static enum hrtimer_restart evring_recheck(struct hrtimer *timer)
{
	evring_readers_serve(container_of(timer, struct evring_channel, recheck));
	return HRTIMER_NORESTART;
}

/**
 * evring_reader_wake() - a commit found the ring armed.
 * @ring: the channel's ring.
 *
 * Context: any, NMI included.
 */
void evring_reader_wake(struct evring_ring *ring)
{
	struct evring_channel *channel = container_of(ring, struct evring_channel, ring);

	if (xchg(&ring->armed, 0))
		irq_work_queue(&channel->wake_work);
}

/**
 * evring_reader_setup() - make a new channel ready for readers.
 * @channel: the channel.
 */
void evring_reader_setup(struct evring_channel *channel)
{
	spin_lock_init(&channel->reader_lock);
	INIT_LIST_HEAD(&channel->readers);
	init_irq_work(&channel->wake_work, evring_wake_work);
	hrtimer_setup(&channel->recheck, evring_recheck, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

/**
 * evring_reader_teardown() - the last reference to the channel is gone.
 * @channel: the channel.
 */
void evring_reader_teardown(struct evring_channel *channel)
{
	irq_work_sync(&channel->wake_work);
	hrtimer_cancel(&channel->recheck);
}

/**
 * evring_reader_hangup() - the channel is removed: wake everybody.
 * @channel: the channel, marked as removed already.
 */
void evring_reader_hangup(struct evring_channel *channel)
{
	struct evring_reader *reader;
	unsigned long flags;

	spin_lock_irqsave(&channel->reader_lock, flags);
	list_for_each_entry(reader, &channel->readers, node)
		wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	spin_unlock_irqrestore(&channel->reader_lock, flags);
}

/**
 * evring_reader_open() - a new reader, at the oldest record.
 * @channel: the channel.
 *
 * Return: the reader, for evring_reader_close(), or an ERR_PTR: -ENOMEM, or -ENODEV
 * if the channel has been removed.
 */
struct evring_reader *evring_reader_open(struct evring_channel *channel)
{
	struct evring_reader *reader;
	unsigned long flags;
	u32 cpu;

	if (READ_ONCE(channel->removed))
		return ERR_PTR(-ENODEV);
	reader = kvzalloc(struct_size(reader, cursors, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return ERR_PTR(-ENOMEM);
	get_device(&channel->dev);
	reader->channel = channel;
	reader->run_cpu = EVRING_NO_CPU;
	reader->next_cpu = cpumask_first(cpu_possible_mask);
	init_waitqueue_head(&reader->wait);
	mutex_init(&reader->lock);
	for_each_possible_cpu(cpu)
		evring_cursor_oldest(&channel->ring, cpu, &reader->cursors[cpu]);

	spin_lock_irqsave(&channel->reader_lock, flags);
	list_add_tail(&reader->node, &channel->readers);
	channel->nreaders++;
	spin_unlock_irqrestore(&channel->reader_lock, flags);
	return reader;
}

/**
 * evring_reader_close() - the descriptor is closed for good.
 * @reader: the reader.
 */
void evring_reader_close(struct evring_reader *reader)
{
	struct evring_channel *channel = reader->channel;
	unsigned long flags;

	spin_lock_irqsave(&channel->reader_lock, flags);
	list_del(&reader->node);
	channel->nreaders--;
	spin_unlock_irqrestore(&channel->reader_lock, flags);
	kvfree(reader);
	evring_channel_put(channel);
}

/** evring_reader_channel() - the channel that @reader reads. */
struct evring_channel *evring_reader_channel(struct evring_reader *reader)
{
	return reader->channel;
}

/**
 * evring_reader_poll() - poll() of a channel's device.
 * @reader: the reader.
 * @file: its file.
 * @wait: as poll passes it.
 *
 * Level-triggered: readable while there are records after the cursor that
 * POSITION, SEEK or read() left.
 */
__poll_t evring_reader_poll(struct evring_reader *reader, struct file *file, poll_table *wait)
{
	__poll_t mask = 0;

	poll_wait(file, &reader->wait, wait);
	if (READ_ONCE(reader->channel->removed))
		mask |= EPOLLHUP;
	if (evring_reader_arm(reader))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static void evring_reader_restart(struct evring_reader *reader)
{
	reader->run_cpu = EVRING_NO_CPU;
	reader->pending_type = 0;
}

/**
 * evring_reader_seek() - SEEK.
 * @reader: the reader.
 * @args: as the ioctl takes them.
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP (time, sequence), or -EINTR.
 */
int evring_reader_seek(struct evring_reader *reader, const struct evring_seek_args *args)
{
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;

	if (args->whence > EVRING_SEEK_SEQ || args->reserved)
		return -EINVAL;
	if (args->whence == EVRING_SEEK_TIME || args->whence == EVRING_SEEK_SEQ)
		return -EOPNOTSUPP;
	if (args->value || args->cpu)
		return -EINVAL;

	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	evring_reader_restart(reader);
	for_each_possible_cpu(cpu) {
		if (args->whence == EVRING_SEEK_OLDEST)
			evring_cursor_oldest(r, cpu, &reader->cursors[cpu]);
		else
			evring_cursor_latest(r, cpu, &reader->cursors[cpu]);
	}
	mutex_unlock(&reader->lock);
	return 0;
}

/* Nothing that user space says may put a cursor where no record will ever be. */
static void evring_cursor_set(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor,
			      u64 seq)
{
	seq = min(seq, evring_ring_head(r, cpu));
	if (seq == cursor->seq)
		return;
	WRITE_ONCE(cursor->seq, seq);
	cursor->gen = 0;
}

static int evring_reader_set(struct evring_reader *reader, const u64 __user *seqs, u32 ncpus)
{
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;
	u64 seq;

	for (cpu = 0; cpu < ncpus; cpu++) {
		if (get_user(seq, &seqs[cpu]))
			return -EFAULT;
		if (cpu_possible(cpu))
			evring_cursor_set(r, cpu, &reader->cursors[cpu], seq);
	}
	return 0;
}

/**
 * evring_reader_position() - POSITION.
 * @reader: the reader.
 * @args: as the ioctl takes them; @args->more is answered.
 *
 * Return: 0, -EINVAL, -EFAULT (CPUs before the bad address have moved), or -EINTR.
 */
int evring_reader_position(struct evring_reader *reader, struct evring_position_args *args)
{
	struct evring_channel *channel = reader->channel;
	int err;

	if (args->flags || args->ncpus > channel->layout.ncpus)
		return -EINVAL;
	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	evring_reader_restart(reader);
	err = evring_reader_set(reader, u64_to_user_ptr(args->seqs), args->ncpus);
	mutex_unlock(&reader->lock);
	if (err)
		return err;
	atomic64_inc(&channel->positions);
	args->more = evring_reader_arm(reader) || READ_ONCE(channel->removed);
	return 0;
}

/* Copy a record that we made. 0, or why not. */
static int evring_made_put(struct evring_made *made, u32 type, size_t bytes, struct iov_iter *to)
{
	size_t copied;

	if (iov_iter_count(to) < bytes)
		return -EMSGSIZE;
	made->record = (struct evring_record){ .type = type, .size = bytes };
	copied = copy_to_iter(made, bytes, to);
	if (copied == bytes)
		return 0;
	iov_iter_revert(to, copied);
	return -EFAULT;
}

static int evring_reader_put_loss(struct evring_reader *reader, struct iov_iter *to)
{
	struct evring_made made = { .loss = reader->pending };
	int err = evring_made_put(&made, reader->pending_type, EVRING_LOSS_BYTES, to);

	if (!err)
		reader->pending_type = 0;
	return err;
}

/* Say whose records follow, unless that goes without saying. */
static int evring_reader_put_run(struct evring_reader *reader, u32 cpu, struct iov_iter *to)
{
	u64 seq = reader->cursors[cpu].seq;
	struct evring_made made = { .run = { .cpu = cpu, .seq = seq } };
	int err;

	if (reader->run_cpu == cpu && reader->run_seq == seq)
		return 0;
	err = evring_made_put(&made, EVRING_TYPE_RUN, EVRING_RUN_BYTES, to);
	if (err)
		return err;
	reader->run_cpu = cpu;
	reader->run_seq = seq;
	return 0;
}

/* Copy as much of a run as fits. -EAGAIN: it was overrun meanwhile. */
static int evring_reader_put_records(struct evring_reader *reader, u32 cpu,
				     const struct evring_found *found, struct iov_iter *to)
{
	struct evring_cursor *cursor = &reader->cursors[cpu];
	size_t room = min_t(size_t, iov_iter_count(to), found->bytes);
	u32 nrecords;
	u32 bytes = evring_cursor_fit(found, room, &nrecords);
	size_t copied;

	if (!bytes)
		return -EMSGSIZE;
	copied = copy_to_iter(found->data, bytes, to);
	if (copied != bytes) {
		iov_iter_revert(to, copied);
		return -EFAULT;
	}
	if (!evring_cursor_advance(&reader->channel->ring, cursor, bytes, nrecords)) {
		iov_iter_revert(to, copied);
		return -EAGAIN;
	}
	reader->run_seq = cursor->seq;
	return bytes == found->bytes ? 0 : -EMSGSIZE;
}

/* One step on one CPU: 1 something was copied, 0 nothing there, or why not. */
static int evring_reader_step(struct evring_reader *reader, u32 cpu, struct iov_iter *to)
{
	struct evring_found found;
	int err;

	switch (evring_cursor_look(&reader->channel->ring, cpu, &reader->cursors[cpu], &found)) {
	case EVRING_LOOK_NONE:
		return 0;
	case EVRING_LOOK_OVERRUN:
		reader->pending_type = EVRING_TYPE_OVERRUN;
		break;
	case EVRING_LOOK_DROPPED:
		reader->pending_type = EVRING_TYPE_DROPPED;
		break;
	case EVRING_LOOK_RUN:
		err = evring_reader_put_run(reader, cpu, to);
		if (!err)
			err = evring_reader_put_records(reader, cpu, &found, to);
		return err == -EAGAIN || !err ? 1 : err;
	}
	reader->pending = found.loss;
	err = evring_reader_put_loss(reader, to);
	return err ? err : 1;
}

static u32 evring_cpu_after(u32 cpu)
{
	cpu = cpumask_next(cpu, cpu_possible_mask);
	return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_possible_mask);
}

/*
 * Copy what is there, a run of each CPU in turn, until nothing is or the buffer is
 * full. Stays with a CPU whose run did not fit. Returns bytes, or why there are none.
 */
static ssize_t evring_reader_fill(struct evring_reader *reader, struct iov_iter *to)
{
	size_t room = iov_iter_count(to);
	u32 idle = 0;
	int err = 0;

	if (reader->pending_type)
		err = evring_reader_put_loss(reader, to);
	while (!err && idle < num_possible_cpus()) {
		err = evring_reader_step(reader, reader->next_cpu, to);
		if (err < 0)
			break;
		idle = err ? 0 : idle + 1;
		err = 0;
		reader->next_cpu = evring_cpu_after(reader->next_cpu);
	}
	if (iov_iter_count(to) < room)
		return room - iov_iter_count(to);
	return err;
}

/**
 * evring_reader_read() - read() of a channel's device.
 * @reader: the reader.
 * @to: the buffer.
 * @nowait: do not sleep.
 *
 * Whole records only; those that read() makes itself tell whose records follow and
 * what was lost. Records of a CPU come in order; CPUs take turns by the run.
 *
 * Return: bytes; 0 after the channel was removed and everything was read;
 * -EMSGSIZE: the buffer is too small for the next record; -EAGAIN: nothing there and
 * @nowait; -EFAULT; -ERESTARTSYS.
 */
ssize_t evring_reader_read(struct evring_reader *reader, struct iov_iter *to, bool nowait)
{
	struct evring_channel *channel = reader->channel;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		bool removed = READ_ONCE(channel->removed);

		if (nowait) {
			if (!mutex_trylock(&reader->lock))
				return -EAGAIN;
		} else if (mutex_lock_interruptible(&reader->lock)) {
			return -ERESTARTSYS;
		}
		ret = evring_reader_fill(reader, to);
		mutex_unlock(&reader->lock);
		if (ret || removed)
			return ret;
		if (nowait)
			return -EAGAIN;
		/* What a CPU is in the middle of writing counts as ready: let it. */
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
		ret = wait_event_interruptible(reader->wait, READ_ONCE(channel->removed) ||
					       evring_reader_arm(reader));
		if (ret)
			return ret;
	}
}
