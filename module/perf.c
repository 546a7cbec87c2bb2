// SPDX-License-Identifier: GPL-2.0
/*
 * Perf counters as a source: whatever perf can count, tracepoints, kprobes and uprobes
 * of tracefs, software and hardware events. Each counter is one of the kernel's own
 * (perf_event_create_kernel_counter()); its overflow handler emits.
 *
 * perf takes no event that happens within the handling of another one in the same context
 * (task, soft interrupt, interrupt, NMI) on the same CPU, and does not say so. Which is also
 * why a probe on the paths of evring itself ends after one step.
 *
 * A source counts either on every CPU, or on the threads of a process. CPUs that come and
 * go are followed by a work item: creating and releasing counters takes the lock that
 * hotplug callbacks run under. What happens on a CPU before the work has run is not
 * counted.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/perf_event.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/ptrace.h>
#include <linux/evring_event.h>
#include "source.h"

/**
 * struct perf_source - the source.
 * @source: head.
 * @args: what was asked for.
 * @attr: the same for perf.
 * @filter: its event file says which records are taken; NULL: all.
 * @online: in the list of those that are told of CPUs that came.
 * @dead: in the list of those that are told of CPUs that went.
 * @lock: protects @counters; outside of perf's own locks.
 * @gone: CPUs that went: perf has let their counters go, they count no more.
 * @adjust: follows CPUs that came and went.
 * @ncounters: how many: a place for each possible CPU, or one for each thread.
 * @counters: the counters; NULL: none on this CPU.
 */
struct perf_source {
	struct evring_source source;
	struct evring_perf_args args;
	struct perf_event_attr attr;
	struct trace_event_file *filter;
	struct hlist_node online;
	struct hlist_node dead;
	/* protects counters */
	struct mutex lock;
	cpumask_t gone;
	struct work_struct adjust;
	unsigned int ncounters;
	struct perf_event *counters[];
};

static enum cpuhp_state perf_online_state;
static enum cpuhp_state perf_dead_state;

static struct perf_source *to_perf(struct evring_source *source)
{
	return container_of(source, struct perf_source, source);
}

/* --- when a counter comes to its period: in any context ------------------------------ */

static void perf_emit_raw(struct perf_source *p, const struct perf_sample_data *data)
{
	const struct perf_raw_frag *frag;
	struct event_filter *filter;

	/* Of data that no flag vouches for nothing may be read. */
	if (!(data->sample_flags & PERF_SAMPLE_RAW))
		return;
	frag = &data->raw->frag;
	if (p->filter) {
		/* perf has preemption off, which tracefs waits for before it frees. */
		filter = rcu_dereference_sched(p->filter->filter);
		if (!filter_match_preds(filter, frag->data))
			return;
	}
	evring_emit(p->source.channel, (u32)p->attr.config, frag->data, frag->size);
}

static void perf_emit_sample(struct perf_source *p, const struct perf_sample_data *data,
			     struct pt_regs *regs)
{
	struct evring_event_sample event = {
		.ip = regs ? instruction_pointer(regs) : 0,
		.period = data->period,
		.perf_type = p->attr.type,
		.user_mode = regs && user_mode(regs),
		.perf_config = p->attr.config,
	};

	evring_common_fill(&event.common, EVRING_TYPE_SAMPLE);
	BUILD_BUG_ON(TASK_COMM_LEN != EVRING_COMM_SIZE);
	strscpy_pad(event.comm, current->comm, EVRING_COMM_SIZE);
	evring_emit(p->source.channel, EVRING_TYPE_SAMPLE, &event, sizeof(event));
}

static void perf_overflow(struct perf_event *event, struct perf_sample_data *data,
			  struct pt_regs *regs)
{
	struct perf_source *p = event->overflow_handler_context;

	if (p->attr.type == PERF_TYPE_TRACEPOINT)
		perf_emit_raw(p, data);
	else
		perf_emit_sample(p, data, regs);
}

/* --- counters on CPUs ---------------------------------------------------------------- */

/* Which errors of perf's would be taken for ours? */
static int perf_error(long err)
{
	return err == -ENOENT || err == -EOPNOTSUPP ? -ENODEV : (int)err;
}

static int perf_count(struct perf_source *p, unsigned int place, int cpu,
		      struct task_struct *task)
{
	struct perf_event *event;

	event = perf_event_create_kernel_counter(&p->attr, cpu, task, perf_overflow, p);
	if (IS_ERR(event))
		return perf_error(PTR_ERR(event));
	p->counters[place] = event;
	return 0;
}

static void perf_release(struct perf_source *p, unsigned int place)
{
	if (p->counters[place])
		perf_event_release_kernel(p->counters[place]);
	p->counters[place] = NULL;
}

/* Let each CPU that is online have a counter. The last error, if one could not. */
static int perf_adjust(struct perf_source *p)
{
	unsigned int cpu;
	int result = 0;
	int err;

	mutex_lock(&p->lock);
	for_each_possible_cpu(cpu) {
		if (cpumask_test_and_clear_cpu(cpu, &p->gone))
			perf_release(p, cpu);
		if (p->counters[cpu] || !cpu_online(cpu))
			continue;
		err = perf_count(p, cpu, (int)cpu, NULL);
		/* One that is on its way, up or down, is looked at again. */
		if (err && cpu_online(cpu))
			result = err;
	}
	mutex_unlock(&p->lock);
	return result;
}

static void perf_adjust_work(struct work_struct *work)
{
	perf_adjust(container_of(work, struct perf_source, adjust));
}

static int perf_cpu_online(unsigned int cpu, struct hlist_node *node)
{
	schedule_work(&hlist_entry(node, struct perf_source, online)->adjust);
	return 0;
}

static int perf_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct perf_source *p = hlist_entry(node, struct perf_source, dead);

	cpumask_set_cpu(cpu, &p->gone);
	schedule_work(&p->adjust);
	return 0;
}

static int perf_start_cpus(struct perf_source *p)
{
	int err;

	err = cpuhp_state_add_instance_nocalls(perf_dead_state, &p->dead);
	if (err)
		return err;
	err = cpuhp_state_add_instance_nocalls(perf_online_state, &p->online);
	if (err)
		goto err_dead;
	err = perf_adjust(p);
	if (err)
		goto err_online;
	return 0;

err_online:
	cpuhp_state_remove_instance_nocalls(perf_online_state, &p->online);
err_dead:
	cpuhp_state_remove_instance_nocalls(perf_dead_state, &p->dead);
	cancel_work_sync(&p->adjust);
	return err;
}

/* --- counters on the threads of a process -------------------------------------------- */

/* The threads of @leader's process, each with a reference taken; at most @room. */
static unsigned int perf_threads(struct task_struct *leader, struct task_struct **tasks,
				 unsigned int room)
{
	struct task_struct *t;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_thread(leader, t) {
		if (n < room)
			tasks[n] = get_task_struct(t);
		n++;
	}
	rcu_read_unlock();
	return min(n, room);
}

static int perf_count_threads(struct perf_source *p, struct task_struct *leader)
{
	struct task_struct **tasks;
	unsigned int n, i;
	int err = 0;

	tasks = kcalloc(p->ncounters, sizeof(*tasks), GFP_KERNEL);
	if (!tasks)
		return -ENOMEM;
	n = perf_threads(leader, tasks, p->ncounters);
	for (i = 0; i < n; i++) {
		if (!err)
			err = perf_count(p, i, -1, tasks[i]);
		/* A thread may end meanwhile: that is as well. */
		if (err == -ESRCH && n > 1)
			err = 0;
		put_task_struct(tasks[i]);
	}
	kfree(tasks);
	return err;
}

static struct task_struct *perf_task(s32 number)
{
	struct pid *pid = find_get_pid(number);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);

	put_pid(pid);
	return task;
}

/* --- start and stop ------------------------------------------------------------------ */

static void perf_free(struct evring_source *source)
{
	struct perf_source *p = to_perf(source);

	if (p->filter)
		trace_put_event_file(p->filter);
	kfree(p);
}

/* Release all counters, and let handlers that are at work end. */
static void perf_release_all(struct perf_source *p)
{
	unsigned int i;

	mutex_lock(&p->lock);
	for (i = 0; i < p->ncounters; i++)
		perf_release(p, i);
	mutex_unlock(&p->lock);
	tracepoint_synchronize_unregister();
	synchronize_rcu();
}

static void perf_stop(struct evring_source *source)
{
	struct perf_source *p = to_perf(source);

	if (!p->args.pid) {
		cpuhp_state_remove_instance_nocalls(perf_online_state, &p->online);
		cpuhp_state_remove_instance_nocalls(perf_dead_state, &p->dead);
		cancel_work_sync(&p->adjust);
	}
	perf_release_all(p);
}

static const struct evring_source_ops perf_ops = {
	.stop = perf_stop,
	.free = perf_free,
};

static int perf_check(const struct evring_perf_args *args)
{
	if (args->flags & ~EVRING_PERF_FREQUENCY || !args->period || args->pid < 0)
		return -EINVAL;
	if (memchr_inv(args->reserved, 0, sizeof(args->reserved)))
		return -EINVAL;
	if (args->type != PERF_TYPE_TRACEPOINT)
		return args->filter_size || args->filter ? -EINVAL : 0;
	if (args->flags & EVRING_PERF_FREQUENCY || args->filter_size > EVRING_FILTER_MAX)
		return -EINVAL;
	/* Those from there up are ours: a reader could not tell whose a record is. */
	return args->config >= EVRING_TYPE_PADDING ? -ERANGE : 0;
}

/* The file of "INSTANCE/SYSTEM/EVENT". */
static struct trace_event_file *perf_filter_file(const struct evring_perf_args *args)
{
	char *text = memdup_user_nul(u64_to_user_ptr(args->filter), args->filter_size);
	char *instance, *system, *event = text;
	struct trace_event_file *file = ERR_PTR(-EINVAL);

	if (IS_ERR(text))
		return ERR_CAST(text);
	instance = strsep(&event, "/");
	system = strsep(&event, "/");
	if (event)
		file = trace_get_event_file(instance, system, event);
	kfree(text);
	return file;
}

static int perf_filter(struct perf_source *p)
{
	struct trace_event_file *file;

	if (!p->args.filter_size)
		return 0;
	file = perf_filter_file(&p->args);
	if (IS_ERR(file))
		return perf_error(PTR_ERR(file));
	p->filter = file;
	/* A filter of another event would look for fields where this one has none. */
	return file->event_call->event.type == p->attr.config ? 0 : -EINVAL;
}

static void perf_describe(struct perf_source *p)
{
	p->attr = (struct perf_event_attr) {
		.type = p->args.type,
		.size = sizeof(p->attr),
		.config = p->args.config,
		.sample_period = p->args.period,
		.freq = !!(p->args.flags & EVRING_PERF_FREQUENCY),
		.inherit = p->args.pid != 0,
	};
	if (p->args.type == PERF_TYPE_TRACEPOINT)
		p->attr.sample_type = PERF_SAMPLE_RAW;
}

static struct perf_source *perf_create(struct evring_channel *channel,
				       const struct evring_perf_args *args,
				       unsigned int ncounters)
{
	struct perf_source *p = kzalloc(struct_size(p, counters, ncounters), GFP_KERNEL);
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	p->source.channel = channel;
	p->source.ops = &perf_ops;
	p->args = *args;
	p->ncounters = ncounters;
	mutex_init(&p->lock);
	INIT_WORK(&p->adjust, perf_adjust_work);
	perf_describe(p);
	err = perf_filter(p);
	if (err) {
		perf_free(&p->source);
		return ERR_PTR(err);
	}
	return p;
}

/* @leader: whose threads; NULL: every CPU. */
static struct evring_source *perf_launch(struct evring_channel *channel,
					 const struct evring_perf_args *args,
					 struct task_struct *leader)
{
	unsigned int n = leader ? (unsigned int)get_nr_threads(leader) : nr_cpu_ids;
	struct perf_source *p = perf_create(channel, args, n);
	int err;

	if (IS_ERR(p))
		return ERR_CAST(p);
	err = leader ? perf_count_threads(p, leader) : perf_start_cpus(p);
	if (err) {
		perf_release_all(p);
		perf_free(&p->source);
		return ERR_PTR(err);
	}
	return &p->source;
}

/**
 * evring_perf_start() - attach perf counters.
 * @channel: where they emit.
 * @args: what, in @args->perf.
 *
 * Context: process; may sleep.
 * Return: the source, or an ERR_PTR: -EINVAL (period 0, unknown flag, a filter that is not
 * "INSTANCE/SYSTEM/EVENT" or not of a tracepoint, a tracepoint that there is not, a
 * reserved field not zero), -ERANGE (the id of the tracepoint is too large for a record's
 * type), -ESRCH (no such process), -ENODEV (perf does not know the counter, or there is no
 * such filter), -ENOMEM, or what else perf says.
 */
struct evring_source *evring_perf_start(struct evring_channel *channel,
					const struct evring_attach_args *args)
{
	struct task_struct *leader = NULL;
	struct evring_source *source;
	int err = perf_check(&args->perf);

	if (err)
		return ERR_PTR(err);
	if (args->perf.pid) {
		leader = perf_task(args->perf.pid);
		if (!leader)
			return ERR_PTR(-ESRCH);
	}
	source = perf_launch(channel, &args->perf, leader);
	if (leader)
		put_task_struct(leader);
	return source;
}

/**
 * evring_perf_init() - ask to be told of CPUs that come and go.
 *
 * Return: 0 or -errno.
 */
int evring_perf_init(void)
{
	int state;

	state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "evring:dead", NULL, perf_cpu_dead);
	if (state < 0)
		return state;
	perf_dead_state = state;
	state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "evring:online", perf_cpu_online,
					NULL);
	if (state < 0) {
		cpuhp_remove_multi_state(perf_dead_state);
		return state;
	}
	perf_online_state = state;
	return 0;
}

/** evring_perf_exit() - no more of that. */
void evring_perf_exit(void)
{
	cpuhp_remove_multi_state(perf_online_state);
	cpuhp_remove_multi_state(perf_dead_state);
}
