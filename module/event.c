// SPDX-License-Identifier: GPL-2.0
/*
 * Event types: those of evring's own, and those that modules register.
 *
 * A type's number is given anew only after all others: a record in a ring, or in a log,
 * outlives the module that made it.
 */
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "args.h"
#include "event.h"

static DEFINE_MUTEX(evring_events_lock);
static DEFINE_IDR(evring_events);	/* by type */

/* --- evring's own ------------------------------------------------------------------ */

EVRING_EVENT_TYPE(generator, evring_event_generator, "\"number=%u sum=%x\", REC->number, REC->sum",
		  (u32, number), (u32, sum));

EVRING_EVENT_TYPE(fork, evring_event_fork,
		  "\"comm=%s pid=%d child_comm=%s child_pid=%d\", REC->parent_comm, REC->parent_pid, REC->child_comm, REC->child_pid",
		  (char, parent_comm, [16]), (pid_t, parent_pid), (char, child_comm, [16]),
		  (pid_t, child_pid));

EVRING_EVENT_TYPE(exit, evring_event_exit,
		  "\"comm=%s pid=%d prio=%d exit_code=%d\", REC->comm, REC->pid, REC->prio, REC->exit_code",
		  (char, comm, [16]), (pid_t, pid), (int, prio), (int, exit_code));

EVRING_EVENT_TYPE(switch, evring_event_switch,
		  "\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio, (REC->prev_state & 0xff) ? __print_flags(REC->prev_state & 0xff, \"|\", { 0x01, \"S\" }, { 0x02, \"D\" }, { 0x04, \"T\" }, { 0x08, \"t\" }, { 0x10, \"X\" }, { 0x20, \"Z\" }, { 0x40, \"P\" }, { 0x80, \"I\" }) : \"R\", REC->prev_state & 0x100 ? \"+\" : \"\", REC->next_comm, REC->next_pid, REC->next_prio",
		  (char, prev_comm, [16]), (pid_t, prev_pid), (int, prev_prio), (s64, prev_state),
		  (char, next_comm, [16]), (pid_t, next_pid), (int, next_prio));

EVRING_EVENT_TYPE(sys_enter, evring_event_sys_enter,
		  "\"NR %lld (%llx, %llx, %llx, %llx, %llx, %llx)\", REC->id, REC->args[0], REC->args[1], REC->args[2], REC->args[3], REC->args[4], REC->args[5]",
		  (s64, id), (u64, args, [6]));

EVRING_EVENT_TYPE(sys_exit, evring_event_sys_exit, "\"NR %lld = %lld\", REC->id, REC->ret",
		  (s64, id), (s64, ret));

/* Of dynamic size: the file name lies behind the fields. */
static const struct evring_event_field exec_fields[] = {
	{ .declaration = "__data_loc char[] filename",
	  .offset = offsetof(struct evring_event_exec, filename_loc), .size = 4 },
	EVRING_FIELD(evring_event_exec, pid_t, pid)
	EVRING_FIELD(evring_event_exec, pid_t, old_pid)
	EVRING_FIELD(evring_event_exec, char, comm, [16])
};

static struct evring_event_type exec_event = {
	.name = "exec",
	.print = "\"filename=%s pid=%d old_pid=%d\", __get_str(filename), REC->pid, REC->old_pid",
	.fields = exec_fields,
	.nfields = ARRAY_SIZE(exec_fields),
};

static const struct evring_event_field printk_fields[] = {
	{ .declaration = "__data_loc char[] msg",
	  .offset = offsetof(struct evring_event_printk, msg_loc), .size = 4 },
};

static struct evring_event_type printk_event = {
	.name = "printk",
	.print = "\"%s\", __get_str(msg)",
	.fields = printk_fields,
	.nfields = ARRAY_SIZE(printk_fields),
};

EVRING_EVENT_TYPE(sample, evring_event_sample,
		  "\"comm=%s ip=%llx user=%u period=%llu type=%u config=%llu\", REC->comm, REC->ip, REC->user_mode, REC->period, REC->perf_type, REC->perf_config",
		  (u64, ip), (u64, period), (u32, perf_type), (u32, user_mode),
		  (u64, perf_config), (char, comm, [16]));

/* What a write() brought: bytes behind the common fields. */
static struct evring_event_type user_event = {
	.name = "user",
	.print = "\"\"",
};

static const struct {
	struct evring_event_type *event;
	u32 type;
} evring_own_events[] = {
	{ &generator_event, EVRING_TYPE_GENERATOR },
	{ &user_event, EVRING_TYPE_USER },
	{ &fork_event, EVRING_TYPE_FORK },
	{ &exec_event, EVRING_TYPE_EXEC },
	{ &exit_event, EVRING_TYPE_EXIT },
	{ &switch_event, EVRING_TYPE_SWITCH },
	{ &sys_enter_event, EVRING_TYPE_SYS_ENTER },
	{ &sys_exit_event, EVRING_TYPE_SYS_EXIT },
	{ &printk_event, EVRING_TYPE_PRINTK },
	{ &sample_event, EVRING_TYPE_SAMPLE },
};

/* --- the registry ------------------------------------------------------------------ */

static bool evring_event_valid(const struct evring_event_type *event)
{
	size_t len = event->name ? strnlen(event->name, EVRING_NAME_SIZE) : 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isalnum(event->name[i]) && event->name[i] != '_')
			return false;
	}
	return len && len < EVRING_NAME_SIZE && event->print;
}

static bool evring_event_named(const char *name)
{
	struct evring_event_type *event;
	int id;

	lockdep_assert_held(&evring_events_lock);
	idr_for_each_entry(&evring_events, event, id) {
		if (!strcmp(event->name, name))
			return true;
	}
	return false;
}

/**
 * evring_event_register() - make an event type known.
 * @event: the type; event->type is filled in, and differs from any before.
 *
 * Not twice, and not without evring_event_unregister() before it goes away. Context:
 * process, may sleep.
 * Return: 0, -EINVAL (name or text), -EEXIST (the name is taken), -ENOMEM, -ENOSPC.
 */
int evring_event_register(struct evring_event_type *event)
{
	int type;

	if (!evring_event_valid(event))
		return -EINVAL;
	mutex_lock(&evring_events_lock);
	type = evring_event_named(event->name) ? -EEXIST :
	       idr_alloc_cyclic(&evring_events, event, EVRING_TYPE_DYNAMIC, EVRING_TYPE_BPF,
				GFP_KERNEL);
	if (type >= 0)
		event->type = type;
	mutex_unlock(&evring_events_lock);
	return type < 0 ? type : 0;
}
EXPORT_SYMBOL_GPL(evring_event_register);

/**
 * evring_event_unregister() - the event type is no more.
 * @event: the type, registered.
 *
 * Records of it may still be in rings: tools show them as bytes then. Context: process,
 * may sleep.
 */
void evring_event_unregister(struct evring_event_type *event)
{
	mutex_lock(&evring_events_lock);
	idr_remove(&evring_events, event->type);
	mutex_unlock(&evring_events_lock);
}
EXPORT_SYMBOL_GPL(evring_event_unregister);

/* --- the format text ----------------------------------------------------------------- */

static const struct evring_event_field evring_common_fields[] = {
	{ "unsigned short common_type", offsetof(struct evring_common, type), 2, false },
	{ "unsigned char common_flags", offsetof(struct evring_common, flags), 1, false },
	{ "unsigned char common_preempt_count", offsetof(struct evring_common, preempt_count), 1,
	  false },
	{ "int common_pid", offsetof(struct evring_common, pid), 4, true },
};

/* As snprintf(): add to @buf, of @room bytes, @used of them taken; what is taken then. */
static __printf(4, 5) size_t evring_add(char *buf, size_t room, size_t used, const char *fmt, ...)
{
	size_t at = min(used, room);
	va_list ap;

	va_start(ap, fmt);
	used += vsnprintf(buf + at, room - at, fmt, ap);
	va_end(ap);
	return used;
}

static size_t evring_add_fields(char *buf, size_t room, size_t used,
				const struct evring_event_field *field, u32 n)
{
	for (; n; n--, field++)
		used = evring_add(buf, room, used,
				  "\tfield:%s;\toffset:%u;\tsize:%u;\tsigned:%u;\n",
				  field->declaration, field->offset, field->size, field->is_signed);
	return used;
}

/* Bytes of @event's format text without the NUL, and the text, if there is room. */
static size_t evring_event_format(const struct evring_event_type *event, u32 type, char *buf,
				  size_t room)
{
	size_t used = evring_add(buf, room, 0, "name: %s\nID: %u\nformat:\n", event->name, type);

	used = evring_add_fields(buf, room, used, evring_common_fields,
				 ARRAY_SIZE(evring_common_fields));
	used = evring_add(buf, room, used, "\n");
	used = evring_add_fields(buf, room, used, event->fields, event->nfields);
	return evring_add(buf, room, used, "\nprint fmt: %s\n", event->print);
}

static int evring_event_copy(struct evring_event_args *args, const struct evring_event_type *event)
{
	size_t size = evring_event_format(event, args->type, NULL, 0) + 1;
	size_t room = min_t(size_t, args->text_size, size);
	int err = 0;
	char *text;

	strscpy_pad(args->name, event->name, sizeof(args->name));
	args->text_size = (u32)size;
	if (!room)
		return 0;
	text = kvmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	evring_event_format(event, args->type, text, size);
	if (copy_to_user(u64_to_user_ptr(args->text), text, room))
		err = -EFAULT;
	kvfree(text);
	return err;
}

/**
 * evring_event_tell() - EVENT.
 * @user: struct evring_event_args.
 *
 * Return: 0, or what struct evring_event_args tells.
 */
int evring_event_tell(void __user *user)
{
	struct evring_event_args args;
	struct evring_event_type *event;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);
	int type;

	if (err)
		return err;
	if (args.flags || memchr_inv(args.name, 0, sizeof(args.name)))
		return -EINVAL;
	if (args.type >= EVRING_TYPE_BPF)
		return -ENOENT;
	mutex_lock(&evring_events_lock);
	type = (int)args.type;
	event = idr_get_next(&evring_events, &type);
	args.type = (u32)type;
	err = event ? evring_event_copy(&args, event) : -ENOENT;
	mutex_unlock(&evring_events_lock);
	return err ? err : evring_args_put(user, &args, sizeof(args));
}

/**
 * evring_event_init() - make evring's own event types known.
 *
 * Return: 0 or -ENOMEM.
 */
int evring_event_init(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(evring_own_events); i++) {
		u32 type = evring_own_events[i].type;

		ret = idr_alloc(&evring_events, evring_own_events[i].event, type, type + 1,
				GFP_KERNEL);
		if (ret < 0) {
			evring_event_exit();
			return ret;
		}
		evring_own_events[i].event->type = type;
	}
	return 0;
}

/** evring_event_exit() - forget all event types. */
void evring_event_exit(void)
{
	idr_destroy(&evring_events);
}
