/* SPDX-License-Identifier: GPL-2.0 */
/* json: parts of a JSON object that tell an event. */
#ifndef EVLOG_JSON_H
#define EVLOG_JSON_H

#include "decode.h"
#include "line.h"

/** json_string() - append @n bytes of text as a string, quotes included. */
void json_string(struct line *l, const unsigned char *s, size_t n);

/** json_key() - append a comma, the key @key, and a colon. */
void json_key(struct line *l, const char *key);

/** json_unsigned() - append @v; beyond 2^53 it is a string. */
void json_unsigned(struct line *l, uint64_t v);

/**
 * json_content() - append, each behind a comma, the task that @ev happened in as far as it is
 * known, and its fields; what cannot be decoded as type, size and payload_hex.
 * @t: its type; NULL: nobody knows it.
 */
void json_content(struct line *l, const struct decoder *d, const struct event_type *t,
		  const struct evring_event *ev);

#endif /* EVLOG_JSON_H */
