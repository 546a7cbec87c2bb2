/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bounds: may libtraceevent print this payload by its event's print fmt?
 *
 * It trusts what it prints: a length or an index in a payload is followed wherever it
 * leads, and a divisor may be 0. Here an event's print fmt is looked through once, and
 * what of it depends on the payload is checked for each record.
 */
#ifndef EVLOG_BOUNDS_H
#define EVLOG_BOUNDS_H

#include <evring.h>
#include <stdbool.h>
#include <stdint.h>

#include "value.h"

struct tep_event;
struct tep_print_arg;

/** BOUNDS_MAX - most things to check for each record; of a print fmt with more nothing is printed. */
#define BOUNDS_MAX	24

/**
 * enum bound_kind - what there is to check.
 * @BOUND_STRING: the string @arg ends within the field.
 * @BOUND_MASK: the mask @arg has at least a byte.
 * @BOUND_HEX: the bytes that __print_hex() @arg prints are in the payload.
 * @BOUND_ARRAY: the numbers that __print_array() @arg prints are in the payload.
 * @BOUND_INDEX: the element that @arg indexes is in the payload.
 * @BOUND_DIVISOR: @arg is not 0.
 * @BOUND_WIDTH: @arg is fit for the '*' of a print fmt.
 */
enum bound_kind {
	BOUND_STRING,
	BOUND_MASK,
	BOUND_HEX,
	BOUND_ARRAY,
	BOUND_INDEX,
	BOUND_DIVISOR,
	BOUND_WIDTH,
};

/**
 * struct bounds - what to check before an event is printed.
 * @printable: whether it can be at all.
 * @n: how many of @checks there are.
 * @checks: what has to hold.
 */
struct bounds {
	bool printable;
	unsigned int n;
	struct {
		enum bound_kind kind;
		struct tep_print_arg *arg;
	} checks[BOUNDS_MAX];
};

/** bounds_find() - what of @event's print fmt depends on the payload. */
void bounds_find(struct bounds *b, struct tep_event *event);

/**
 * bounds_hold() - whether @ev, an event whose fields are all in its payload, may be
 * printed by the print fmt.
 */
bool bounds_hold(const struct bounds *b, struct tep_event *event, const struct evring_event *ev);

#endif /* EVLOG_BOUNDS_H */
