// SPDX-License-Identifier: GPL-2.0
/*
 * The generator: a source of made-up records whose every byte can be checked.
 *
 * One thread on each chosen CPU. In task context the thread emits; with
 * EVRING_GENERATOR_IRQ it starts a timer that expires in hard interrupt context
 * on its CPU, whatever that CPU is doing, and emits a burst each time. Records
 * made there carry tracefs's flag for hard interrupts in common.flags, so that a
 * reader can tell two generators on one CPU apart (not so with
 * EVRING_GENERATOR_FIXED, whose payload the thread prepares).
 *
 * The n-th record of a CPU is due n / rate seconds after the common start: late
 * bursts are made up for, and nothing drifts.
 *
 * What the loop alone costs, without storing anything, can be had by asking for
 * EVRING_GENERATOR_FIXED and a payload larger than the channel takes.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include "compat.h"
#include "source.h"

/* Larger than any record can be: what is too large must be seen to be dropped. */
#define GENERATOR_PAYLOAD_MAX	(128U << 10)
#define GENERATOR_RATE_MAX	NSEC_PER_SEC
#define GENERATOR_FLAGS \
	(EVRING_GENERATOR_IRQ | EVRING_GENERATOR_FIXED | EVRING_GENERATOR_WAIT | \
	 EVRING_GENERATOR_RESERVE)

/* A burst ends after so many records, or so many bytes of payload. */
#define BURST_TASK	1024U
#define BURST_TASK_BYTES	(256U << 10)
#define BURST_IRQ	64U
#define BURST_IRQ_BYTES	(64U << 10)
/* Least time that a thread sleeps when the rate is limited. */
#define BURST_STEP_NS	(100 * NSEC_PER_USEC)
/* Least time that is left to others between two bursts in interrupt context. */
#define BURST_REST_NS	(20 * NSEC_PER_USEC)

/* tracefs's common_flags: hard interrupt. */
#define COMMON_FLAG_HARDIRQ	0x08

struct generator;

/**
 * struct generator_cpu - the generator on one CPU.
 * @generator: the whole.
 * @task: its thread; we hold a reference, it may have ended by itself.
 * @timer: expires in hard interrupt context (EVRING_GENERATOR_IRQ).
 * @payload: room for the largest payload.
 * @attempted: records attempted, accepted or not.
 * @failed: records not accepted.
 * @elapsed_ns: task: time from the first record to the last; interrupt: time
 *	spent in interrupts.
 * @start: when the first record was due.
 * @cpu: the CPU.
 * @ended: the timer will not expire again.
 */
struct generator_cpu {
	struct generator *generator;
	struct task_struct *task;
	struct hrtimer timer;
	struct evring_event_generator *payload;
	u64 attempted;
	u64 failed;
	u64 elapsed_ns;
	u64 start;
	unsigned int cpu;
	bool ended;
};

/**
 * struct generator - the source.
 * @source: head.
 * @args: what was asked for.
 * @starting: threads not yet at the start line.
 * @running: threads that have not ended.
 * @go: all are at the start line.
 * @done: all have ended.
 * @ncpus: entries in @cpus.
 * @cpus: one for each chosen CPU.
 */
struct generator {
	struct evring_source source;
	struct evring_generator_args args;
	atomic_t starting;
	atomic_t running;
	struct completion go;
	struct completion done;
	unsigned int ncpus;
	struct generator_cpu cpus[];
};

static struct generator *to_generator(struct evring_source *source)
{
	return container_of(source, struct generator, source);
}

/* Write the payload of record @number to @p. */
static void generator_fill(const struct generator_cpu *c, struct evring_event_generator *p,
			   u32 number, u32 len)
{
	u8 *fill = (u8 *)(p + 1);
	u32 i;

	p->common.type = EVRING_TYPE_GENERATOR;
	p->common.flags = in_hardirq() ? COMMON_FLAG_HARDIRQ : 0;
	p->common.preempt_count = 0;
	p->common.pid = current->pid;
	p->number = number;
	p->sum = 0;
	for (i = 0; i < len - sizeof(*p); i++)
		fill[i] = evring_generator_fill(c->cpu, number, i);
	p->sum = evring_generator_sum(p, len);
}

static u32 generator_len(const struct generator_cpu *c, u32 number)
{
	const struct evring_generator_args *args = &c->generator->args;

	return evring_generator_size(c->cpu, number, args->payload_min, args->payload_max);
}

/*
 * A function of its own, so that a probe can be put at it: what another way to user space is
 * given at the same times, evbench compares with ours.
 */
static noinline int generator_emit(struct evring_channel *channel, const void *payload, u32 len)
{
	return evring_emit(channel, EVRING_TYPE_GENERATOR, payload, len);
}

/* Emit the record that comes next, or count a failure. Returns its payload's size. */
static u32 generator_one(struct generator_cpu *c)
{
	struct evring_channel *channel = c->generator->source.channel;
	u32 number = (u32)c->attempted++;
	u32 len = generator_len(c, number);
	struct evring_reservation rsv;

	if (c->generator->args.flags & EVRING_GENERATOR_RESERVE) {
		if (evring_reserve(channel, EVRING_TYPE_GENERATOR, len, &rsv)) {
			c->failed++;
			return len;
		}
		generator_fill(c, rsv.payload, number, len);
		evring_commit(channel, &rsv);
	} else {
		generator_fill(c, c->payload, number, len);
		if (generator_emit(channel, c->payload, len))
			c->failed++;
	}
	return len;
}

/* Emit up to @n records, fewer if they come to more than @room bytes; how many it were. */
static u32 generator_varied(struct generator_cpu *c, u32 n, u32 room)
{
	u32 bytes = 0;
	u32 i;

	for (i = 0; i < n && bytes < room; i++)
		bytes += generator_one(c);
	return i;
}

/* Nothing but emitting stands in these two loops: they are what is measured. */
static u32 generator_fixed_emit(struct evring_channel *channel, const void *payload, u32 len, u32 n)
{
	u32 failed = 0;

	while (n--)
		failed += evring_emit(channel, EVRING_TYPE_GENERATOR, payload, len) != 0;
	return failed;
}

static u32 generator_fixed_reserve(struct evring_channel *channel, const void *payload, u32 len,
				   u32 n)
{
	struct evring_reservation rsv;
	u32 failed = 0;

	while (n--) {
		if (evring_reserve(channel, EVRING_TYPE_GENERATOR, len, &rsv)) {
			failed++;
			continue;
		}
		memcpy(rsv.payload, payload, len);
		evring_commit(channel, &rsv);
	}
	return failed;
}

static u32 generator_fixed(struct generator_cpu *c, u32 n, u32 room)
{
	struct evring_channel *channel = c->generator->source.channel;
	u32 len = generator_len(c, 0);

	n = min(n, max(1U, room / len));
	if (c->generator->args.flags & EVRING_GENERATOR_RESERVE)
		c->failed += generator_fixed_reserve(channel, c->payload, len, n);
	else
		c->failed += generator_fixed_emit(channel, c->payload, len, n);
	c->attempted += n;
	return n;
}

/* How many records are due and were not attempted yet? At most @most. */
static u32 generator_due(const struct generator_cpu *c, u32 most)
{
	const struct evring_generator_args *args = &c->generator->args;
	u64 due = U64_MAX;

	if (args->rate)
		due = 1 + mul_u64_u32_div(ktime_get_ns() - c->start, (u32)args->rate,
					  NSEC_PER_SEC);
	if (args->count)
		due = min(due, args->count);
	return due > c->attempted ? (u32)min_t(u64, due - c->attempted, most) : 0;
}

static bool generator_complete(const struct generator_cpu *c)
{
	return c->generator->args.count && c->attempted >= c->generator->args.count;
}

/* When is the next record due, if the rate is limited? */
static u64 generator_next(const struct generator_cpu *c)
{
	return c->start + mul_u64_u32_div(c->attempted, NSEC_PER_SEC,
					  (u32)c->generator->args.rate);
}

/* One burst of up to @most records and about @room bytes; how many records it were. */
static u32 generator_burst(struct generator_cpu *c, u32 most, u32 room)
{
	u32 n = generator_due(c, most);

	if (!n)
		return 0;
	if (c->generator->args.flags & EVRING_GENERATOR_FIXED)
		return generator_fixed(c, n, room);
	return generator_varied(c, n, room);
}

static void generator_sleep_until(u64 when)
{
	ktime_t expires = ns_to_ktime(when);

	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&expires, BURST_STEP_NS, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* The thread's loop in task context. */
static void generator_run_task(struct generator_cpu *c)
{
	u64 begin = ktime_get_ns();
	u32 n;

	while (!generator_complete(c) && !kthread_should_stop()) {
		/* The CPU cannot go away in the middle of a burst, only between two. */
		migrate_disable();
		if (smp_processor_id() != c->cpu) {
			migrate_enable();
			break;
		}
		n = generator_burst(c, BURST_TASK, BURST_TASK_BYTES);
		migrate_enable();

		if (!n)
			generator_sleep_until(max(generator_next(c),
						  ktime_get_ns() + BURST_STEP_NS));
		else
			cond_resched();
	}
	c->elapsed_ns = ktime_get_ns() - begin;
}

/* Hard interrupt. The timer of a CPU that went away has moved: that ends it. */
static enum hrtimer_restart generator_expired(struct hrtimer *timer)
{
	struct generator_cpu *c = container_of(timer, struct generator_cpu, timer);
	u64 begin = ktime_get_ns();
	u64 now, next;

	if (smp_processor_id() != c->cpu)
		goto end;
	generator_burst(c, BURST_IRQ, BURST_IRQ_BYTES);
	now = ktime_get_ns();
	c->elapsed_ns += now - begin;
	if (generator_complete(c))
		goto end;

	/* As fast as it goes, and yet half the time is left to whom it interrupts. */
	next = now + max_t(u64, now - begin, BURST_REST_NS);
	if (c->generator->args.rate)
		next = max(next, generator_next(c));
	hrtimer_set_expires(timer, ns_to_ktime(next));
	return HRTIMER_RESTART;
end:
	WRITE_ONCE(c->ended, true);
	wake_up_process(c->task);
	return HRTIMER_NORESTART;
}

/* Let the timer emit until it has done its count. */
static void generator_run_irq(struct generator_cpu *c)
{
	hrtimer_start(&c->timer, ns_to_ktime(BURST_REST_NS), HRTIMER_MODE_REL_PINNED_HARD);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(c->ended) || kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	hrtimer_cancel(&c->timer);
}

static int generator_thread(void *data)
{
	struct generator_cpu *c = data;
	struct generator *g = c->generator;

	if (g->args.flags & EVRING_GENERATOR_FIXED)
		generator_fill(c, c->payload, 0, generator_len(c, 0));

	/* Start together: what a run measures is all CPUs at once. */
	if (atomic_dec_and_test(&g->starting))
		complete_all(&g->go);
	else
		wait_for_completion(&g->go);

	c->start = ktime_get_ns();
	if (g->args.flags & EVRING_GENERATOR_IRQ)
		generator_run_irq(c);
	else
		generator_run_task(c);

	if (atomic_dec_and_test(&g->running))
		complete_all(&g->done);
	return 0;
}

static void generator_free(struct evring_source *source)
{
	struct generator *g = to_generator(source);
	unsigned int i;

	for (i = 0; i < g->ncpus; i++) {
		if (g->cpus[i].task)
			put_task_struct(g->cpus[i].task);
		kvfree(g->cpus[i].payload);
	}
	kfree(g);
}

static void generator_stop(struct evring_source *source)
{
	struct generator *g = to_generator(source);
	unsigned int i;

	/* A thread that is stopped before it first ran arrives nowhere. */
	complete_all(&g->go);
	for (i = 0; i < g->ncpus; i++)
		if (g->cpus[i].task)
			kthread_stop(g->cpus[i].task);
	complete_all(&g->done);
}

/*
 * Wait for the end of the run, or a signal. Work queued for the task (io_uring's, say)
 * makes signal_pending() true as well, but is no reason to end a run.
 */
static int generator_wait_done(struct generator *g)
{
	long left;

	do {
		left = wait_for_completion_killable_timeout(&g->done, HZ / 10);
		if (left < 0 || (!left && task_sigpending(current)))
			return -EINTR;
	} while (!left);
	return 0;
}

static int generator_wait(struct evring_source *source, struct evring_attach_args *results)
{
	struct generator *g = to_generator(source);
	struct evring_generator_args *r = &results->generator;
	unsigned int i;

	if (generator_wait_done(g))
		return -EINTR;

	r->elapsed_ns = 0;
	r->emitted = 0;
	r->failed = 0;
	for (i = 0; i < g->ncpus; i++) {
		const struct generator_cpu *c = &g->cpus[i];

		r->elapsed_ns = max(r->elapsed_ns, c->elapsed_ns);
		r->emitted += c->attempted - c->failed;
		r->failed += c->failed;
	}
	return 0;
}

static const struct evring_source_ops generator_ops = {
	.stop = generator_stop,
	.free = generator_free,
	.wait = generator_wait,
};

static int generator_check(const struct evring_generator_args *args)
{
	if (args->flags & ~GENERATOR_FLAGS || args->reserved0)
		return -EINVAL;
	if (args->payload_min < sizeof(struct evring_event_generator) ||
	    args->payload_max < args->payload_min || args->payload_max > GENERATOR_PAYLOAD_MAX)
		return -EINVAL;
	if (args->rate > GENERATOR_RATE_MAX)
		return -EINVAL;
	return 0;
}

static bool generator_named(const struct evring_generator_args *args, unsigned int cpu)
{
	return cpu < EVRING_GENERATOR_CPUS && (args->cpus[cpu / 64] >> (cpu % 64) & 1);
}

/*
 * The CPUs to run on. -EINVAL if one that was named cannot be, -ENXIO if it is not
 * online. Call with CPU hotplug locked out.
 */
static int generator_choose(const struct evring_generator_args *args, struct cpumask *chosen)
{
	unsigned int cpu;

	cpumask_clear(chosen);
	for (cpu = 0; cpu < EVRING_GENERATOR_CPUS; cpu++) {
		if (!generator_named(args, cpu))
			continue;
		if (cpu >= nr_cpu_ids || !cpu_possible(cpu))
			return -EINVAL;
		if (!cpu_online(cpu))
			return -ENXIO;
		cpumask_set_cpu(cpu, chosen);
	}
	if (cpumask_empty(chosen))
		cpumask_copy(chosen, cpu_online_mask);
	return 0;
}

static int generator_cpu_create(struct generator *g, struct generator_cpu *c, unsigned int cpu)
{
	struct task_struct *task;

	c->generator = g;
	c->cpu = cpu;
	hrtimer_setup(&c->timer, generator_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	c->payload = kvmalloc_node(g->args.payload_max, GFP_KERNEL, cpu_to_node(cpu));
	if (!c->payload)
		return -ENOMEM;
	task = kthread_create_on_node(generator_thread, c, cpu_to_node(cpu), "evring_gen/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	c->task = get_task_struct(task);
	return 0;
}

static struct generator *generator_create(struct evring_channel *channel,
					  const struct evring_generator_args *args,
					  const struct cpumask *chosen)
{
	unsigned int ncpus = cpumask_weight(chosen);
	struct generator *g;
	unsigned int cpu;
	unsigned int i = 0;
	int err;

	g = kzalloc(struct_size(g, cpus, ncpus), GFP_KERNEL);
	if (!g)
		return ERR_PTR(-ENOMEM);
	g->ncpus = ncpus;
	g->source.channel = channel;
	g->source.ops = &generator_ops;
	g->args = *args;
	atomic_set(&g->starting, (int)ncpus);
	atomic_set(&g->running, (int)ncpus);
	init_completion(&g->go);
	init_completion(&g->done);

	for_each_cpu(cpu, chosen) {
		err = generator_cpu_create(g, &g->cpus[i++], cpu);
		if (err) {
			/* None has been woken yet: none of them runs. */
			generator_stop(&g->source);
			generator_free(&g->source);
			return ERR_PTR(err);
		}
	}
	return g;
}

static struct generator *generator_launch(struct evring_channel *channel,
					  const struct evring_generator_args *args,
					  struct cpumask *chosen)
{
	struct generator *g;
	unsigned int i;
	int err;

	err = generator_choose(args, chosen);
	if (err)
		return ERR_PTR(err);
	g = generator_create(channel, args, chosen);
	if (IS_ERR(g))
		return g;
	for (i = 0; i < g->ncpus; i++)
		wake_up_process(g->cpus[i].task);
	return g;
}

/**
 * evring_generator_start() - start a generator.
 * @channel: where it emits.
 * @args: what and how, in @args->generator.
 *
 * The records of a CPU that goes offline end there.
 * Context: process; may sleep.
 * Return: the source, or an ERR_PTR: -EINVAL (unknown flag, payload_min below 16,
 * payload_max below payload_min or above 128 KiB, rate above 1,000,000,000, reserved field
 * not zero, CPU that is not possible), -ENXIO (CPU that is not online), -ENOMEM, or
 * -EINTR (a signal came while threads were being made).
 */
struct evring_source *evring_generator_start(struct evring_channel *channel,
					     const struct evring_attach_args *args)
{
	struct generator *g;
	cpumask_var_t chosen;
	int err;

	err = generator_check(&args->generator);
	if (err)
		return ERR_PTR(err);
	if (!alloc_cpumask_var(&chosen, GFP_KERNEL))
		return ERR_PTR(-ENOMEM);
	cpus_read_lock();
	g = generator_launch(channel, &args->generator, chosen);
	cpus_read_unlock();
	free_cpumask_var(chosen);
	return IS_ERR(g) ? ERR_CAST(g) : &g->source;
}
