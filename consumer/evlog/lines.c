// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "lines.h"

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
 * @line: the line being made.
 */
struct lines {
	struct sink sink;
	struct output out;
	bool durable;
	format_fn format;
	const struct decoder *decoder;
	struct line line;
};

static struct lines *lines_of(struct sink *sink)
{
	return (struct lines *)(void *)((char *)sink - offsetof(struct lines, sink));
}

/* Takes over what the output has come to. */
static int noted(struct lines *l, int rc)
{
	l->sink.taken = l->out.offset;
	l->sink.written = l->out.written;
	l->sink.error = l->out.error;
	return rc;
}

static int lines_event(struct sink *sink, const struct event_type *t,
		       const struct evring_event *ev, const struct stamp *stamp)
{
	struct lines *l = lines_of(sink);

	l->line.len = 0;
	l->format(&l->line, l->decoder, t, ev, stamp);
	return noted(l, output_write(&l->out, l->line.data, l->line.len));
}

static int lines_flush(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	return noted(l, output_flush(&l->out));
}

static int lines_settle(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	return noted(l, l->durable ? output_sync(&l->out) : output_settle(&l->out));
}

static int lines_close(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	return noted(l, output_close(&l->out));
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
	.close = lines_close,
	.explain = lines_explain,
	.free = lines_free,
};

struct sink *lines_open(struct session *s)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l) {
		fprintf(stderr, "evlog: no memory for lines\n");
		return NULL;
	}
	l->sink.ops = &lines_ops;
	l->format = strcmp(s->opt.format->name, "json") ? format_text : format_json;
	l->durable = s->opt.durable;
	l->decoder = &s->decoder;
	if (output_open(&l->out, s->opt.output)) {
		free(l);
		return NULL;
	}
	return &l->sink;
}
