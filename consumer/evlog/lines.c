// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "lines.h"

#include "clock.h"
#include "output.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct lines - the sink.
 * @sink: what others know of it.
 * @out: the file.
 * @durable: what is settled is on the disk.
 * @format: makes a line.
 * @decoder: knows what is in records.
 * @session: the run it is part of.
 * @policy: when another file is begun.
 * @number: that this one then gets.
 * @turn_at: CLOCK_MONOTONIC when it is old enough; 0: never.
 * @bytes: in this file.
 * @before: bytes in those before it.
 * @ended: there is no file: going on failed.
 * @line: the line being made.
 */
struct lines {
	struct sink sink;
	struct output out;
	bool durable;
	format_fn format;
	const struct decoder *decoder;
	const struct session *session;
	const struct rotation *policy;
	uint64_t number;
	uint64_t turn_at;
	uint64_t bytes;
	uint64_t before;
	bool ended;
	struct line line;
};

static struct lines *lines_of(struct sink *sink)
{
	return (struct lines *)(void *)((char *)sink - offsetof(struct lines, sink));
}

/* Takes over what the output has come to. */
static int noted(struct lines *l, int rc)
{
	l->sink.taken = l->before + l->out.offset;
	l->sink.written = l->before + l->out.written;
	if (!l->sink.error)
		l->sink.error = l->out.error;
	return rc ? rc : l->sink.error;
}

static bool rotates(const struct lines *l)
{
	return l->policy->size || l->policy->age_ns;
}

/* This file is complete: where files are rotated it gets its number. The next is begun. */
static int turn(struct lines *l)
{
	const char *name = l->out.name;
	int rc = output_close(&l->out);

	l->ended = true;
	noted(l, rc);
	if (!rc && rotates(l))
		rc = rotation_shift(name, l->number++);
	if (!rc) {
		l->before += l->out.written;
		rc = output_open(&l->out, name);
		l->ended = rc != 0;
	}
	if (!rc)
		rc = rotation_keep(name, l->policy);
	archive_wake(l->session->archive);
	l->bytes = 0;
	l->turn_at = rotation_turn_at(l->policy);
	if (rc && !l->sink.error)
		l->sink.error = rc;
	return l->sink.error;
}

/* A line of @len bytes comes: does it go to the next file? */
static bool is_time(const struct lines *l, size_t len)
{
	if (!l->bytes)
		return false;
	if (l->policy->size && l->bytes + len > l->policy->size)
		return true;
	return l->turn_at && clock_ns(CLOCK_MONOTONIC) >= l->turn_at;
}

static int lines_event(struct sink *sink, const struct event_type *t,
		       const struct evring_event *ev, const struct stamp *stamp)
{
	struct lines *l = lines_of(sink);

	l->line.len = 0;
	l->format(&l->line, l->decoder, t, ev, stamp);
	if (l->sink.error || (is_time(l, l->line.len) && turn(l)))
		return l->sink.error;
	l->bytes += l->line.len;
	return noted(l, output_write(&l->out, l->line.data, l->line.len));
}

static int lines_flush(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	if (l->sink.error || (is_time(l, 0) && turn(l)))
		return l->sink.error;
	return noted(l, output_flush(&l->out));
}

static int lines_settle(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	if (l->sink.error)
		return l->sink.error;
	return noted(l, l->durable ? output_sync(&l->out) : output_settle(&l->out));
}

static int lines_reopen(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	if (l->sink.error || !(rotates(l) ? l->bytes : output_is_moved(&l->out)))
		return l->sink.error;
	return turn(l);
}

static int lines_close(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	return l->ended ? l->sink.error : noted(l, output_close(&l->out));
}

static void lines_explain(const struct sink *sink, int error)
{
	output_explain(&lines_of((struct sink *)(uintptr_t)sink)->out, error);
}

static void lines_free(struct sink *sink)
{
	free(lines_of(sink));
}

static const struct sink_ops lines_ops = {
	.event = lines_event,
	.flush = lines_flush,
	.settle = lines_settle,
	.reopen = lines_reopen,
	.close = lines_close,
	.explain = lines_explain,
	.free = lines_free,
};

/* What is there already is not written over where files are rotated; a half line is cut off. */
static int begin_rotation(struct lines *l, const char *name)
{
	int64_t last;
	int rc = 0;

	if (!rotates(l))
		return 0;
	last = rotation_last(name);
	if (last >= 0)
		rc = rotation_put_aside(name, (uint64_t)last + 1);
	if (last < 0 || rc < 0) {
		fprintf(stderr, "evlog: cannot put aside what is in %s: %s\n", name,
			strerror(last < 0 ? (int)-last : -rc));
		return -1;
	}
	l->number = (uint64_t)last + 1 + (uint64_t)rc;
	l->turn_at = rotation_turn_at(l->policy);
	return 0;
}

struct sink *lines_open(struct session *s)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l) {
		fprintf(stderr, "evlog: no memory for lines\n");
		return NULL;
	}
	l->session = s;
	l->policy = &s->opt.rotation;
	l->sink.ops = &lines_ops;
	l->format = strcmp(s->opt.format->name, "json") ? format_text : format_json;
	l->durable = s->opt.durable;
	l->decoder = &s->decoder;
	if (begin_rotation(l, s->opt.output) || output_open(&l->out, s->opt.output)) {
		free(l);
		return NULL;
	}
	return &l->sink;
}
