// SPDX-License-Identifier: GPL-2.0
/*
 * Lines for people. Strings in events come from anybody (prctl() sets any task
 * name), so nothing that a terminal would obey gets through: what is not
 * printable UTF-8 is written as \n, \t, \r or \xNN, and \ as \\.
 */
#define _GNU_SOURCE
#include "format.h"

#include <string.h>
#include <time.h>

#define TIME_WIDTH	12
#define TASK_WIDTH	20

static void put_escape(struct line *l, unsigned char c)
{
	static const char named[][2] = {
		{ '\n', 'n' }, { '\t', 't' }, { '\r', 'r' }, { '\\', '\\' },
	};
	size_t i;

	line_char(l, '\\');
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (named[i][0] == (char)c) {
			line_char(l, named[i][1]);
			return;
		}
	}
	line_char(l, 'x');
	line_bytes(l, &c, 1);
}

static void put_string(struct line *l, const unsigned char *s, size_t n)
{
	uint32_t code;
	size_t len;

	while (n) {
		len = utf8_length(s, n, &code);
		if (!len || code < 0x20 || code == '\\' || (code >= 0x7f && code < 0xa0)) {
			put_escape(l, *s);
			len = 1;
		} else {
			line_put(l, (const char *)s, len);
		}
		s += len;
		n -= len;
	}
}

static void put_value(struct line *l, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
		line_str(l, "?");
		break;
	case VALUE_SIGNED:
		line_signed(l, (int64_t)v->number);
		break;
	case VALUE_UNSIGNED:
		line_unsigned(l, v->number, 0, 0);
		break;
	case VALUE_HEX:
		line_hex(l, v->number);
		break;
	case VALUE_STRING:
		put_string(l, v->bytes, v->len);
		break;
	case VALUE_BYTES:
	case VALUE_ARRAY:
		line_bytes(l, v->bytes, v->len);
		break;
	}
}

static void put_field(struct line *l, const struct field *f, const struct evring_event *ev)
{
	line_str(l, f->name);
	line_char(l, '=');
	format_field(l, f, ev, put_value);
}

/* Local date and time; broken down once a second only. */
static void put_wall(struct line *l, uint64_t ns)
{
	static time_t last = -1;
	static char text[32];
	time_t now = (time_t)(ns / 1000000000U);
	struct tm tm;

	if (now != last) {
		if (!localtime_r(&now, &tm) || !strftime(text, sizeof(text), "%F %T", &tm))
			strcpy(text, "?");
		last = now;
	}
	line_str(l, text);
	line_char(l, '.');
	line_unsigned(l, ns % 1000000000U / 1000, 6, '0');
}

static void put_head(struct line *l, const struct evring_event *ev, const struct stamp *stamp)
{
	if (!stamp->known)
		line_pad(l, TIME_WIDTH);
	else if (stamp->wall)
		put_wall(l, stamp->wall);
	else
		line_time(l, stamp->ns, 5, 6);
	line_str(l, " [");
	line_unsigned(l, ev->cpu, 3, '0');
	line_str(l, "] ");
}

static void put_task(struct line *l, const struct decoder *d, const struct event_type *t,
		     const struct evring_event *ev)
{
	struct value comm, pid;
	size_t start = l->len;

	decode_task(d, t, ev, &comm, &pid);
	if (comm.kind == VALUE_NONE)
		line_str(l, "<...>");
	else
		put_value(l, &comm);
	line_char(l, '-');
	put_value(l, &pid);
	line_pad(l, start + TASK_WIDTH);
	line_str(l, "  ");
}

static void put_loss(struct line *l, const struct evring_event *ev)
{
	line_str(l, format_loss(ev->kind));
	line_str(l, ": lost ");
	line_unsigned(l, ev->count, 0, 0);
	line_str(l, ev->count == 1 ? " event" : " events");
	line_str(l, ev->kind == EVRING_DROPPED ? " before seq " : " from seq ");
	line_unsigned(l, ev->seq, 0, 0);
}

static void put_payload(struct line *l, const struct event_type *t, const struct evring_event *ev)
{
	if (t)
		line_str(l, decode_fit(t, ev) == FIT_SHORT ? "short, " : "broken, ");
	line_unsigned(l, ev->len, 0, 0);
	line_str(l, ev->len == 1 ? " byte" : " bytes");
	if (ev->len)
		line_char(l, ' ');
	line_bytes(l, ev->payload, ev->len);
}

/* What no format text says. */
static void put_more(struct line *l, const struct evring_event *ev)
{
	const unsigned char *data = (const unsigned char *)ev->payload + sizeof(struct evring_common);
	size_t len = ev->len - sizeof(struct evring_common);

	if (ev->type == EVRING_TYPE_USER) {
		/* The newline that echo put there says nothing. */
		if (len && data[len - 1] == '\n')
			len--;
		put_string(l, data, len);
	} else if (ev->type == EVRING_TYPE_GENERATOR) {
		line_str(l, " size=");
		line_unsigned(l, ev->len, 0, 0);
		line_str(l, generator_sum_ok(ev) ? " sum_ok=yes" : " sum_ok=no");
	}
}

static void put_fields(struct line *l, const struct decoder *d, const struct event_type *t,
		       const struct evring_event *ev)
{
	size_t len;
	const char *text = decode_print(d, t, ev, &len);
	unsigned int i;

	if (text) {
		put_string(l, (const unsigned char *)text, len);
		return;
	}
	for (i = 0; i < t->nfields; i++) {
		if (i)
			line_char(l, ' ');
		put_field(l, &t->fields[i], ev);
	}
}

void format_text(struct line *l, const struct decoder *d, const struct event_type *t,
		 const struct evring_event *ev, const struct stamp *stamp)
{
	char name[24];

	put_head(l, ev, stamp);
	if (ev->kind != EVRING_RECORD) {
		put_loss(l, ev);
		line_char(l, '\n');
		return;
	}
	put_task(l, d, t, ev);
	line_str(l, decode_name(t, ev->type, name, sizeof(name)));
	line_str(l, ": ");
	if (!t || decode_fit(t, ev) != FIT_WHOLE) {
		put_payload(l, t, ev);
	} else {
		put_fields(l, d, t, ev);
		put_more(l, ev);
	}
	line_char(l, '\n');
}
