/* SPDX-License-Identifier: GPL-2.0 */
/* format: how an event becomes a line; text.c and json.c have one each. */
#ifndef EVLOG_FORMAT_H
#define EVLOG_FORMAT_H

#include "decode.h"
#include "line.h"

/**
 * struct stamp - an event's time, ready to be written.
 * @known: there is a time; a loss has none.
 * @ns: nanoseconds by the channel's clock.
 * @wall: nanoseconds since the epoch; 0: wall time is not wanted.
 */
struct stamp {
	bool known;
	uint64_t ns;
	uint64_t wall;
};

/** FORMAT_UNWRITTEN - kind of a loss that evlog alone makes: what could not be written. */
#define FORMAT_UNWRITTEN	((enum evring_kind)0x100)

/** format_loss() - what a loss of @kind is called. */
static inline const char *format_loss(enum evring_kind kind)
{
	if (kind == FORMAT_UNWRITTEN)
		return "unwritten";
	return kind == EVRING_OVERRUN ? "overrun" : "dropped";
}

/**
 * format_field() - append what field @f of @ev holds; an array in brackets.
 * @put: appends a value that is no array. Each format has its own, which is to be inlined.
 */
static inline void format_field(struct line *l, const struct field *f,
				const struct evring_event *ev,
				void (*put)(struct line *l, const struct value *v))
{
	struct value v, element;
	size_t i;

	field_value(f, ev, &v);
	if (v.kind != VALUE_ARRAY) {
		put(l, &v);
		return;
	}
	line_char(l, '[');
	for (i = 0; i < value_count(f, &v); i++) {
		if (i)
			line_char(l, ',');
		value_element(f, &v, i, &element);
		put(l, &element);
	}
	line_char(l, ']');
}

/**
 * typedef format_fn - append the line for an event, its newline included.
 * @l: the line.
 * @d: knows the types, and the names of threads.
 * @t: the event's type; NULL if it is unknown or a loss.
 * @ev: the event.
 * @stamp: its time.
 */
typedef void (*format_fn)(struct line *l, const struct decoder *d, const struct event_type *t,
			  const struct evring_event *ev, const struct stamp *stamp);

/** format_text() - one readable line, after trace-cmd report. */
void format_text(struct line *l, const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, const struct stamp *stamp);

/** format_json() - one JSON object on a line. */
void format_json(struct line *l, const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, const struct stamp *stamp);

#endif /* EVLOG_FORMAT_H */
