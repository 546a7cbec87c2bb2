// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "event.h"

#include <stdio.h>
#include <string.h>

#define AT(event, field)	((unsigned int)offsetof(struct evring_event_##event, field))
#define COMMON_PID		((unsigned int)offsetof(struct evring_common, pid))

static const struct field generator_fields[] = {
	{ "number", "number=", FIELD_U32, AT(generator, number), 0 },
	{ "size", " size=", FIELD_LENGTH, 0, 0 },
	{ "sum", " sum=", FIELD_HEX32, AT(generator, sum), 0 },
	{ "sum_ok", " sum_ok=", FIELD_SUM_OK, 0, 0 },
	{ 0 }
};

static const struct field user_fields[] = {
	{ "data", "", FIELD_TAIL, sizeof(struct evring_common), 0 },
	{ 0 }
};

static const struct field fork_fields[] = {
	{ "parent_comm", "parent=", FIELD_COMM, AT(fork, parent_comm), 0 },
	{ "parent_pid", "/", FIELD_S32, AT(fork, parent_pid), 0 },
	{ "child_comm", " child=", FIELD_COMM, AT(fork, child_comm), 0 },
	{ "child_pid", "/", FIELD_S32, AT(fork, child_pid), 0 },
	{ 0 }
};

static const struct field exec_fields[] = {
	{ "filename", "filename=", FIELD_LOC, AT(exec, filename_loc), 0 },
	{ "old_pid", " old_pid=", FIELD_S32, AT(exec, old_pid), 0 },
	{ 0 }
};

static const struct field exit_fields[] = {
	{ "prio", "prio=", FIELD_S32, AT(exit, prio), 0 },
	{ "exit_code", " exit_code=", FIELD_HEX32, AT(exit, exit_code), 0 },
	{ 0 }
};

static const struct field switch_fields[] = {
	{ "prev_comm", "prev=", FIELD_COMM, AT(switch, prev_comm), 0 },
	{ "prev_pid", "/", FIELD_S32, AT(switch, prev_pid), 0 },
	{ "prev_prio", " prio=", FIELD_S32, AT(switch, prev_prio), 0 },
	{ "prev_state", " state=", FIELD_STATE, AT(switch, prev_state), 0 },
	{ "next_comm", " ==> next=", FIELD_COMM, AT(switch, next_comm), 0 },
	{ "next_pid", "/", FIELD_S32, AT(switch, next_pid), 0 },
	{ "next_prio", " prio=", FIELD_S32, AT(switch, next_prio), 0 },
	{ 0 }
};

static const struct field sys_enter_fields[] = {
	{ "id", "id=", FIELD_S64, AT(sys_enter, id), 0 },
	{ "args", " args=", FIELD_HEX64, AT(sys_enter, args), 6 },
	{ 0 }
};

static const struct field sys_exit_fields[] = {
	{ "id", "id=", FIELD_S64, AT(sys_exit, id), 0 },
	{ "ret", " ret=", FIELD_S64, AT(sys_exit, ret), 0 },
	{ 0 }
};

/* In the order of their types, without a gap: event_type_of() counts on it. */
const struct event_type event_types[] = {
	{ "generator", EVRING_TYPE_GENERATOR, sizeof(struct evring_event_generator),
	  0, { COMMON_PID }, generator_fields },
	{ "user", EVRING_TYPE_USER, sizeof(struct evring_common),
	  0, { COMMON_PID }, user_fields },
	{ "fork", EVRING_TYPE_FORK, sizeof(struct evring_event_fork),
	  AT(fork, parent_comm), { AT(fork, parent_pid), AT(fork, child_pid) }, fork_fields },
	{ "exec", EVRING_TYPE_EXEC, sizeof(struct evring_event_exec),
	  AT(exec, comm), { AT(exec, pid), AT(exec, old_pid) }, exec_fields },
	{ "exit", EVRING_TYPE_EXIT, sizeof(struct evring_event_exit),
	  AT(exit, comm), { AT(exit, pid) }, exit_fields },
	{ "switch", EVRING_TYPE_SWITCH, sizeof(struct evring_event_switch),
	  AT(switch, prev_comm), { AT(switch, prev_pid), AT(switch, next_pid) }, switch_fields },
	{ "sys_enter", EVRING_TYPE_SYS_ENTER, sizeof(struct evring_event_sys_enter),
	  0, { COMMON_PID }, sys_enter_fields },
	{ "sys_exit", EVRING_TYPE_SYS_EXIT, sizeof(struct evring_event_sys_exit),
	  0, { COMMON_PID }, sys_exit_fields },
	{ 0 }
};

#define NTYPES	(sizeof(event_types) / sizeof(event_types[0]) - 1)

const struct event_type *event_type_of(uint32_t type)
{
	uint32_t i = type - EVRING_TYPE_EVENTS;

	return i < NTYPES ? &event_types[i] : NULL;
}

const char *event_name(const struct event_type *t, uint32_t type, char *buf, size_t size)
{
	if (t)
		return t->name;
	snprintf(buf, size, type < EVRING_TYPE_PADDING ? "type-%u" : "type-0x%x", type);
	return buf;
}

static uint32_t load32(const struct evring_event *ev, size_t offset)
{
	uint32_t v;

	memcpy(&v, (const char *)ev->payload + offset, sizeof(v));
	return v;
}

static uint64_t load64(const struct evring_event *ev, size_t offset)
{
	uint64_t v;

	memcpy(&v, (const char *)ev->payload + offset, sizeof(v));
	return v;
}

static uint64_t load_s32(const struct evring_event *ev, size_t offset)
{
	return (uint64_t)(int64_t)(int32_t)load32(ev, offset);
}

/* A string of at most @size bytes, up to its NUL if there is one. */
static void take_string(const struct evring_event *ev, size_t offset, size_t size,
			struct value *v)
{
	v->kind = VALUE_STRING;
	v->bytes = (const unsigned char *)ev->payload + offset;
	v->len = strnlen((const char *)v->bytes, size);
}

/* A string that a __data_loc word tells, if it is within the payload. */
static void take_loc(const struct evring_event *ev, size_t offset, struct value *v)
{
	uint32_t loc = load32(ev, offset);
	size_t at = loc & 0xffff, size = loc >> 16;

	if (at <= ev->len && size <= ev->len - at)
		take_string(ev, at, size, v);
	else
		v->kind = VALUE_NONE;
}

static void take_tail(const struct evring_event *ev, size_t offset, struct value *v)
{
	v->kind = VALUE_BYTES;
	v->bytes = (const unsigned char *)ev->payload + offset;
	v->len = ev->len - offset;
}

void field_value(const struct field *f, const struct evring_event *ev, unsigned int i,
		 struct value *v)
{
	v->number = 0;
	v->bytes = NULL;
	v->len = 0;
	switch (f->kind) {
	case FIELD_S32:
		v->kind = VALUE_SIGNED;
		v->number = load_s32(ev, f->offset);
		break;
	case FIELD_U32:
		v->kind = VALUE_UNSIGNED;
		v->number = load32(ev, f->offset);
		break;
	case FIELD_S64:
		v->kind = VALUE_SIGNED;
		v->number = load64(ev, f->offset);
		break;
	case FIELD_HEX32:
		v->kind = VALUE_HEX;
		v->number = load32(ev, f->offset);
		break;
	case FIELD_HEX64:
		v->kind = VALUE_HEX;
		v->number = load64(ev, f->offset + i * sizeof(uint64_t));
		break;
	case FIELD_COMM:
		take_string(ev, f->offset, EVRING_COMM_SIZE, v);
		break;
	case FIELD_LOC:
		take_loc(ev, f->offset, v);
		break;
	case FIELD_STATE:
		v->kind = VALUE_STATE;
		v->number = load64(ev, f->offset);
		break;
	case FIELD_TAIL:
		take_tail(ev, f->offset, v);
		break;
	case FIELD_LENGTH:
		v->kind = VALUE_UNSIGNED;
		v->number = ev->len;
		break;
	case FIELD_SUM_OK:
		v->kind = VALUE_BOOL;
		v->number = evring_generator_sum(ev->payload, ev->len) ==
			    load32(ev, AT(generator, sum));
		break;
	}
}

/* Whether a payload of an unknown or cut event starts with the common bytes. */
static bool has_common(const struct evring_event *ev)
{
	uint16_t type;

	if (ev->len < sizeof(struct evring_common))
		return false;
	memcpy(&type, ev->payload, sizeof(type));
	return type == (uint16_t)ev->type;
}

void event_task(const struct event_type *t, const struct evring_event *ev,
		struct value *comm, struct value *pid)
{
	static const struct field common_pid = { .kind = FIELD_S32, .offset = COMMON_PID };
	struct field f = common_pid;

	comm->kind = VALUE_NONE;
	pid->kind = VALUE_NONE;
	if (event_is_whole(t, ev)) {
		f.offset = t->pids[0];
		field_value(&f, ev, 0, pid);
		if (t->comm)
			take_string(ev, t->comm, EVRING_COMM_SIZE, comm);
	} else if (has_common(ev)) {
		field_value(&f, ev, 0, pid);
	}
}

bool event_has_pid(const struct event_type *t, const struct evring_event *ev, int32_t pid)
{
	unsigned int i;

	if (!event_is_whole(t, ev))
		return has_common(ev) && (int32_t)load32(ev, COMMON_PID) == pid;
	for (i = 0; i < EVENT_PIDS && t->pids[i]; i++)
		if ((int32_t)load32(ev, t->pids[i]) == pid)
			return true;
	return false;
}

const char *state_letter(uint64_t state)
{
	static const char *const letters[] = { "S", "D", "T", "t", "X", "Z", "P", "I" };
	unsigned int i;

	/* Preempted while running is told by the bit above those. */
	if (state & 0x100)
		return "R+";
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (state & (1U << i))
			return letters[i];
	return "R";
}
