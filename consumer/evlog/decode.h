/* SPDX-License-Identifier: GPL-2.0 */
/*
 * decode: event types, each known by its format text, which libtraceevent reads.
 *
 * The module tells the texts of evring's own types and of those that other modules have
 * registered; tracefs those of the types below EVRING_TYPE_PADDING, which are its own. A raw
 * log has the texts that held where it was written. For another image of another boot only
 * what is built in holds: elsewhere the same numbers may mean something else.
 */
#ifndef EVLOG_DECODE_H
#define EVLOG_DECODE_H

#include <evring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "task.h"
#include "tracefs.h"
#include "value.h"

struct appendix;
struct tep_event;
struct tep_handle;
struct tep_record;

/** DECODE_TYPES - event types are below this: evring_common.type has 16 bits. */
#define DECODE_TYPES	0x10000U

/** DECODE_SYSTEM - the system of the types that the module tells. */
#define DECODE_SYSTEM	"evring"

/** DECODE_PIDS - most thread ids of an event, and most names of threads, that are looked at. */
#define DECODE_PIDS	8U

/**
 * struct event_type - a kind of event.
 * @name: its name.
 * @system: tracefs's system, or DECODE_SYSTEM.
 * @type: evring_record.type.
 * @least: least payload that holds all fields of fixed place.
 * @is_fixed: one of evring's own that are always the same.
 * @tep: libtraceevent's.
 * @fields: its fields without the common ones.
 * @nfields: how many.
 * @common_pid: the common field of that name.
 * @pids: offsets of the thread ids that it tells, common_pid first.
 * @npids: how many.
 * @tasks: fields that tell what a thread is called: its id is @pid, its name @comm.
 * @ntasks: how many.
 * @bounds: what to check before its print fmt is used.
 * @is_named: kept by the filter: its name is wanted.
 * @where: kept by the filter: a bit for each expression that says something of it.
 */
struct event_type {
	const char *name;
	const char *system;
	uint32_t type;
	uint32_t least;
	bool is_fixed;
	struct tep_event *tep;
	struct field *fields;
	unsigned int nfields;
	struct field common_pid;
	uint32_t pids[DECODE_PIDS];
	unsigned int npids;
	struct {
		const struct field *pid;
		const struct field *comm;
	} tasks[DECODE_PIDS];
	unsigned int ntasks;
	struct bounds bounds;
	bool is_named;
	uint32_t where;
};

/**
 * typedef decode_fn - called for each type as it becomes known, before it is used.
 * @ctx: from struct decode_source.
 */
typedef void (*decode_fn)(void *ctx, struct event_type *t);

/**
 * struct decode_source - where format texts come from.
 * @fd: a device of evring's to ask for them; -1: there is none that knows.
 * @tracefs: whether this kernel's tracefs knows.
 * @appendix: of a raw log, which knows before all others; NULL: none.
 * @known: called for each type as it becomes known.
 * @ctx: for @known.
 */
struct decode_source {
	int fd;
	bool tracefs;
	const struct appendix *appendix;
	decode_fn known;
	void *ctx;
};

struct decode_told;

/**
 * struct decoder - what is known.
 * @source: where the format texts come from.
 * @tep: libtraceevent's.
 * @tracefs: the events of tracefs.
 * @tracefs_error: why there are none, -errno; 0: there are some, or none are wanted.
 * @tasks: names of threads.
 * @types: each type that is known.
 * @told: format texts that were told: who has told one may be gone before its records are read.
 * @asked: a bit for each type that was looked for.
 * @again_at: CLOCK_MONOTONIC: those that were not found are not looked for again before.
 */
struct decoder {
	struct decode_source source;
	struct tep_handle *tep;
	struct tracefs tracefs;
	int tracefs_error;
	struct tasks tasks;
	struct event_type *types[DECODE_TYPES];
	struct decode_told *told;
	uint64_t asked[DECODE_TYPES / 64];
	uint64_t again_at;
};

/**
 * enum fit - whether a payload is what its type says.
 * @FIT_WHOLE: all fields are there.
 * @FIT_SHORT: it ends before they do.
 * @FIT_BROKEN: a field of dynamic size is beyond it, or it is of another type.
 */
enum fit {
	FIT_WHOLE,
	FIT_SHORT,
	FIT_BROKEN,
};

/** decode_open() - make ready, and learn evring's own types. Return: 0 or -errno. */
int decode_open(struct decoder *d, const struct decode_source *source);

/** decode_close() - free all of it. */
void decode_close(struct decoder *d);

/** decode_type() - evring_record.type @type, or NULL: nobody knows it. */
const struct event_type *decode_type(struct decoder *d, uint32_t type);

/**
 * decode_text() - the format text of @type as it is now, or was when somebody knew it.
 * @system: answer: the name of its system, good until the next call.
 *
 * Return: to be freed; NULL: nobody knows it.
 */
char *decode_text(struct decoder *d, uint32_t type, const char **system);

/** decode_fit() - whether the payload of @ev is what @t says. */
enum fit decode_fit(const struct event_type *t, const struct evring_event *ev);

/** decode_learn() - remember what @ev, of type @t, tells of the names of threads. */
void decode_learn(struct decoder *d, const struct event_type *t, const struct evring_event *ev);

/**
 * decode_task() - the task that an event happened in.
 * @t: its type, or NULL.
 * @comm: answer: its name; VALUE_NONE where it is not known.
 * @pid: answer: its thread id; VALUE_NONE where the event does not tell.
 */
void decode_task(const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, struct value *comm, struct value *pid);

/** decode_has_pid() - whether thread @pid has a part in the event. @t: its type, or NULL. */
bool decode_has_pid(const struct event_type *t, const struct evring_event *ev, int32_t pid);

/**
 * decode_record() - @ev as libtraceevent takes it.
 *
 * It is valid until the next call. The payload, which is a copy, is followed by zeros.
 */
struct tep_record *decode_record(const struct evring_event *ev);

/**
 * decode_print() - an event by its type's print fmt.
 * @ev: an event that fits: FIT_WHOLE.
 * @len: answer: bytes of the text.
 *
 * Return: the text, any bytes, valid until the next call; NULL: it cannot be printed so.
 */
const char *decode_print(const struct decoder *d, const struct event_type *t,
			 const struct evring_event *ev, size_t *len);

/**
 * decode_name() - the name of an event.
 * @t: its type, or NULL: the name is made of @type.
 * @buf: room to make it, at least 24 bytes.
 */
const char *decode_name(const struct event_type *t, uint32_t type, char *buf, size_t size);

#endif /* EVLOG_DECODE_H */
