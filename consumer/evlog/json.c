// SPDX-License-Identifier: GPL-2.0
/*
 * Lines for programs: one JSON object each. Numbers beyond 2^53, which most
 * parsers would round, are written as strings, in hexadecimal if they have no sign. A byte
 * that is not UTF-8 becomes U+FFFD; what a write() brought is given in hexadecimal then, as
 * "data_hex", so that nothing is lost.
 */
#define _GNU_SOURCE
#include "json.h"

#include "format.h"

#include <string.h>
#include <time.h>

#define SAFE_MAX	((uint64_t)1 << 53)

void json_string(struct line *l, const unsigned char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t code;
	size_t len;

	line_char(l, '"');
	while (n) {
		len = utf8_length(s, n, &code);
		if (!len) {
			line_str(l, "\\ufffd");
			len = 1;
		} else if (code == '"' || code == '\\') {
			line_char(l, '\\');
			line_char(l, (char)code);
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			line_str(l, "\\u00");
			line_char(l, hex[code >> 4]);
			line_char(l, hex[code & 15]);
		} else {
			line_put(l, (const char *)s, len);
		}
		s += len;
		n -= len;
	}
	line_char(l, '"');
}

void json_unsigned(struct line *l, uint64_t v)
{
	if (v <= SAFE_MAX) {
		line_unsigned(l, v, 0, 0);
		return;
	}
	line_char(l, '"');
	line_hex(l, v);
	line_char(l, '"');
}

static void put_signed(struct line *l, int64_t v)
{
	const char *quote = v > (int64_t)SAFE_MAX || v < -(int64_t)SAFE_MAX ? "\"" : "";

	line_str(l, quote);
	line_signed(l, v);
	line_str(l, quote);
}

static void put_bytes(struct line *l, const void *bytes, size_t n)
{
	line_char(l, '"');
	line_bytes(l, bytes, n);
	line_char(l, '"');
}

static void put_value(struct line *l, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
		line_str(l, "null");
		break;
	case VALUE_SIGNED:
		put_signed(l, (int64_t)v->number);
		break;
	case VALUE_UNSIGNED:
	case VALUE_HEX:
		json_unsigned(l, v->number);
		break;
	case VALUE_STRING:
		json_string(l, v->bytes, v->len);
		break;
	case VALUE_BYTES:
	case VALUE_ARRAY:
		put_bytes(l, v->bytes, v->len);
		break;
	}
}

static void put_key(struct line *l, const char *key, const char *suffix)
{
	line_str(l, ",\"");
	line_str(l, key);
	line_str(l, suffix);
	line_str(l, "\":");
}

void json_key(struct line *l, const char *key)
{
	put_key(l, key, "");
}

/* Keys of the head are not made twice. */
static bool is_head(const char *name)
{
	static const char *const head[] = {
		"event", "system", "time", "wall", "cpu", "seq", "pid", "comm",
	};
	size_t i;

	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (!strcmp(head[i], name))
			return true;
	return false;
}

static void put_field(struct line *l, const struct event_type *t, const struct field *f,
		      const struct evring_event *ev)
{
	bool head = is_head(f->name);

	/* Of evring's own these are what the head tells. */
	if (t->is_fixed && (!strcmp(f->name, "pid") || !strcmp(f->name, "comm")))
		return;
	put_key(l, f->name, head ? "_" : "");
	format_field(l, f, ev, put_value);
}

/* What no format text says. */
static void put_more(struct line *l, const struct evring_event *ev)
{
	const unsigned char *data = (const unsigned char *)ev->payload + sizeof(struct evring_common);
	size_t len = ev->len - sizeof(struct evring_common);
	bool text;

	if (ev->type == EVRING_TYPE_USER) {
		text = utf8_is_text(data, len);
		put_key(l, "data", text ? "" : "_hex");
		if (text)
			json_string(l, data, len);
		else
			put_bytes(l, data, len);
	} else if (ev->type == EVRING_TYPE_GENERATOR) {
		json_key(l, "size");
		json_unsigned(l, ev->len);
		json_key(l, "sum_ok");
		line_str(l, generator_sum_ok(ev) ? "true" : "false");
	}
}

/* ISO 8601, UTC; broken down once a second only. */
static void put_wall(struct line *l, uint64_t ns)
{
	static time_t last = -1;
	static char text[32];
	time_t now = (time_t)(ns / 1000000000U);
	struct tm tm;

	if (now != last) {
		if (!gmtime_r(&now, &tm) || !strftime(text, sizeof(text), "%FT%T", &tm))
			text[0] = '\0';
		last = now;
	}
	json_key(l, "wall");
	line_char(l, '"');
	line_str(l, text);
	line_char(l, '.');
	line_unsigned(l, ns % 1000000000U, 9, '0');
	line_str(l, "Z\"");
}

static void put_head(struct line *l, const char *name, const struct evring_event *ev,
		     const struct stamp *stamp)
{
	line_str(l, "{\"event\":\"");
	line_str(l, name);
	line_str(l, "\",\"time\":");
	if (stamp->known)
		line_time(l, stamp->ns, 0, 9);
	else
		line_str(l, "null");
	if (stamp->wall)
		put_wall(l, stamp->wall);
	json_key(l, "cpu");
	json_unsigned(l, ev->cpu);
	json_key(l, "seq");
	json_unsigned(l, ev->seq);
}

static void put_task(struct line *l, const struct decoder *d, const struct event_type *t,
		     const struct evring_event *ev)
{
	struct value comm, pid;

	decode_task(d, t, ev, &comm, &pid);
	if (pid.kind != VALUE_NONE) {
		json_key(l, "pid");
		put_value(l, &pid);
	}
	if (comm.kind != VALUE_NONE) {
		json_key(l, "comm");
		put_value(l, &comm);
	}
}

static void put_payload(struct line *l, const struct evring_event *ev)
{
	json_key(l, "type");
	json_unsigned(l, ev->type);
	json_key(l, "size");
	json_unsigned(l, ev->len);
	json_key(l, "payload_hex");
	put_bytes(l, ev->payload, ev->len);
}

void json_content(struct line *l, const struct decoder *d, const struct event_type *t,
		  const struct evring_event *ev)
{
	unsigned int i;

	put_task(l, d, t, ev);
	if (!t || decode_fit(t, ev) != FIT_WHOLE) {
		put_payload(l, ev);
		return;
	}
	for (i = 0; i < t->nfields; i++)
		put_field(l, t, &t->fields[i], ev);
	put_more(l, ev);
}

static void put_record(struct line *l, const struct decoder *d, const struct event_type *t,
		       const struct evring_event *ev, const struct stamp *stamp)
{
	char name[24];

	put_head(l, decode_name(t, ev->type, name, sizeof(name)), ev, stamp);
	if (t && strcmp(t->system, DECODE_SYSTEM)) {
		json_key(l, "system");
		json_string(l, (const unsigned char *)t->system, strlen(t->system));
	}
	json_content(l, d, t, ev);
}

void format_json(struct line *l, const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, const struct stamp *stamp)
{
	if (ev->kind == EVRING_RECORD) {
		put_record(l, d, t, ev, stamp);
	} else {
		put_head(l, format_loss(ev->kind), ev, stamp);
		json_key(l, "count");
		json_unsigned(l, ev->count);
	}
	line_str(l, "}\n");
}
