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
	size_t len = v->len;

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
	case VALUE_BOOL:
		line_str(l, v->number ? "yes" : "no");
		break;
	case VALUE_STATE:
		line_str(l, state_letter(v->number));
		break;
	case VALUE_BYTES:
		/* The newline that echo put there says nothing. */
		if (len && v->bytes[len - 1] == '\n')
			len--;
		put_string(l, v->bytes, len);
		break;
	case VALUE_STRING:
		put_string(l, v->bytes, len);
		break;
	}
}

static void put_field(struct line *l, const struct field *f, const struct evring_event *ev)
{
	struct value v;
	unsigned int i;

	line_str(l, f->label);
	if (f->count)
		line_char(l, '(');
	for (i = 0; i < (f->count ? f->count : 1); i++) {
		if (i)
			line_str(l, ", ");
		field_value(f, ev, i, &v);
		put_value(l, &v);
	}
	if (f->count)
		line_char(l, ')');
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

static void put_task(struct line *l, const struct event_type *t, const struct evring_event *ev)
{
	struct value comm, pid;
	size_t start = l->len;

	event_task(t, ev, &comm, &pid);
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
	bool overrun = ev->kind == EVRING_OVERRUN;

	line_str(l, overrun ? "overrun: lost " : "dropped: lost ");
	line_unsigned(l, ev->count, 0, 0);
	line_str(l, ev->count == 1 ? " event" : " events");
	line_str(l, overrun ? " from seq " : " before seq ");
	line_unsigned(l, ev->seq, 0, 0);
}

static void put_payload(struct line *l, const struct event_type *t, const struct evring_event *ev)
{
	if (t)
		line_str(l, "short, ");
	line_unsigned(l, ev->len, 0, 0);
	line_str(l, ev->len == 1 ? " byte" : " bytes");
	if (ev->len)
		line_char(l, ' ');
	line_bytes(l, ev->payload, ev->len);
}

void format_text(struct line *l, const struct event_type *t, const struct evring_event *ev,
		 const struct stamp *stamp)
{
	const struct field *f;
	char name[24];

	put_head(l, ev, stamp);
	if (ev->kind != EVRING_RECORD) {
		put_loss(l, ev);
		line_char(l, '\n');
		return;
	}
	put_task(l, t, ev);
	line_str(l, event_name(t, ev->type, name, sizeof(name)));
	line_str(l, ": ");
	if (!event_is_whole(t, ev)) {
		put_payload(l, t, ev);
	} else {
		for (f = t->fields; f->name || f->label; f++)
			if (f->label)
				put_field(l, f, ev);
	}
	line_char(l, '\n');
}
