// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "decode.h"

#include "appendix.h"
#include "builtin.h"
#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <traceevent/event-parse.h>

#define COMMON_PID	((uint32_t)offsetof(struct evring_common, pid))
#define AGAIN_NS	1000000000ULL
#define ROOM		64	/* zeros around a payload: libtraceevent may look so far */

/* --- what a format text says ----------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static bool is_pid(const struct field *f)
{
	return f->kind == FIELD_NUMBER && f->size == sizeof(int32_t) && !f->is_dynamic &&
	       (!strcmp(f->name, "pid") || ends_with(f->name, "_pid"));
}

static void note_pid(struct event_type *t, const struct field *f)
{
	if (is_pid(f) && t->npids < DECODE_PIDS)
		t->pids[t->npids++] = f->offset;
}

static const struct field *find_field(const struct event_type *t, const char *name)
{
	unsigned int i;

	for (i = 0; i < t->nfields; i++)
		if (!strcmp(t->fields[i].name, name))
			return &t->fields[i];
	return NULL;
}

/*
 * The id that goes with a name: prev_comm has prev_pid, comm and newcomm have pid. In an event
 * of evring's own that has no such field, comm is the name of the task that it happened in.
 */
static void note_task(struct event_type *t, const struct field *f)
{
	const struct field *pid;
	char name[64];
	int stem;

	if (f->kind != FIELD_STRING || !ends_with(f->name, "comm") || !strcmp(f->name, "oldcomm") ||
	    t->ntasks == DECODE_PIDS)
		return;
	stem = strcmp(f->name, "newcomm") ? (int)(strlen(f->name) - strlen("comm")) : 0;
	snprintf(name, sizeof(name), "%.*spid", stem, f->name);
	pid = find_field(t, name);
	if (!pid && t->is_fixed && !strcmp(f->name, "comm"))
		pid = &t->common_pid;
	if (!pid || !is_pid(pid))
		return;
	t->tasks[t->ntasks].pid = pid;
	t->tasks[t->ntasks++].comm = f;
}

/* All of them, or the text has what tracefs does not write. */
static bool take_fields(struct event_type *t)
{
	const struct tep_format *format = &t->tep->format;
	const struct tep_format_field *tep;
	struct field common, *f;
	uint32_t end;

	for (tep = format->common_fields; tep; tep = tep->next) {
		if (!field_from_tep(&common, tep))
			return false;
		if (!strcmp(common.name, "common_pid"))
			t->common_pid = common;
		end = common.offset + common.size;
		t->least = end > t->least ? end : t->least;
	}
	t->fields = calloc((size_t)format->nr_fields + 1, sizeof(*t->fields));
	if (!t->fields)
		return false;
	for (tep = format->fields; tep; tep = tep->next) {
		f = &t->fields[t->nfields++];
		if (!field_from_tep(f, tep))
			return false;
		end = f->offset + f->size;
		t->least = end > t->least ? end : t->least;
	}
	return t->least >= sizeof(struct evring_common);
}

/* libtraceevent keeps as many fields as it understood, and says nothing. */
static bool is_understood(const struct tep_event *tep, const char *text)
{
	int fields = 0;

	for (; (text = strstr(text, "\tfield:")); text++)
		fields++;
	return tep && fields && fields == tep->format.nr_common + tep->format.nr_fields;
}

static void free_type(struct event_type *t)
{
	if (t)
		free(t->fields);
	free(t);
}

static const struct event_type *add_type(struct decoder *d, uint32_t type, const char *text,
					 const char *system)
{
	struct event_type *t = calloc(1, sizeof(*t));
	unsigned int i;

	if (!t)
		return NULL;
	tep_parse_event(d->tep, text, strlen(text), system);
	t->tep = tep_find_event(d->tep, (int)type);
	if (!is_understood(t->tep, text) || !take_fields(t)) {
		free_type(t);
		return NULL;
	}
	t->type = type;
	t->name = t->tep->name;
	t->system = t->tep->system;
	t->is_fixed = type >= EVRING_TYPE_EVENTS && type < EVRING_TYPE_DYNAMIC;
	t->pids[t->npids++] = COMMON_PID;
	for (i = 0; i < t->nfields; i++) {
		note_pid(t, &t->fields[i]);
		note_task(t, &t->fields[i]);
	}
	bounds_find(&t->bounds, t->tep);
	d->types[type] = t;
	if (d->source.known)
		d->source.known(d->source.ctx, t);
	return t;
}

/* --- format texts that were told ---------------------------------------------------------- */

/**
 * struct decode_told - the one of a type.
 * @next: another.
 * @type: its type.
 * @system: the name of its system.
 * @text: the text.
 */
struct decode_told {
	struct decode_told *next;
	uint32_t type;
	char *system;
	char *text;
};

static void free_told(struct decode_told *told)
{
	free(told->system);
	free(told->text);
	free(told);
}

/* Where the one of @type hangs, or would. */
static struct decode_told **find_told(struct decoder *d, uint32_t type)
{
	struct decode_told **at = &d->told;

	while (*at && (*at)->type != type)
		at = &(*at)->next;
	return at;
}

/* Where there is no memory for it, it is not kept. */
static void keep_told(struct decoder *d, uint32_t type, const char *system, const char *text)
{
	struct decode_told **at = find_told(d, type), *told = calloc(1, sizeof(*told)), *old = *at;

	if (!told)
		return;
	told->type = type;
	told->system = strdup(system);
	told->text = strdup(text);
	if (!told->system || !told->text) {
		free_told(told);
		return;
	}
	*at = told;
	if (!old)
		return;
	told->next = old->next;
	free_told(old);
}

static char *recall(struct decoder *d, uint32_t type, const char **system)
{
	const struct decode_told *told = *find_told(d, type);

	if (!told)
		return NULL;
	*system = told->system;
	return strdup(told->text);
}

/* --- where format texts come from ------------------------------------------------------ */

/* The first type from @type up: answers its number and its text, to be freed. */
static char *ask(const struct decoder *d, uint32_t *type)
{
	struct evring_event_args args = { .text_size = 2048 };
	uint32_t room;
	char *text;

	do {
		room = args.text_size + 1024;
		text = malloc(room);
		args = (struct evring_event_args){ .size = sizeof(args), .type = *type,
						   .text_size = room,
						   .text = (uintptr_t)text };
		if (!text || ioctl(d->source.fd, EVRING_IOC_EVENT, &args)) {
			free(text);
			return NULL;
		}
		if (args.text_size <= room)
			break;
		/* Another may have been registered meanwhile. */
		free(text);
	} while (true);
	*type = args.type;
	return text;
}

/* What evring itself tells of @type, to be freed. */
static char *told_text(const struct decoder *d, uint32_t type)
{
	uint32_t found = type;
	char *text = NULL;

	if (d->source.fd >= 0)
		text = ask(d, &found);
	if (text && found == type)
		return text;
	free(text);
	return builtin_text(type) ? strdup(builtin_text(type)) : NULL;
}

static char *traced_text(struct decoder *d, uint32_t type, const char **system)
{
	const struct tracefs_event *e = tracefs_find(&d->tracefs, type);

	if (!e)
		return NULL;
	*system = e->system;
	return tracefs_format(&d->tracefs, e);
}

char *decode_text(struct decoder *d, uint32_t type, const char **system)
{
	const char *recorded = d->source.appendix ?
			       appendix_find(d->source.appendix, type, system) : NULL;
	char *text;

	if (recorded)
		return strdup(recorded);
	*system = DECODE_SYSTEM;
	text = type < EVRING_TYPE_PADDING ? traced_text(d, type, system) : told_text(d, type);
	if (!text)
		return recall(d, type, system);
	keep_told(d, type, *system, text);
	return text;
}

/* All that a raw log brings along. */
static void add_recorded(struct decoder *d)
{
	const struct appendix *a = d->source.appendix;
	const char *system, *text;
	uint32_t type;
	size_t at;

	if (!a || !a->bytes)
		return;
	at = appendix_texts_at(appendix_head(a)->ncpus);
	while ((text = appendix_next(a, &at, &type, &system)))
		if (type < DECODE_TYPES && !d->types[type])
			add_type(d, type, text, system);
}

/* Those that the module has now. Of what is built in, the rest. */
static void add_own(struct decoder *d)
{
	uint32_t type;
	char *text;

	for (type = EVRING_TYPE_EVENTS; d->source.fd >= 0; type++) {
		text = ask(d, &type);
		if (!text)
			break;
		if (type < DECODE_TYPES && !d->types[type]) {
			add_type(d, type, text, DECODE_SYSTEM);
			keep_told(d, type, DECODE_SYSTEM, text);
		}
		free(text);
	}
	for (type = EVRING_TYPE_EVENTS; builtin_text(type); type++)
		if (!d->types[type])
			add_type(d, type, builtin_text(type), DECODE_SYSTEM);
}

int decode_open(struct decoder *d, const struct decode_source *source)
{
	memset(d, 0, sizeof(*d));
	d->source = *source;
	d->tep = tep_alloc();
	if (!d->tep)
		return -ENOMEM;
	/* What it does not understand is shown by its fields, or as bytes. */
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(d->tep, sizeof(uint64_t));
	tep_set_file_bigendian(d->tep, tep_is_bigendian() ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	if (source->tracefs)
		d->tracefs_error = tracefs_open(&d->tracefs);
	add_recorded(d);
	add_own(d);
	return 0;
}

void decode_close(struct decoder *d)
{
	struct decode_told *told;
	uint32_t type;

	for (type = 0; type < DECODE_TYPES; type++)
		free_type(d->types[type]);
	while ((told = d->told)) {
		d->told = told->next;
		free_told(told);
	}
	tracefs_close(&d->tracefs);
	tep_free(d->tep);
}

/*
 * A type that is not known may be made any moment: a kprobe, a module. It is looked for when
 * it first comes, then once in a while.
 */
static const struct event_type *look_for(struct decoder *d, uint32_t type)
{
	uint64_t bit = 1ULL << type % 64, now = clock_ns(CLOCK_MONOTONIC);
	const struct event_type *t;
	const char *system;
	char *text;

	if (d->asked[type / 64] & bit && now < d->again_at)
		return NULL;
	d->asked[type / 64] |= bit;
	d->again_at = now + AGAIN_NS;
	text = decode_text(d, type, &system);
	t = text ? add_type(d, type, text, system) : NULL;
	free(text);
	return t;
}

const struct event_type *decode_type(struct decoder *d, uint32_t type)
{
	if (type >= DECODE_TYPES)
		return NULL;
	return d->types[type] ? d->types[type] : look_for(d, type);
}

/* --- events ------------------------------------------------------------------------------ */

static int32_t load_pid(const struct evring_event *ev, uint32_t offset)
{
	int32_t pid;

	memcpy(&pid, (const char *)ev->payload + offset, sizeof(pid));
	return pid;
}

/* Whether a payload starts with the common bytes of its type. */
static bool has_common(const struct evring_event *ev)
{
	uint16_t type;

	if (ev->len < sizeof(struct evring_common))
		return false;
	memcpy(&type, ev->payload, sizeof(type));
	return type == (uint16_t)ev->type;
}

enum fit decode_fit(const struct event_type *t, const struct evring_event *ev)
{
	uint32_t at, size;
	unsigned int i;

	if (ev->len < t->least)
		return FIT_SHORT;
	if (!has_common(ev))
		return FIT_BROKEN;
	for (i = 0; i < t->nfields; i++)
		if (t->fields[i].is_dynamic && !field_place(&t->fields[i], ev, &at, &size))
			return FIT_BROKEN;
	return FIT_WHOLE;
}

void decode_learn(struct decoder *d, const struct event_type *t, const struct evring_event *ev)
{
	struct value pid, comm;
	unsigned int i;

	for (i = 0; i < t->ntasks; i++) {
		field_value(t->tasks[i].pid, ev, &pid);
		field_value(t->tasks[i].comm, ev, &comm);
		if (pid.kind != VALUE_NONE && comm.kind == VALUE_STRING)
			task_set(&d->tasks, (int32_t)pid.number, comm.bytes, comm.len);
	}
}

/* What the event itself says of thread @pid; this also holds for the idle tasks. */
static bool is_told(const struct event_type *t, const struct evring_event *ev, int32_t pid,
		    struct value *comm)
{
	unsigned int i;

	for (i = 0; i < t->ntasks; i++) {
		if (load_pid(ev, t->tasks[i].pid->offset) != pid)
			continue;
		field_value(t->tasks[i].comm, ev, comm);
		return comm->kind == VALUE_STRING;
	}
	return false;
}

void decode_task(const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, struct value *comm, struct value *pid)
{
	int32_t id;

	memset(comm, 0, sizeof(*comm));
	memset(pid, 0, sizeof(*pid));
	if (!has_common(ev))
		return;
	id = load_pid(ev, COMMON_PID);
	pid->kind = VALUE_SIGNED;
	pid->number = (uint64_t)id;
	if (t && decode_fit(t, ev) == FIT_WHOLE && is_told(t, ev, id, comm))
		return;
	comm->bytes = task_name(&d->tasks, id, &comm->len);
	comm->kind = comm->bytes ? VALUE_STRING : VALUE_NONE;
}

bool decode_has_pid(const struct event_type *t, const struct evring_event *ev, int32_t pid)
{
	unsigned int i, n = t && ev->len >= t->least ? t->npids : 1;

	if (!has_common(ev))
		return false;
	if (n == 1)
		return load_pid(ev, COMMON_PID) == pid;
	for (i = 0; i < n; i++)
		if (load_pid(ev, t->pids[i]) == pid)
			return true;
	return false;
}

struct tep_record *decode_record(const struct evring_event *ev)
{
	static unsigned char copy[ROOM + EVRING_PAYLOAD_MAX + 1 + ROOM];
	static struct tep_record record;
	uint32_t len = ev->len < EVRING_PAYLOAD_MAX ? ev->len : EVRING_PAYLOAD_MAX;

	memcpy(copy + ROOM, ev->payload, len);
	memset(copy + ROOM + len, 0, ROOM);
	record.ts = ev->time;
	record.cpu = (int)ev->cpu;
	record.size = (int)len;
	record.record_size = (int)len;
	record.data = copy + ROOM;
	return &record;
}

const char *decode_print(const struct decoder *d, const struct event_type *t,
			 const struct evring_event *ev, size_t *len)
{
	static struct trace_seq text;

	if (!bounds_hold(&t->bounds, t->tep, ev))
		return NULL;
	if (!text.buffer)
		trace_seq_init(&text);
	trace_seq_reset(&text);
	tep_print_event(d->tep, &text, decode_record(ev), "%s", TEP_PRINT_INFO);
	if (text.state != TRACE_SEQ__GOOD)
		return NULL;
	*len = text.len;
	while (*len && strchr(" \n", text.buffer[*len - 1]))
		--*len;
	return text.buffer;
}

const char *decode_name(const struct event_type *t, uint32_t type, char *buf, size_t size)
{
	if (t)
		return t->name;
	snprintf(buf, size, type < EVRING_TYPE_PADDING ? "type-%u" : "type-0x%x", type);
	return buf;
}
