/* SPDX-License-Identifier: GPL-2.0 */
/*
 * value: what a field of a payload holds.
 *
 * Payloads come from anybody: nothing here reads beyond them, whatever the fields say.
 */
#ifndef EVLOG_VALUE_H
#define EVLOG_VALUE_H

#include <evring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct tep_format_field;

/**
 * enum field_kind - what a field is.
 * @FIELD_NUMBER: one number.
 * @FIELD_STRING: characters up to a NUL, or to the end of the field.
 * @FIELD_ARRAY: numbers.
 * @FIELD_BYTES: anything else.
 */
enum field_kind {
	FIELD_NUMBER,
	FIELD_STRING,
	FIELD_ARRAY,
	FIELD_BYTES,
};

/**
 * struct field - a field of an event type, as its format text tells it.
 * @name: its name.
 * @tep: libtraceevent's idea of it.
 * @kind: what it is.
 * @offset: where, in the payload.
 * @size: bytes there; 0: the rest of the payload.
 * @element: bytes of the number, or of each of an array: 1, 2, 4 or 8.
 * @is_signed: whether numbers are signed.
 * @is_pointer: whether it is an address.
 * @is_dynamic: there is a word that tells where it is: __data_loc, or __rel_loc.
 * @is_relative: __rel_loc: that word counts from its own end.
 */
struct field {
	const char *name;
	const struct tep_format_field *tep;
	enum field_kind kind;
	uint32_t offset;
	uint32_t size;
	uint32_t element;
	bool is_signed;
	bool is_pointer;
	bool is_dynamic;
	bool is_relative;
};

/** enum value_kind - what a value is. */
enum value_kind {
	VALUE_NONE,
	VALUE_SIGNED,
	VALUE_UNSIGNED,
	VALUE_HEX,
	VALUE_STRING,
	VALUE_BYTES,
	VALUE_ARRAY,
};

/**
 * struct value - a value taken from a payload.
 * @kind: which of the following counts; VALUE_NONE: it is not known.
 * @number: the number; signed ones as two's complement.
 * @bytes: the string (not NUL-terminated, may be any bytes), bytes, or array.
 * @len: bytes at @bytes.
 */
struct value {
	enum value_kind kind;
	uint64_t number;
	const unsigned char *bytes;
	size_t len;
};

/**
 * field_from_tep() - make sense of libtraceevent's @tep.
 *
 * Return: false if it is nothing that tracefs writes.
 */
bool field_from_tep(struct field *f, const struct tep_format_field *tep);

/**
 * field_place() - where a field is in the payload of @ev.
 * @at: answer: offset of its first byte.
 * @size: answer: its bytes.
 *
 * Return: false if any of it is beyond the payload.
 */
bool field_place(const struct field *f, const struct evring_event *ev, uint32_t *at,
		 uint32_t *size);

/** field_value() - take a field from the payload of @ev; VALUE_NONE if it is not there. */
void field_value(const struct field *f, const struct evring_event *ev, struct value *v);

/** value_count() - numbers in a VALUE_ARRAY @v of field @f. */
static inline size_t value_count(const struct field *f, const struct value *v)
{
	return v->len / f->element;
}

/** value_element() - number @i, below value_count(), of a VALUE_ARRAY @v of field @f. */
void value_element(const struct field *f, const struct value *v, size_t i, struct value *element);

/** generator_sum_ok() - whether @ev, a whole record of the generator, is as it was made. */
static inline bool generator_sum_ok(const struct evring_event *ev)
{
	struct evring_event_generator g;

	memcpy(&g, ev->payload, sizeof(g));
	return evring_generator_sum(ev->payload, ev->len) == g.sum;
}

#endif /* EVLOG_VALUE_H */
