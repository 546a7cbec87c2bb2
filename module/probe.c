// SPDX-License-Identifier: GPL-2.0
/*
 * Direct tracepoint probes for the hot few events. The tracepoints are found by
 * name, since most are not exported to modules.
 *
 * A probe's private data is the channel itself: the tracepoint then refuses to
 * have the same probe on the same channel twice.
 */
#include <linux/binfmts.h>
#include <linux/err.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <asm/syscall.h>
#include <trace/events/printk.h>
#include <trace/events/sched.h>
#include <trace/events/syscalls.h>
#include "compat.h"
#include "source.h"

/* A longer file name is cut off. */
#define FILENAME_SIZE	256
/* So is a longer line of the kernel's log. */
#define MSG_SIZE	1024

/**
 * struct probe_source - the source.
 * @source: head.
 * @events: EVRING_PROBE_* that are registered.
 */
struct probe_source {
	struct evring_source source;
	u64 events;
};

static void probe_common(struct evring_common *common, u16 type)
{
	common->type = type;
	common->flags = 0;
	common->preempt_count = 0;
	common->pid = current->pid;
}

static void probe_comm(char *to, const struct task_struct *task)
{
	BUILD_BUG_ON(TASK_COMM_LEN != EVRING_COMM_SIZE);
	strscpy_pad(to, task->comm, EVRING_COMM_SIZE);
}

static void probe_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct evring_reservation rsv;
	struct evring_event_fork *e;

	if (evring_reserve(data, EVRING_TYPE_FORK, sizeof(*e), &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_FORK);
	probe_comm(e->parent_comm, parent);
	e->parent_pid = parent->pid;
	probe_comm(e->child_comm, child);
	e->child_pid = child->pid;
	evring_commit(data, &rsv);
}

static void probe_exec(void *data, struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
{
	u32 len = (u32)strnlen(bprm->filename, FILENAME_SIZE - 1);
	struct evring_reservation rsv;
	struct evring_event_exec *e;
	char *filename;

	if (evring_reserve(data, EVRING_TYPE_EXEC, sizeof(*e) + len + 1, &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_EXEC);
	e->filename_loc = (len + 1) << 16 | sizeof(*e);
	e->pid = p->pid;
	e->old_pid = old_pid;
	probe_comm(e->comm, p);
	filename = (char *)(e + 1);
	memcpy(filename, bprm->filename, len);
	filename[len] = 0;
	evring_commit(data, &rsv);
}

#ifdef EVRING_HAVE_EXIT_GROUP_DEAD
static void probe_exit(void *data, struct task_struct *p, bool group_dead)
#else
static void probe_exit(void *data, struct task_struct *p)
#endif
{
	struct evring_reservation rsv;
	struct evring_event_exit *e;

	if (evring_reserve(data, EVRING_TYPE_EXIT, sizeof(*e), &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_EXIT);
	probe_comm(e->comm, p);
	e->pid = p->pid;
	e->prio = p->prio;
	e->exit_code = p->exit_code;
	evring_commit(data, &rsv);
}

/* What tracefs shows as prev_state. */
static s64 probe_prev_state(bool preempt, unsigned int prev_state, const struct task_struct *prev)
{
	unsigned int state;

	if (preempt)
		return TASK_REPORT_MAX;
	state = __task_state_index(prev_state, (unsigned int)prev->exit_state);
	return state ? 1LL << (state - 1) : 0;
}

/* Called with the run queue locked. */
static void probe_switch(void *data, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state)
{
	struct evring_reservation rsv;
	struct evring_event_switch *e;

	if (evring_reserve(data, EVRING_TYPE_SWITCH, sizeof(*e), &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_SWITCH);
	probe_comm(e->prev_comm, prev);
	e->prev_pid = prev->pid;
	e->prev_prio = prev->prio;
	e->prev_state = probe_prev_state(preempt, prev_state, prev);
	probe_comm(e->next_comm, next);
	e->next_pid = next->pid;
	e->next_prio = next->prio;
	evring_commit(data, &rsv);
}

static void probe_sys_enter(void *data, struct pt_regs *regs, long id)
{
	struct evring_event_sys_enter *e;
	struct evring_reservation rsv;
	unsigned long args[6];
	unsigned int i;

	syscall_get_arguments(current, regs, args);
	if (evring_reserve(data, EVRING_TYPE_SYS_ENTER, sizeof(*e), &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_SYS_ENTER);
	e->id = id;
	for (i = 0; i < ARRAY_SIZE(args); i++)
		e->args[i] = args[i];
	evring_commit(data, &rsv);
}

static void probe_sys_exit(void *data, struct pt_regs *regs, long ret)
{
	struct evring_event_sys_exit *e;
	struct evring_reservation rsv;

	if (evring_reserve(data, EVRING_TYPE_SYS_EXIT, sizeof(*e), &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_SYS_EXIT);
	e->id = syscall_get_nr(current, regs);
	e->ret = ret;
	evring_commit(data, &rsv);
}

/* Wherever somebody prints, an NMI included; whoever prints from in here would not return. */
static void probe_printk(void *data, const char *text, size_t text_len)
{
	u32 len = (u32)min_t(size_t, text_len, MSG_SIZE - 1);
	struct evring_event_printk *e;
	struct evring_reservation rsv;
	char *msg;

	if (evring_reserve(data, EVRING_TYPE_PRINTK, sizeof(*e) + len + 1, &rsv))
		return;
	e = rsv.payload;
	probe_common(&e->common, EVRING_TYPE_PRINTK);
	e->msg_loc = (len + 1) << 16 | sizeof(*e);
	msg = (char *)(e + 1);
	memcpy(msg, text, len);
	msg[len] = 0;
	evring_commit(data, &rsv);
}

/* In the order of the bits of EVRING_PROBE_*. */
static const struct {
	const char *name;
	void *probe;
} probe_table[] = {
	{ "sched_process_fork", probe_fork },
	{ "sched_process_exec", probe_exec },
	{ "sched_process_exit", probe_exit },
	{ "sched_switch", probe_switch },
	{ "sys_enter", probe_sys_enter },
	{ "sys_exit", probe_sys_exit },
	{ "console", probe_printk },
};

static_assert(EVRING_PROBE_ALL == (1ULL << ARRAY_SIZE(probe_table)) - 1);

/* The table has no types: let the compiler look at each of them here. */
static void probe_check_types(void)
{
	check_trace_callback_type_sched_process_fork(probe_fork);
	check_trace_callback_type_sched_process_exec(probe_exec);
	check_trace_callback_type_sched_process_exit(probe_exit);
	check_trace_callback_type_sched_switch(probe_switch);
	check_trace_callback_type_sys_enter(probe_sys_enter);
	check_trace_callback_type_sys_exit(probe_sys_exit);
	check_trace_callback_type_console(probe_printk);
}

static void probe_find(struct tracepoint *tp, void *data)
{
	struct tracepoint **found = data;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probe_table); i++)
		if (!strcmp(tp->name, probe_table[i].name))
			found[i] = tp;
}

static void probe_unregister(struct probe_source *p, struct tracepoint *const *found)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probe_table); i++)
		if (p->events & BIT_ULL(i))
			tracepoint_probe_unregister(found[i], probe_table[i].probe,
						    p->source.channel);
	p->events = 0;
	/* A probe may still be at work on some CPU. */
	tracepoint_synchronize_unregister();
}

static int probe_register(struct probe_source *p, struct tracepoint *const *found, u64 events)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(probe_table); i++) {
		if (!(events & BIT_ULL(i)))
			continue;
		err = -EOPNOTSUPP;
		if (found[i])
			err = tracepoint_probe_register_may_exist(found[i], probe_table[i].probe,
								  p->source.channel);
		if (err) {
			probe_unregister(p, found);
			return err;
		}
		p->events |= BIT_ULL(i);
	}
	return 0;
}

static void probe_stop(struct evring_source *source)
{
	struct tracepoint *found[ARRAY_SIZE(probe_table)] = {};

	for_each_kernel_tracepoint(probe_find, found);
	probe_unregister(container_of(source, struct probe_source, source), found);
}

static void probe_free(struct evring_source *source)
{
	kfree(container_of(source, struct probe_source, source));
}

static const struct evring_source_ops probe_ops = {
	.stop = probe_stop,
	.free = probe_free,
};

static int probe_check(const struct evring_attach_args *args)
{
	const struct evring_probe_args *probe = &args->probe;

	if (!probe->events || probe->events & ~EVRING_PROBE_ALL)
		return -EINVAL;
	if (memchr_inv(probe->reserved, 0, sizeof(probe->reserved)))
		return -EINVAL;
	return 0;
}

/**
 * evring_probe_start() - attach direct tracepoint probes.
 * @channel: where they emit.
 * @args: which, in @args->probe.
 *
 * All or none of them.
 * Context: process; may sleep.
 * Return: the source, or an ERR_PTR: -EINVAL (no event, an unknown one, or a
 * reserved field not zero), -EOPNOTSUPP (this kernel does not have the tracepoint),
 * -EEXIST (the channel has the probe already), or -ENOMEM.
 */
struct evring_source *evring_probe_start(struct evring_channel *channel,
					 const struct evring_attach_args *args)
{
	struct tracepoint *found[ARRAY_SIZE(probe_table)] = {};
	struct probe_source *p;
	int err;

	probe_check_types();
	err = probe_check(args);
	if (err)
		return ERR_PTR(err);
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->source.channel = channel;
	p->source.ops = &probe_ops;
	for_each_kernel_tracepoint(probe_find, found);
	err = probe_register(p, found, args->probe.events);
	if (err) {
		kfree(p);
		return ERR_PTR(err);
	}
	return &p->source;
}
