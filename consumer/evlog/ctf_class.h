/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctf_class: how events of a type stand in a CTF trace.
 *
 * Every field has the bytes that it has in the payload: numbers and arrays of fixed size as
 * they are, arrays of dynamic size behind their length, strings up to their NUL. Nothing is
 * aligned to more than a byte.
 */
#ifndef EVLOG_CTF_CLASS_H
#define EVLOG_CTF_CLASS_H

#include "decode.h"

#include <stdio.h>

/**
 * struct ctf_bytes - where what is encoded goes.
 * @at: the next byte.
 * @end: behind the last one that there is room for.
 * @full: something did not fit, and was left out.
 */
struct ctf_bytes {
	unsigned char *at;
	const unsigned char *end;
	bool full;
};

/** ctf_put() - append @n bytes. */
static inline void ctf_put(struct ctf_bytes *b, const void *from, size_t n)
{
	if (n > (size_t)(b->end - b->at)) {
		b->full = true;
		return;
	}
	if (n)
		memcpy(b->at, from, n);
	b->at += n;
}

/** ctf_put_u32() - append a number. */
static inline void ctf_put_u32(struct ctf_bytes *b, uint32_t v)
{
	ctf_put(b, &v, sizeof(v));
}

/** ctf_put_string() - append @n bytes, up to a NUL in them, and a NUL. */
void ctf_put_string(struct ctf_bytes *b, const void *from, size_t n);

/**
 * ctf_class_expressible() - whether fields of type @t can be told in TSDL.
 *
 * They cannot if two have one name, or one has a name that is none in C.
 */
bool ctf_class_expressible(const struct event_type *t);

/** ctf_class_is_text() - whether @ev, which fits its type, is a write() of text. */
bool ctf_class_is_text(const struct evring_event *ev);

/**
 * ctf_class_declare() - tell fields of type @t in TSDL, one a line.
 * @t: the type; NULL: of events that are not decoded.
 * @text: of a write(): whether its data is a string.
 */
void ctf_class_declare(FILE *out, const struct event_type *t, bool text);

/**
 * ctf_class_put() - append the fields of @ev as they were declared.
 * @t: its type, which it fits (FIT_WHOLE); NULL: it is not decoded.
 * @text: as declared.
 *
 * Return: false if a field is not what was declared; part of it may have been appended.
 */
bool ctf_class_put(struct ctf_bytes *b, const struct event_type *t, const struct evring_event *ev,
		   bool text);

#endif /* EVLOG_CTF_CLASS_H */
