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

#define LOSSES	3U	/* overrun, dropped, unwritten */

/* Which step to another file is next. */
enum step {
	STEP_NONE,
	STEP_CLOSE,
	STEP_SHIFT,
	STEP_OPEN,
	STEP_KEEP,
};

/**
 * struct missing - events that the file lacks and does not tell of yet.
 * @seq: of the first; of those dropped by the producer, of the next one stored.
 * @count: how many.
 */
struct missing {
	uint64_t seq;
	uint64_t count;
};

/**
 * struct lines - the sink.
 * @sink: what others know of it.
 * @session: the run it is part of.
 * @out: the file.
 * @durable: what is settled is on the disk.
 * @format: makes a line.
 * @decoder: knows what is in records.
 * @policy: when another file is begun.
 * @number: that this one then gets.
 * @turn_at: CLOCK_MONOTONIC when it is old enough; 0: never.
 * @bytes: in this file.
 * @before: bytes in those before it.
 * @step: where going on in another file has come to.
 * @missing: LOSSES for each CPU.
 * @misses: some of them are to be told.
 * @line: the line being made.
 */
struct lines {
	struct sink sink;
	struct session *session;
	struct output out;
	bool durable;
	format_fn format;
	const struct decoder *decoder;
	const struct rotation *policy;
	uint64_t number;
	uint64_t turn_at;
	uint64_t bytes;
	uint64_t before;
	enum step step;
	struct missing (*missing)[LOSSES];
	bool misses;
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

/* --- another file -------------------------------------------------------------------------- */

static int make_step(struct lines *l)
{
	const char *name = l->out.name;

	switch (l->step) {
	case STEP_CLOSE:
		/* Whatever comes of it, it is closed then. */
		l->step = STEP_SHIFT;
		return output_close(&l->out);
	case STEP_SHIFT:
		return rotation_is_wanted(l->policy) ? rotation_shift(name, l->number) : 0;
	case STEP_OPEN:
		return output_begin(&l->out, name);
	default:
		return rotation_keep(name, l->policy);
	}
}

/* What has to be known once it went well. Return: the step behind it. */
static enum step step_made(struct lines *l)
{
	switch (l->step) {
	case STEP_SHIFT:
		l->number++;
		l->before += l->out.written;
		l->out.offset = 0;
		l->out.written = 0;
		return STEP_OPEN;
	case STEP_OPEN:
		output_trust(&l->out, &l->session->trouble, l->durable);
		l->bytes = 0;
		l->turn_at = rotation_turn_at(l->policy);
		return STEP_KEEP;
	default:
		archive_wake(l->session->archive);
		return STEP_NONE;
	}
}

/* Goes on with the steps to the next file; what fails is tried again, now or later. */
static int go_on(struct lines *l)
{
	struct trouble *t = &l->session->trouble;
	bool closes;
	int rc;

	while (l->step != STEP_NONE && !l->sink.error) {
		closes = l->step == STEP_CLOSE;
		rc = make_step(l);
		if (rc && trouble_drop(t, rc))
			return 0;
		if (rc && !trouble_wait(t, rc))
			l->sink.error = rc;
		else if (!rc && !closes)
			l->step = step_made(l);
	}
	if (!l->sink.error)
		trouble_over(t);
	return l->sink.error;
}

/* This file is complete: where files are rotated it gets its number. The next is begun. */
static int turn(struct lines *l)
{
	l->step = STEP_CLOSE;
	return go_on(l);
}

/* --- what could not be written --------------------------------------------------------------- */

/* Nothing is taken now: what comes is dropped. */
static bool is_held(const struct lines *l)
{
	return l->step != STEP_NONE || l->out.held;
}

static void count_unwritten(void *ctx, int32_t cpu)
{
	struct lines *l = ctx;

	/* Of a line that tells a loss, there is nothing more to lose. */
	if (cpu < 0)
		return;
	l->session->events--;
	session_unwritten(l->session, (uint32_t)cpu, 1);
}

/* The file lacks @ev. Return: for lines_event(). */
static int miss(struct lines *l, const struct evring_event *ev)
{
	bool is_record = ev->kind == EVRING_RECORD;
	struct missing *m = &l->missing[ev->cpu][is_record ? 2 : ev->kind == EVRING_DROPPED];

	if (!m->count || ev->kind == EVRING_DROPPED)
		m->seq = ev->seq;
	m->count += is_record ? 1 : ev->count;
	l->misses = true;
	if (!is_record)
		return 0;
	session_unwritten(l->session, ev->cpu, 1);
	return SINK_DROPPED;
}

/* A line goes to the file. Return: 0, OUTPUT_HELD or -errno. */
static int put(struct lines *l, int32_t cpu)
{
	l->bytes += l->line.len;
	if (l->session->opt.on_error != ON_ERROR_DROP)
		return output_write(&l->out, l->line.data, l->line.len);
	return output_line(&l->out, l->line.data, l->line.len, cpu);
}

/* Tells what is missing, now that the file can be written again. */
static int tell_missing(struct lines *l)
{
	static const enum evring_kind kinds[LOSSES] = {
		EVRING_OVERRUN, EVRING_DROPPED, FORMAT_UNWRITTEN
	};
	struct evring_event ev = { 0 };
	struct stamp stamp = { 0 };
	struct missing *m;
	unsigned int i;
	int rc = 0;

	l->misses = false;
	for (ev.cpu = 0; ev.cpu < l->session->control->ncpus; ev.cpu++) {
		for (i = 0; i < LOSSES && !rc; i++) {
			m = &l->missing[ev.cpu][i];
			if (!m->count)
				continue;
			ev.kind = kinds[i];
			ev.seq = m->seq;
			ev.count = m->count;
			l->line.len = 0;
			l->format(&l->line, l->decoder, NULL, &ev, &stamp);
			rc = put(l, -1);
			l->misses = rc == OUTPUT_HELD;
			m->count = rc ? m->count : 0;
		}
	}
	return rc;
}

/* Looks whether what failed can be written by now. Return: 0, it may be held still; or -errno. */
static int resume(struct lines *l)
{
	int rc = 0;

	if (is_held(l)) {
		if (trouble_holds(&l->session->trouble))
			return 0;
		rc = l->step != STEP_NONE ? go_on(l) : output_resume(&l->out);
	}
	if (!rc && l->misses && !is_held(l))
		rc = tell_missing(l);
	return rc < 0 ? rc : 0;
}

/* --- the sink --------------------------------------------------------------------------------- */

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
	int rc;

	if (l->sink.error || noted(l, resume(l)))
		return l->sink.error;
	if (is_held(l))
		return miss(l, ev);
	l->line.len = 0;
	l->format(&l->line, l->decoder, t, ev, stamp);
	if (is_time(l, l->line.len) && turn(l))
		return l->sink.error;
	rc = is_held(l) ? OUTPUT_HELD : put(l, ev->kind == EVRING_RECORD ? (int32_t)ev->cpu : -1);
	return rc == OUTPUT_HELD ? miss(l, ev) : noted(l, rc);
}

static int lines_flush(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	if (l->sink.error || noted(l, resume(l)) || is_held(l))
		return l->sink.error;
	if (is_time(l, 0) && turn(l))
		return l->sink.error;
	return is_held(l) ? 0 : noted(l, output_flush(&l->out));
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

	if (l->sink.error || is_held(l) ||
	    !(rotation_is_wanted(l->policy) ? l->bytes : output_is_moved(&l->out)))
		return l->sink.error;
	return turn(l);
}

/* What is on its way is there, or given up and counted; what the file lacks is told if it can be. */
static void finish(struct lines *l)
{
	noted(l, output_settle(&l->out));
	if (l->out.held)
		output_abandon(&l->out, count_unwritten, l);
	else if (l->misses)
		tell_missing(l);
}

static int lines_close(struct sink *sink)
{
	struct lines *l = lines_of(sink);

	/* A last attempt. */
	l->session->trouble.retry_at = 0;
	resume(l);
	if (l->step == STEP_NONE)
		finish(l);
	/* There is no file: going on failed. */
	if (l->step == STEP_SHIFT || l->step == STEP_OPEN)
		return l->sink.error ? l->sink.error : l->session->trouble.error;
	noted(l, output_close(&l->out));
	return l->sink.error;
}

static void lines_explain(const struct sink *sink, int error)
{
	output_explain(&lines_of((struct sink *)(uintptr_t)sink)->out, error);
}

static void lines_free(struct sink *sink)
{
	free(lines_of(sink)->missing);
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
	if (rotation_is_wanted(l->policy) && rotation_begin(name, &l->number))
		return -1;
	l->turn_at = rotation_turn_at(l->policy);
	return 0;
}

struct sink *lines_open(struct session *s)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (l)
		l->missing = calloc(s->control->ncpus, sizeof(*l->missing));
	if (!l || !l->missing) {
		fprintf(stderr, "evlog: no memory for lines\n");
		goto err;
	}
	l->session = s;
	l->policy = &s->opt.rotation;
	l->sink.ops = &lines_ops;
	l->format = strcmp(s->opt.format->name, "json") ? format_text : format_json;
	l->durable = s->opt.durable;
	l->decoder = &s->decoder;
	if (begin_rotation(l, s->opt.output) || output_open(&l->out, s->opt.output))
		goto err;
	output_trust(&l->out, &s->trouble, s->opt.durable);
	return &l->sink;
err:
	if (l)
		free(l->missing);
	free(l);
	return NULL;
}
