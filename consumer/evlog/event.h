/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event: what is in a record, from one table.
 *
 * The table tells each event type's name and fields. Text and JSON walk it
 * through field_value(); nothing else knows the layout of a payload.
 */
#ifndef EVLOG_EVENT_H
#define EVLOG_EVENT_H

#include <evring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** EVENT_PIDS - most thread ids that one event tells. */
#define EVENT_PIDS	3

/**
 * enum field_kind - how a field is stored and meant.
 * @FIELD_S32: signed, 32 bits.
 * @FIELD_U32: unsigned, 32 bits.
 * @FIELD_S64: signed, 64 bits.
 * @FIELD_HEX32: 32 bits, read in hexadecimal.
 * @FIELD_HEX64: 64 bits, read in hexadecimal.
 * @FIELD_COMM: task name, EVRING_COMM_SIZE bytes.
 * @FIELD_LOC: string told by a __data_loc word.
 * @FIELD_STATE: task state as sched_switch tells it, 64 bits.
 * @FIELD_TAIL: the rest of the payload: text, or any bytes.
 * @FIELD_LENGTH: bytes of the payload; nothing is stored.
 * @FIELD_SUM_OK: whether the generator's checksum is right; nothing is stored.
 */
enum field_kind {
	FIELD_S32,
	FIELD_U32,
	FIELD_S64,
	FIELD_HEX32,
	FIELD_HEX64,
	FIELD_COMM,
	FIELD_LOC,
	FIELD_STATE,
	FIELD_TAIL,
	FIELD_LENGTH,
	FIELD_SUM_OK,
};

/**
 * struct field - a field of an event.
 * @name: key in JSON; NULL: not there, as the head of the line tells it.
 * @label: what text puts before the value; NULL: not in text.
 * @kind: how it is stored.
 * @offset: where, in the payload.
 * @count: 0: one value; else an array of so many.
 */
struct field {
	const char *name;
	const char *label;
	enum field_kind kind;
	unsigned int offset;
	unsigned int count;
};

/**
 * struct event_type - a kind of event.
 * @name: its name.
 * @type: evring_record.type.
 * @least: least payload that holds all fields; a shorter one is shown as bytes.
 * @comm: offset of the name of the task that it happened in; 0: not told.
 * @pids: offsets of the thread ids; the first is of the task that it happened in.
 *	0 ends the list.
 * @fields: its fields, ended by one of neither name nor label.
 */
struct event_type {
	const char *name;
	uint32_t type;
	uint32_t least;
	unsigned int comm;
	unsigned int pids[EVENT_PIDS];
	const struct field *fields;
};

/** enum value_kind - what a value is. */
enum value_kind {
	VALUE_NONE,
	VALUE_SIGNED,
	VALUE_UNSIGNED,
	VALUE_HEX,
	VALUE_BOOL,
	VALUE_STATE,
	VALUE_STRING,
	VALUE_BYTES,
};

/**
 * struct value - a value taken from a payload.
 * @kind: which of the following counts; VALUE_NONE: the payload is wrong there.
 * @number: the number; signed ones as two's complement.
 * @bytes: the string (not NUL-terminated, may be any bytes) or bytes.
 * @len: bytes at @bytes.
 */
struct value {
	enum value_kind kind;
	uint64_t number;
	const unsigned char *bytes;
	size_t len;
};

/** event_types - the table, ended by an entry without a name. */
extern const struct event_type event_types[];

/** event_type_of() - the entry for evring_record.type @type, or NULL. */
const struct event_type *event_type_of(uint32_t type);

/** event_is_whole() - whether @ev is long enough for all the fields of @t. */
static inline bool event_is_whole(const struct event_type *t, const struct evring_event *ev)
{
	return t && ev->len >= t->least;
}

/**
 * event_name() - the name of an event.
 * @t: its entry, or NULL: the name is made from @type.
 * @buf: room to make it, at least 24 bytes.
 */
const char *event_name(const struct event_type *t, uint32_t type, char *buf, size_t size);

/**
 * event_task() - the task that an event happened in.
 * @comm: answer: its name; VALUE_NONE where the event does not tell.
 * @pid: answer: its thread id; VALUE_NONE where the event does not tell.
 */
void event_task(const struct event_type *t, const struct evring_event *ev,
		struct value *comm, struct value *pid);

/** event_has_pid() - whether thread @pid has a part in the event. */
bool event_has_pid(const struct event_type *t, const struct evring_event *ev, int32_t pid);

/**
 * field_value() - take a value from a payload.
 * @ev: an event that is long enough: event_is_whole().
 * @i: which value of an array; 0 for others.
 * @v: answer.
 */
void field_value(const struct field *f, const struct evring_event *ev, unsigned int i,
		 struct value *v);

/** state_letter() - the letter that ps and trace-cmd show for a task state. */
const char *state_letter(uint64_t state);

#endif /* EVLOG_EVENT_H */
