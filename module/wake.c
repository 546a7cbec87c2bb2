// SPDX-License-Identifier: GPL-2.0
/*
 * Waking readers that sleep.
 *
 * A mapped reader's place is its own business until it wants to sleep: then
 * POSITION, or poll() after read(), leaves its sequence numbers in the kernel and
 * *arms* the reader. Arming sets evring_ring.armed, for each CPU how many bytes it takes
 * to wake the first who sleeps, and evring_cpu.look, the one flag that a commit looks at. A
 * commit that finds that its block cannot come to so many clears look again, until the CPU
 * opens another block: a sleeper that waits for much costs next to nothing. The commit
 * that takes its CPU there clears armed and raises one irq_work, which wakes the readers
 * that have enough to read, each by a wait queue of its own, and arms the ring again for
 * those that have not.
 *
 * A reader with a deadline and nothing to read waits for the first byte; when that has
 * come, its deadline timer starts, and it waits for its watermark.
 *
 * Who arms looks once more after it has set the flags. A commit does not have a full
 * barrier between its pub and its look at look, so both may miss each other
 * (store buffering). Instead of a barrier for each record, a timer looks again
 * EVRING_RECHECK_NS after arming: longer than any store buffer keeps a store.
 */
#include <linux/ktime.h>
#include <linux/wait.h>
#include "compat.h"
#include "wake.h"

#define EVRING_RECHECK_NS	(100 * NSEC_PER_USEC)

/* So many bytes no CPU will have emitted when the reader is long gone. */
#define EVRING_WAKE_NEVER	BIT_ULL(62)

#define EVRING_USECS_MAX	(3600ULL * USEC_PER_SEC)

enum evring_waiting {
	EVRING_WAITING_NONE,	/* nothing to read */
	EVRING_WAITING_SOME,	/* something, but less than the watermark */
	EVRING_WAITING_ENOUGH,
};

/* Does the reader want to be woken for any record, at once? */
static bool evring_reader_eager(const struct evring_reader *reader)
{
	return reader->watermark <= 1;
}

static bool evring_cpu_has_enough(struct evring_reader *reader, u32 cpu)
{
	if (evring_reader_eager(reader))
		return true;
	return evring_ring_bytes(&reader->channel->ring, cpu) -
	       READ_ONCE(reader->places[cpu].base) >= reader->watermark;
}

static enum evring_waiting evring_waiting(struct evring_reader *reader)
{
	enum evring_waiting waiting = EVRING_WAITING_NONE;
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;

	if (READ_ONCE(reader->pending_type))
		return EVRING_WAITING_ENOUGH;
	for_each_possible_cpu(cpu) {
		if (evring_ring_head(r, cpu) <= READ_ONCE(reader->places[cpu].cursor.seq))
			continue;
		if (READ_ONCE(reader->due) || evring_cpu_has_enough(reader, cpu))
			return EVRING_WAITING_ENOUGH;
		waiting = EVRING_WAITING_SOME;
	}
	return waiting;
}

/* How many bytes of @cpu it takes for @reader, which has @waiting. */
static u64 evring_threshold(struct evring_reader *reader, u32 cpu, enum evring_waiting waiting)
{
	/* It has read all there is, or somebody looks again. */
	if (evring_reader_eager(reader))
		return evring_ring_bytes(&reader->channel->ring, cpu) + 1;
	/* The first byte starts the deadline. */
	if (reader->usecs && waiting == EVRING_WAITING_NONE)
		return reader->places[cpu].base + 1;
	return reader->places[cpu].base + reader->watermark;
}

/* armed or thresholds have been set: have the commits of every CPU look. */
static void evring_cpus_look(struct evring_ring *r)
{
	u32 cpu;

	/* Barrier L: what was set before look. Pairs with evring_wake(). */
	smp_mb();
	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(r->cpus, cpu)->look, 1);
}

/* Have every CPU that comes to what @reader waits for look: the least of all armed. */
static void evring_thresholds_add(struct evring_reader *reader, enum evring_waiting waiting)
{
	struct evring_ring *r = &reader->channel->ring;
	bool lower = false;
	u32 cpu;

	for_each_possible_cpu(cpu) {
		struct evring_cpu *c = per_cpu_ptr(r->cpus, cpu);
		u64 at = evring_threshold(reader, cpu, waiting);

		if ((s64)(at - c->wake_bytes) >= 0)
			continue;
		WRITE_ONCE(c->wake_bytes, at);
		lower = true;
	}
	if (lower)
		evring_cpus_look(r);
}

static void evring_thresholds_clear(struct evring_channel *channel)
{
	struct evring_ring *r = &channel->ring;
	u32 cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(r->cpus, cpu)->wake_bytes,
			   evring_ring_bytes(r, cpu) + EVRING_WAKE_NEVER);
}

/* Have commits look at the thresholds; see the top of this file. */
static void evring_ring_arm(struct evring_channel *channel)
{
	WRITE_ONCE(channel->ring.armed, 1);
	evring_cpus_look(&channel->ring);
	/* The flag before the look at what was published. A commit has no such barrier:
	 * the timer stands in for it.
	 */
	smp_mb();
	hrtimer_start(&channel->recheck, ns_to_ktime(EVRING_RECHECK_NS), HRTIMER_MODE_REL_SOFT);
}

static void evring_deadline_start(struct evring_reader *reader)
{
	if (reader->usecs && !hrtimer_active(&reader->deadline))
		hrtimer_start(&reader->deadline, ns_to_ktime(reader->usecs * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_SOFT);
}

/* One armed reader: wake it, or see that it will be. True if it stays armed. */
static bool evring_reader_serve(struct evring_reader *reader)
{
	enum evring_waiting waiting = evring_waiting(reader);

	lockdep_assert_held(&reader->channel->reader_lock);
	if (waiting == EVRING_WAITING_ENOUGH) {
		reader->armed = false;
		atomic64_inc(&reader->channel->wakeups);
		wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM);
		return false;
	}
	if (waiting == EVRING_WAITING_SOME)
		evring_deadline_start(reader);
	evring_thresholds_add(reader, waiting);
	return true;
}

/* Serve all armed readers, and set the thresholds for those that stay so: true. */
static bool evring_readers_serve(struct evring_channel *channel)
{
	struct evring_reader *reader;
	bool left = false;

	lockdep_assert_held(&channel->reader_lock);
	list_for_each_entry(reader, &channel->readers, node)
		if (reader->armed)
			left |= evring_reader_serve(reader);
	return left;
}

/*
 * Somebody may have to be woken. If readers stay armed, so must the ring; who arms
 * looks again. Thresholds start anew only while no commit looks at them: a commit that
 * found none would wake nobody. A low one that is left over costs one irq_work.
 */
static void evring_channel_serve(struct evring_channel *channel)
{
	unsigned long flags;
	bool armed;

	spin_lock_irqsave(&channel->reader_lock, flags);
	armed = READ_ONCE(channel->ring.armed);
	if (!armed)
		evring_thresholds_clear(channel);
	if (evring_readers_serve(channel) && !armed) {
		evring_ring_arm(channel);
		evring_readers_serve(channel);
	}
	spin_unlock_irqrestore(&channel->reader_lock, flags);
}

static void evring_wake_work(struct irq_work *work)
{
	evring_channel_serve(container_of(work, struct evring_channel, wake_work));
}

static enum hrtimer_restart evring_recheck(struct hrtimer *timer)
{
	evring_channel_serve(container_of(timer, struct evring_channel, recheck));
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart evring_deadline(struct hrtimer *timer)
{
	struct evring_reader *reader = container_of(timer, struct evring_reader, deadline);
	unsigned long flags;

	spin_lock_irqsave(&reader->channel->reader_lock, flags);
	WRITE_ONCE(reader->due, true);
	if (reader->armed)
		evring_reader_serve(reader);
	spin_unlock_irqrestore(&reader->channel->reader_lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * evring_wake_raise() - a commit has come to a threshold.
 * @ring: the channel's ring.
 *
 * Context: any, NMI included.
 */
void evring_wake_raise(struct evring_ring *ring)
{
	struct evring_channel *channel = container_of(ring, struct evring_channel, ring);

	if (xchg(&ring->armed, 0))
		irq_work_queue(&channel->wake_work);
}

/**
 * evring_wake_arm() - is there enough to read? If not, see that the reader is woken.
 * @reader: the reader.
 *
 * Return: true: enough to read, now.
 */
bool evring_wake_arm(struct evring_reader *reader)
{
	struct evring_channel *channel = reader->channel;
	enum evring_waiting waiting = evring_waiting(reader);
	unsigned long flags;

	if (waiting == EVRING_WAITING_ENOUGH)
		return true;
	spin_lock_irqsave(&channel->reader_lock, flags);
	reader->armed = true;
	evring_thresholds_add(reader, waiting);
	evring_ring_arm(channel);
	waiting = evring_waiting(reader);
	if (waiting == EVRING_WAITING_ENOUGH)
		reader->armed = false;
	else if (waiting == EVRING_WAITING_SOME)
		evring_deadline_start(reader);
	spin_unlock_irqrestore(&channel->reader_lock, flags);
	return waiting == EVRING_WAITING_ENOUGH;
}

/**
 * evring_wake_moved() - the reader's cursors have moved: what waits counts from there.
 * @reader: the reader, its lock held.
 */
void evring_wake_moved(struct evring_reader *reader)
{
	struct evring_ring *r = &reader->channel->ring;
	u32 cpu;

	lockdep_assert_held(&reader->lock);
	if (evring_reader_eager(reader))
		return;
	hrtimer_cancel(&reader->deadline);
	WRITE_ONCE(reader->due, false);
	for_each_possible_cpu(cpu) {
		struct evring_place *place = &reader->places[cpu];

		WRITE_ONCE(place->base, evring_cursor_bytes(r, cpu, &place->cursor));
	}
}

/**
 * evring_wake_watermark() - WATERMARK.
 * @reader: the reader.
 * @args: as the ioctl takes them.
 *
 * Return: 0, -EINVAL, -ERANGE, or -EINTR.
 */
int evring_wake_watermark(struct evring_reader *reader, const struct evring_watermark_args *args)
{
	if (args->flags)
		return -EINVAL;
	if (args->bytes > reader->channel->layout.data_size / 2 || args->usecs > EVRING_USECS_MAX)
		return -ERANGE;
	if (mutex_lock_interruptible(&reader->lock))
		return -EINTR;
	spin_lock_irq(&reader->channel->reader_lock);
	reader->watermark = args->bytes;
	reader->usecs = args->usecs;
	spin_unlock_irq(&reader->channel->reader_lock);
	evring_wake_moved(reader);
	mutex_unlock(&reader->lock);
	/* Who sleeps on the descriptor already sleeps by the new one. */
	evring_channel_serve(reader->channel);
	return 0;
}

/**
 * evring_wake_hangup() - the channel is removed: wake everybody.
 * @channel: the channel, marked as removed already.
 */
void evring_wake_hangup(struct evring_channel *channel)
{
	struct evring_reader *reader;
	unsigned long flags;

	spin_lock_irqsave(&channel->reader_lock, flags);
	list_for_each_entry(reader, &channel->readers, node)
		wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	spin_unlock_irqrestore(&channel->reader_lock, flags);
}

/**
 * evring_wake_reader_setup() - make a new reader ready to sleep.
 * @reader: the reader.
 */
void evring_wake_reader_setup(struct evring_reader *reader)
{
	init_waitqueue_head(&reader->wait);
	hrtimer_setup(&reader->deadline, evring_deadline, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

/**
 * evring_wake_reader_teardown() - the reader, off the list already, sleeps no more.
 * @reader: the reader.
 */
void evring_wake_reader_teardown(struct evring_reader *reader)
{
	hrtimer_cancel(&reader->deadline);
}

/**
 * evring_wake_setup() - make a new channel ready for readers that sleep.
 * @channel: the channel.
 */
void evring_wake_setup(struct evring_channel *channel)
{
	spin_lock_init(&channel->reader_lock);
	INIT_LIST_HEAD(&channel->readers);
	init_irq_work(&channel->wake_work, evring_wake_work);
	hrtimer_setup(&channel->recheck, evring_recheck, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

/**
 * evring_wake_teardown() - the last reference to the channel is gone.
 * @channel: the channel.
 */
void evring_wake_teardown(struct evring_channel *channel)
{
	irq_work_sync(&channel->wake_work);
	hrtimer_cancel(&channel->recheck);
}
