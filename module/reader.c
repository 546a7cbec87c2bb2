// SPDX-License-Identifier: GPL-2.0
/*
 * Readers: the cursors of a descriptor, and read().
 */
#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "gate.h"
#include "reader.h"
#include "wake.h"

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
	reader = kvzalloc(struct_size(reader, places, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return ERR_PTR(-ENOMEM);
	get_device(&channel->dev);
	reader->channel = channel;
	reader->run_cpu = EVRING_NO_CPU;
	reader->next_cpu = cpumask_first(cpu_possible_mask);
	INIT_LIST_HEAD(&reader->gate_node);
	mutex_init(&reader->lock);
	evring_wake_reader_setup(reader);
	for_each_possible_cpu(cpu)
		evring_cursor_oldest(&channel->ring, cpu, &reader->places[cpu].cursor);

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

	evring_gate_leave(reader);
	spin_lock_irqsave(&channel->reader_lock, flags);
	list_del(&reader->node);
	channel->nreaders--;
	spin_unlock_irqrestore(&channel->reader_lock, flags);
	evring_wake_reader_teardown(reader);
	kvfree(reader);
	evring_channel_put(channel);
}

/**
 * evring_reader_poll() - poll() of a channel's device.
 * @reader: the reader.
 * @file: its file.
 * @wait: as poll passes it.
 *
 * Level-triggered: readable while there are enough records, by the watermark, after
 * the cursor that POSITION, ACK, SEEK or read() left.
 */
__poll_t evring_reader_poll(struct evring_reader *reader, struct file *file, poll_table *wait)
{
	__poll_t mask = 0;

	poll_wait(file, &reader->wait, wait);
	if (READ_ONCE(reader->channel->removed))
		mask |= EPOLLHUP;
	if (evring_wake_arm(reader))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static void evring_reader_restart(struct evring_reader *reader)
{
	reader->run_cpu = EVRING_NO_CPU;
	WRITE_ONCE(reader->pending_type, 0);
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

static void evring_reader_seek_cpu(struct evring_reader *reader, u32 cpu,
				   const struct evring_seek_args *args)
{
	struct evring_cursor *cursor = &reader->places[cpu].cursor;
	struct evring_ring *r = &reader->channel->ring;

	switch (args->whence) {
	case EVRING_SEEK_OLDEST:
		evring_cursor_oldest(r, cpu, cursor);
		break;
	case EVRING_SEEK_LATEST:
		evring_cursor_latest(r, cpu, cursor);
		break;
	case EVRING_SEEK_TIME:
		evring_cursor_time(r, cpu, cursor, args->value);
		break;
	default:
		if (cpu == args->cpu)
			evring_cursor_set(r, cpu, cursor, args->value);
		break;
	}
}

static int evring_seek_check(const struct evring_seek_args *args)
{
	if (args->whence > EVRING_SEEK_SEQ || args->reserved)
		return -EINVAL;
	if (args->whence == EVRING_SEEK_SEQ)
		return args->cpu < nr_cpu_ids && cpu_possible(args->cpu) ? 0 : -EINVAL;
	if (args->cpu || (args->whence != EVRING_SEEK_TIME && args->value))
		return -EINVAL;
	return 0;
}

/**
 * evring_reader_seek() - SEEK.
 * @reader: the reader.
 * @args: as the ioctl takes them.
 *
 * Return: 0, -EINVAL, or -EINTR.
 */
int evring_reader_seek(struct evring_reader *reader, const struct evring_seek_args *args)
{
	int err = evring_seek_check(args);
	u32 cpu;

	if (err)
		return err;
	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	evring_reader_restart(reader);
	for_each_possible_cpu(cpu)
		evring_reader_seek_cpu(reader, cpu, args);
	evring_wake_moved(reader);
	mutex_unlock(&reader->lock);
	return 0;
}

/**
 * evring_reader_place() - take a reader's place from user space.
 * @reader: the reader, its lock held.
 * @seqs: sequence numbers, one for each CPU from 0.
 * @ncpus: how many.
 * @forward: leave those alone that would go back.
 *
 * Return: 0, or -EFAULT (CPUs before the bad address have moved).
 */
int evring_reader_place(struct evring_reader *reader, const u64 __user *seqs, u32 ncpus,
			bool forward)
{
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;
	u64 seq;

	evring_reader_restart(reader);
	for (cpu = 0; cpu < ncpus; cpu++) {
		if (get_user(seq, &seqs[cpu]))
			return -EFAULT;
		if (!cpu_possible(cpu) || (forward && seq < reader->places[cpu].cursor.seq))
			continue;
		evring_cursor_set(r, cpu, &reader->places[cpu].cursor, seq);
	}
	evring_wake_moved(reader);
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
	err = evring_reader_place(reader, u64_to_user_ptr(args->seqs), args->ncpus, false);
	mutex_unlock(&reader->lock);
	if (err)
		return err;
	atomic64_inc(&channel->positions);
	args->more = evring_wake_arm(reader) || READ_ONCE(channel->removed);
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
		WRITE_ONCE(reader->pending_type, 0);
	return err;
}

/* Say whose records follow, unless that goes without saying. */
static int evring_reader_put_run(struct evring_reader *reader, u32 cpu, struct iov_iter *to)
{
	u64 seq = reader->places[cpu].cursor.seq;
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
	struct evring_cursor *cursor = &reader->places[cpu].cursor;
	size_t room = min_t(size_t, iov_iter_count(to), found->bytes);
	u32 nrecords;
	u32 bytes = evring_cursor_fit(found, room, &nrecords);
	size_t copied;

	if (!bytes)
		return -EMSGSIZE;
	/*
	 * A producer may claim the block meanwhile and write over what is copied: the advance
	 * below finds that out, and it is taken back.
	 */
	copied = data_race(copy_to_iter(found->data, bytes, to));
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

	switch (evring_cursor_look(&reader->channel->ring, cpu, &reader->places[cpu].cursor,
				   &found)) {
	case EVRING_LOOK_NONE:
		return 0;
	case EVRING_LOOK_OVERRUN:
		WRITE_ONCE(reader->pending_type, EVRING_TYPE_OVERRUN);
		break;
	case EVRING_LOOK_DROPPED:
		WRITE_ONCE(reader->pending_type, EVRING_TYPE_DROPPED);
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
		if (ret > 0)
			evring_wake_moved(reader);
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
					       evring_wake_arm(reader));
		if (ret)
			return ret;
	}
}
