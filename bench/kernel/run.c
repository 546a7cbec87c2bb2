// SPDX-License-Identifier: GPL-2.0
/* The threads that emit: one for each CPU, started together. */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include "backend.h"

#define BURST	1024U	/* records from one chance to be preempted to the next */

struct crew;

/**
 * struct worker - a thread of a run.
 * @producer: what the loop is given.
 * @crew: all of them.
 * @task: the thread; a reference is held.
 * @left: records to be emitted yet.
 * @failed: records that were not accepted.
 * @sum: sum of the words of those that were.
 * @elapsed_ns: from the first record to the last.
 * @attached: the backend's attach() was called.
 */
struct worker {
	struct peers_producer producer;
	struct crew *crew;
	struct task_struct *task;
	u64 left;
	u64 failed;
	u64 sum;
	u64 elapsed_ns;
	bool attached;
};

/**
 * struct crew - a run.
 * @session: where to.
 * @run: what was asked for.
 * @starting: threads not yet at the start line.
 * @running: threads that have not ended.
 * @go: all are at the start line.
 * @done: all have ended.
 * @n: entries in @workers.
 * @workers: one for each CPU.
 */
struct crew {
	struct peers_session *session;
	struct peers_run *run;
	atomic_t starting;
	atomic_t running;
	struct completion go;
	struct completion done;
	unsigned int n;
	struct worker workers[];
};

static struct evring_event_generator *payload_of(struct worker *w)
{
	return (struct evring_event_generator *)(w->producer.record + 1);
}

static void fill(struct worker *w)
{
	struct evring_event_generator *event = payload_of(w);
	u8 *bytes = (u8 *)(event + 1);
	u32 len = w->producer.len;
	u32 i;

	w->producer.record->type = EVRING_TYPE_GENERATOR;
	w->producer.record->size = (u16)(sizeof(struct evring_record) + len);
	event->common.type = EVRING_TYPE_GENERATOR;
	event->common.pid = current->pid;
	event->number = w->crew->run->first;
	for (i = 0; i < len - sizeof(*event); i++)
		bytes[i] = evring_generator_fill(w->producer.cpu, 0, i);
	event->sum = evring_generator_sum(event, len);
}

static u64 word_of(struct worker *w)
{
	const struct evring_event_generator *event = payload_of(w);

	return event->number | (u64)event->sum << 32;
}

static u32 emit_equal(struct worker *w, u32 n)
{
	u32 failed = w->crew->session->backend->loop(&w->producer, n);

	w->sum += (n - failed) * word_of(w);
	return failed;
}

static u32 emit_varied(struct worker *w, u32 n)
{
	struct evring_event_generator *event = payload_of(w);
	u32 failed = 0;

	for (; n; n--, event->number++) {
		event->sum = evring_generator_sum(event, w->producer.len);
		if (w->crew->session->backend->loop(&w->producer, 1))
			failed++;
		else
			w->sum += word_of(w);
	}
	return failed;
}

static void work(struct worker *w)
{
	u64 begin = ktime_get_ns();
	u32 n;

	while (w->left && !kthread_should_stop()) {
		/* The CPU cannot go away in the middle of a burst, only between two. */
		migrate_disable();
		if (smp_processor_id() != w->producer.cpu) {
			migrate_enable();
			break;
		}
		n = (u32)min_t(u64, w->left, BURST);
		if (w->crew->run->flags & PEERS_VARY)
			w->failed += emit_varied(w, n);
		else
			w->failed += emit_equal(w, n);
		w->left -= n;
		migrate_enable();
		cond_resched();
	}
	w->elapsed_ns = ktime_get_ns() - begin;
}

static int worker_thread(void *data)
{
	struct worker *w = data;
	struct crew *crew = w->crew;

	fill(w);
	if (atomic_dec_and_test(&crew->starting))
		complete_all(&crew->go);
	else
		wait_for_completion(&crew->go);
	work(w);
	if (atomic_dec_and_test(&crew->running))
		complete_all(&crew->done);
	return 0;
}

static int worker_init(struct crew *crew, struct worker *w, unsigned int cpu)
{
	struct peers_session *s = crew->session;
	struct task_struct *task;
	int err = 0;

	w->crew = crew;
	w->left = crew->run->count;
	w->producer = (struct peers_producer){
		.session = s, .ring = s->data, .len = s->setup.payload, .cpu = cpu,
		.index = (unsigned int)(w - crew->workers), .total = crew->n,
	};
	w->producer.record = kvzalloc_node(peers_stride(s->setup.payload), GFP_KERNEL,
					   cpu_to_node(cpu));
	if (!w->producer.record)
		return -ENOMEM;
	if (s->backend->attach)
		err = s->backend->attach(s, &w->producer);
	if (err)
		return err;
	w->attached = true;
	task = kthread_create_on_node(worker_thread, w, cpu_to_node(cpu), "evring_peer/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	w->task = get_task_struct(task);
	return 0;
}

static void crew_free(struct crew *crew)
{
	struct worker *w;

	for (w = crew->workers; w < crew->workers + crew->n; w++) {
		if (w->task) {
			kthread_stop(w->task);
			put_task_struct(w->task);
		}
		if (w->attached && crew->session->backend->detach)
			crew->session->backend->detach(&w->producer);
		kvfree(w->producer.record);
	}
	kfree(crew);
}

static bool chosen(const struct peers_run *run, unsigned int cpu)
{
	return run->cpus[cpu / 64] >> (cpu % 64) & 1;
}

/* How many CPUs are asked for? -EINVAL: none, or one that is not online. */
static int count_cpus(const struct peers_run *run)
{
	unsigned int cpu;
	int n = 0;

	for (cpu = 0; cpu < PEERS_CPUS; cpu++) {
		if (!chosen(run, cpu))
			continue;
		if (cpu >= nr_cpu_ids || !cpu_online(cpu))
			return -EINVAL;
		n++;
	}
	return n ? n : -EINVAL;
}

static struct crew *crew_create(struct peers_session *s, struct peers_run *run)
{
	int err, n = count_cpus(run);
	struct worker *w;
	struct crew *crew;
	unsigned int cpu;

	if (n < 0)
		return ERR_PTR(n);
	crew = kzalloc(struct_size(crew, workers, n), GFP_KERNEL);
	if (!crew)
		return ERR_PTR(-ENOMEM);
	crew->session = s;
	crew->run = run;
	crew->n = (unsigned int)n;
	atomic_set(&crew->starting, n);
	atomic_set(&crew->running, n);
	init_completion(&crew->go);
	init_completion(&crew->done);
	w = crew->workers;
	for (cpu = 0; cpu < PEERS_CPUS; cpu++) {
		if (!chosen(run, cpu))
			continue;
		err = worker_init(crew, w++, cpu);
		if (err) {
			/* None has been woken yet: none of them runs. */
			crew_free(crew);
			return ERR_PTR(err);
		}
	}
	return crew;
}

/*
 * Wait for the end of the run, or a signal. Work queued for the task (io_uring's, say)
 * makes signal_pending() true as well, but is no reason to end a run.
 */
static int crew_wait(struct crew *crew)
{
	long left;

	do {
		left = wait_for_completion_killable_timeout(&crew->done, HZ / 10);
		if (left < 0 || (!left && task_sigpending(current)))
			return -EINTR;
	} while (!left);
	return 0;
}

static void crew_add_up(const struct crew *crew)
{
	struct peers_run *run = crew->run;
	const struct worker *w;

	run->elapsed_ns = 0;
	run->stored = 0;
	run->dropped = 0;
	run->sum = 0;
	for (w = crew->workers; w < crew->workers + crew->n; w++) {
		run->elapsed_ns = max(run->elapsed_ns, w->elapsed_ns);
		run->stored += run->count - w->left - w->failed;
		run->dropped += w->failed;
		run->sum += w->sum;
	}
}

/* peers_run() - emit, and wait for the end of it. */
int peers_run(struct peers_session *s, struct peers_run *run)
{
	struct crew *crew;
	unsigned int i;
	int err;

	cpus_read_lock();
	crew = crew_create(s, run);
	cpus_read_unlock();
	if (IS_ERR(crew))
		return PTR_ERR(crew);
	for (i = 0; i < crew->n; i++)
		wake_up_process(crew->workers[i].task);
	err = crew_wait(crew);
	/* A thread that is stopped before it first ran arrives nowhere. */
	complete_all(&crew->go);
	if (!err)
		crew_add_up(crew);
	crew_free(crew);
	return err;
}
