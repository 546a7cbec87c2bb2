// SPDX-License-Identifier: GPL-2.0
/*
 * One array of objects, an object a line, in the "Trace Event Format". The array's end may
 * be missing, as a crash leaves it: both viewers read it nevertheless. Where files are rotated
 * each is whole: what runs has a slice in the one, and goes on in the next.
 */
#define _GNU_SOURCE
#include "chrome.h"

#include "clock.h"
#include "json.h"
#include "output.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID		"1"	/* of the process whose threads the CPUs are; 0 is special */
#define NO_TASK		(-1)	/* it is not known what runs */

/**
 * struct chrome_loss - a loss of which it is not told yet.
 * @count: how many; 0: there is none.
 * @seq: as of the event.
 */
struct chrome_loss {
	uint64_t count;
	uint64_t seq;
};

/**
 * struct chrome_cpu - a CPU.
 * @named: its track has a name.
 * @has_last: it had an event, the last one at @last.
 * @since: what runs has been running since then; so has it been known.
 * @pid: thread that runs, and its name @comm, @len bytes; NO_TASK.
 * @lost: losses behind the last event: overrun, dropped.
 */
struct chrome_cpu {
	bool named;
	bool has_last;
	uint64_t last;
	uint64_t since;
	int32_t pid;
	unsigned char comm[EVRING_COMM_SIZE];
	size_t len;
	struct chrome_loss lost[2];
};

/**
 * struct chrome_switch - the fields of a switch from one task to another.
 * @known: looked for; they are there if @next_comm is not NULL.
 */
struct chrome_switch {
	bool known;
	const struct field *prev_comm;
	const struct field *prev_pid;
	const struct field *next_comm;
	const struct field *next_pid;
};

/**
 * struct chrome - the sink.
 * @sink: what others know of it.
 * @session: the run it is part of.
 * @out: the file.
 * @policy: when another file is begun.
 * @number: that this one then gets.
 * @turn_at: CLOCK_MONOTONIC when it is old enough; 0: never.
 * @bytes: in this file, behind its first object.
 * @before: bytes in those before it.
 * @ended: there is no file: going on failed.
 * @durable: what is settled is on the disk.
 * @decoder: knows what is in records.
 * @cpus: each CPU; @ncpus how many.
 * @latest: the latest time stamp there was.
 * @traced: sched:sched_switch, and @own: evring's.
 * @line: the object being made.
 */
struct chrome {
	struct sink sink;
	const struct session *session;
	struct output out;
	const struct rotation *policy;
	uint64_t number;
	uint64_t turn_at;
	uint64_t bytes;
	uint64_t before;
	bool ended;
	bool durable;
	const struct decoder *decoder;
	struct chrome_cpu *cpus;
	uint32_t ncpus;
	uint64_t latest;
	struct chrome_switch traced;
	struct chrome_switch own;
	struct line line;
};

static struct chrome *chrome_of(struct sink *sink)
{
	return (struct chrome *)(void *)((char *)sink - offsetof(struct chrome, sink));
}

/* Takes over what the output has come to. */
static int noted(struct chrome *c, int rc)
{
	c->sink.taken = c->before + c->out.offset;
	c->sink.written = c->before + c->out.written;
	if (!c->sink.error)
		c->sink.error = c->out.error;
	return rc;
}

/* --- objects --------------------------------------------------------------------------------------- */

/* Microseconds, to the nanosecond. */
static void put_us(struct line *l, const char *key, uint64_t ns)
{
	json_key(l, key);
	line_unsigned(l, ns / 1000, 0, 0);
	line_char(l, '.');
	line_unsigned(l, ns % 1000, 3, '0');
}

static void put_track(struct line *l, const struct chrome *c, const struct chrome_cpu *cpu)
{
	line_str(l, ",\"pid\":" PID ",\"tid\":");
	line_unsigned(l, (uint64_t)(cpu - c->cpus) + 1, 0, 0);
}

/* All but the first are behind a comma. */
static struct line *begin(struct chrome *c, const char *kind)
{
	struct line *l = &c->line;

	l->len = 0;
	line_str(l, ",\n{\"ph\":\"");
	line_str(l, kind);
	line_str(l, "\",\"name\":");
	return l;
}

/* Ends the object, behind its args. */
static int end(struct chrome *c)
{
	line_str(&c->line, "}}");
	c->bytes += c->line.len;
	return noted(c, output_write(&c->out, c->line.data, c->line.len));
}

static void name_track(struct chrome *c, struct chrome_cpu *cpu)
{
	uint64_t number = (uint64_t)(cpu - c->cpus);
	struct line *l;

	cpu->named = true;
	l = begin(c, "M");
	line_str(l, "\"thread_name\"");
	put_track(l, c, cpu);
	line_str(l, ",\"args\":{\"name\":\"CPU ");
	line_unsigned(l, number, 0, 0);
	line_char(l, '"');
	end(c);
	l = begin(c, "M");
	line_str(l, "\"thread_sort_index\"");
	put_track(l, c, cpu);
	line_str(l, ",\"args\":{\"sort_index\":");
	line_unsigned(l, number, 0, 0);
	end(c);
}

/* --- losses ----------------------------------------------------------------------------------------- */

static void put_loss_name(struct line *l, const struct chrome_loss *loss, bool overrun)
{
	line_str(l, "\"LOST ");
	line_unsigned(l, loss->count, 0, 0);
	line_str(l, loss->count == 1 ? " event" : " events");
	line_str(l, overrun ? " (overrun)\"" : " (dropped)\"");
	line_str(l, ",\"cat\":\"lost\",\"cname\":\"terrible\"");
}

static void put_loss_args(struct line *l, const struct chrome_loss *loss)
{
	line_str(l, ",\"args\":{\"count\":");
	json_unsigned(l, loss->count);
	json_key(l, "seq");
	json_unsigned(l, loss->seq);
}

static int show_loss(struct chrome *c, const struct chrome_cpu *cpu, const struct chrome_loss *loss,
		     uint64_t ns)
{
	bool overrun = loss == &cpu->lost[0];
	uint64_t from = cpu->has_last && cpu->last < ns ? cpu->last : ns;
	struct line *l = begin(c, "X");

	put_loss_name(l, loss, overrun);
	put_track(l, c, cpu);
	put_us(l, "ts", from);
	put_us(l, "dur", ns - from);
	put_loss_args(l, loss);
	end(c);
	l = begin(c, "i");
	put_loss_name(l, loss, overrun);
	line_str(l, ",\"s\":\"g\"");
	put_track(l, c, cpu);
	put_us(l, "ts", ns);
	put_loss_args(l, loss);
	return end(c);
}

/* --- which task runs --------------------------------------------------------------------------------- */

static const struct field *find_field(const struct event_type *t, const char *name,
				      enum field_kind kind)
{
	unsigned int i;

	for (i = 0; i < t->nfields; i++)
		if (!strcmp(t->fields[i].name, name))
			return t->fields[i].kind == kind ? &t->fields[i] : NULL;
	return NULL;
}

/* What of @t, if it is a switch, tells the tasks; else NULL. */
static const struct chrome_switch *switch_of(struct chrome *c, const struct event_type *t)
{
	struct chrome_switch *w = NULL;

	if (!t)
		return NULL;
	if (t->type == EVRING_TYPE_SWITCH)
		w = &c->own;
	else if (!strcmp(t->name, "sched_switch") && !strcmp(t->system, "sched"))
		w = &c->traced;
	if (!w)
		return NULL;
	if (!w->known) {
		w->known = true;
		w->prev_comm = find_field(t, "prev_comm", FIELD_STRING);
		w->prev_pid = find_field(t, "prev_pid", FIELD_NUMBER);
		w->next_pid = find_field(t, "next_pid", FIELD_NUMBER);
		w->next_comm = w->prev_comm && w->prev_pid && w->next_pid ?
			       find_field(t, "next_comm", FIELD_STRING) : NULL;
	}
	return w->next_comm ? w : NULL;
}

/* A slice up to @ns, as far as its args. */
static struct line *begin_slice(struct chrome *c, const struct chrome_cpu *cpu,
				const unsigned char *comm, size_t len, int32_t pid, uint64_t ns)
{
	uint64_t from = cpu->since < ns ? cpu->since : ns;
	struct line *l = begin(c, "X");

	json_string(l, comm, len);
	/* The thread is a part of the name: let the string go on. */
	l->len--;
	line_char(l, '-');
	line_signed(l, pid);
	line_str(l, "\",\"cat\":\"sched\"");
	put_track(l, c, cpu);
	put_us(l, "ts", from);
	put_us(l, "dur", ns - from);
	line_str(l, ",\"args\":{");
	return l;
}

/* What runs is not known to end: the slice ends where it was last known, at @ns. */
static void cut_slice(struct chrome *c, struct chrome_cpu *cpu, uint64_t ns)
{
	struct line *l;

	if (cpu->pid > 0) {
		if (!cpu->named)
			name_track(c, cpu);
		l = begin_slice(c, cpu, cpu->comm, cpu->len, cpu->pid, ns);
		line_str(l, "\"cut\":true");
		end(c);
	}
	cpu->pid = NO_TASK;
}

static void put_seq(struct line *l, const struct evring_event *ev)
{
	line_str(l, "\"seq\":");
	json_unsigned(l, ev->seq);
}

/* Idle tasks have no slices. */
static int show_switch(struct chrome *c, struct chrome_cpu *cpu, const struct chrome_switch *w,
		       const struct event_type *t, const struct evring_event *ev, uint64_t ns)
{
	struct value comm, pid;
	struct line *l;
	int rc = 0;

	field_value(w->prev_comm, ev, &comm);
	field_value(w->prev_pid, ev, &pid);
	if (pid.number) {
		l = begin_slice(c, cpu, comm.bytes, comm.len, (int32_t)pid.number, ns);
		put_seq(l, ev);
		json_content(l, c->decoder, t, ev);
		rc = end(c);
	}
	field_value(w->next_comm, ev, &comm);
	field_value(w->next_pid, ev, &pid);
	cpu->since = ns;
	cpu->pid = (int32_t)pid.number;
	cpu->len = comm.len < sizeof(cpu->comm) ? comm.len : sizeof(cpu->comm);
	memcpy(cpu->comm, comm.bytes, cpu->len);
	return rc;
}

/* Tells the losses before @ns. */
static void show_losses(struct chrome *c, struct chrome_cpu *cpu, uint64_t ns)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!cpu->lost[i].count)
			continue;
		if (cpu->has_last)
			cut_slice(c, cpu, cpu->last);
		show_loss(c, cpu, &cpu->lost[i], ns);
		cpu->lost[i].count = 0;
		cpu->since = ns;
	}
}

/* Losses behind which nothing came are told too: there may be nothing for long. */
static void show_all_losses(struct chrome *c)
{
	uint32_t i;

	for (i = 0; i < c->ncpus; i++)
		show_losses(c, &c->cpus[i], c->latest);
}

/* --- files -------------------------------------------------------------------------------------------- */

/* The first object; the others have a comma before them. */
static void open_array(struct chrome *c)
{
	const struct evring_control *control = c->session->control;
	struct line *l = begin(c, "M");

	l->data[0] = '[';
	line_str(l, "\"process_name\",\"pid\":" PID ",\"args\":{\"name\":");
	json_string(l, (const unsigned char *)control->name,
		    strnlen(control->name, sizeof(control->name)));
	end(c);
	c->bytes = 0;
}

/*
 * What runs has a slice up to the last event of its CPU, and goes on from there in the next file,
 * in which no track has a name yet.
 */
static void part_slice(struct chrome *c, struct chrome_cpu *cpu)
{
	uint64_t at = cpu->last > cpu->since ? cpu->last : cpu->since;
	int32_t pid = cpu->pid;

	cut_slice(c, cpu, at);
	cpu->pid = pid;
	cpu->since = at;
	cpu->named = false;
}

/* Ends the array. @goes_on: there is a next file; else what runs is shown up to the latest event. */
static int close_array(struct chrome *c, bool goes_on)
{
	static const char last[] = "\n]\n";
	uint32_t i;

	show_all_losses(c);
	for (i = 0; i < c->ncpus; i++) {
		if (goes_on)
			part_slice(c, &c->cpus[i]);
		else
			cut_slice(c, &c->cpus[i], c->latest);
	}
	output_write(&c->out, last, strlen(last));
	return noted(c, output_close(&c->out));
}

/* This file is complete: where files are rotated it gets its number. The next is begun. */
static int turn(struct chrome *c)
{
	const char *name = c->out.name;
	int rc = close_array(c, true);

	c->ended = true;
	if (!rc && rotation_is_wanted(c->policy))
		rc = rotation_shift(name, c->number++);
	if (!rc) {
		c->before += c->out.written;
		rc = output_open(&c->out, name);
		c->ended = rc != 0;
	}
	if (!rc) {
		open_array(c);
		c->turn_at = rotation_turn_at(c->policy);
		rc = rotation_keep(name, c->policy);
	}
	archive_wake(c->session->archive);
	if (rc && !c->sink.error)
		c->sink.error = rc;
	return c->sink.error;
}

/* Does what comes go to the next file? */
static bool is_time(const struct chrome *c)
{
	if (!c->bytes)
		return false;
	if (c->policy->size && c->bytes >= c->policy->size)
		return true;
	return c->turn_at && clock_ns(CLOCK_MONOTONIC) >= c->turn_at;
}

/* What a crash has left of the array @name gets its end. */
static void mend(const char *name)
{
	static const char last[] = "\n]\n";
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	char end[2] = "";
	struct stat st;
	off_t at = 0;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		at = rotation_cut(fd, st.st_size);
	if (at >= 2 && pread(fd, end, 2, at - 2) == 2 && !memcmp(end, ",\n", 2) &&
	    pwrite(fd, last, strlen(last), at - 2) != (ssize_t)strlen(last))
		errno = 0; /* viewers read it nevertheless */
	close(fd);
}

static int begin_file(struct chrome *c, const char *name)
{
	if (rotation_is_wanted(c->policy)) {
		mend(name);
		if (rotation_begin(name, &c->number))
			return -1;
	}
	c->turn_at = rotation_turn_at(c->policy);
	return output_open(&c->out, name);
}

/* --- the sink ----------------------------------------------------------------------------------------- */

static int show_instant(struct chrome *c, const struct chrome_cpu *cpu, const struct event_type *t,
			const struct evring_event *ev, uint64_t ns)
{
	struct line *l = begin(c, "i");
	const char *text;
	char name[24];

	text = decode_name(t, ev->type, name, sizeof(name));
	json_string(l, (const unsigned char *)text, strlen(text));
	json_key(l, "cat");
	text = t ? t->system : DECODE_SYSTEM;
	json_string(l, (const unsigned char *)text, strlen(text));
	line_str(l, ",\"s\":\"t\"");
	put_track(l, c, cpu);
	put_us(l, "ts", ns);
	line_str(l, ",\"args\":{");
	put_seq(l, ev);
	json_content(l, c->decoder, t, ev);
	return end(c);
}

static int chrome_event(struct sink *sink, const struct event_type *t,
			const struct evring_event *ev, const struct stamp *stamp)
{
	struct chrome *c = chrome_of(sink);
	uint64_t ns = stamp->wall ? stamp->wall : stamp->ns;
	const struct chrome_switch *w;
	struct chrome_loss *loss;
	struct chrome_cpu *cpu;

	if (sink->error || ev->cpu >= c->ncpus || (is_time(c) && turn(c)))
		return sink->error;
	cpu = &c->cpus[ev->cpu];
	if (!cpu->named)
		name_track(c, cpu);
	if (ev->kind != EVRING_RECORD) {
		loss = &cpu->lost[ev->kind == EVRING_DROPPED];
		if (!loss->count)
			loss->seq = ev->seq;
		loss->count += ev->count;
		return 0;
	}
	show_losses(c, cpu, ns);
	if (!cpu->has_last)
		cpu->since = ns;
	cpu->has_last = true;
	cpu->last = ns;
	if (ns > c->latest)
		c->latest = ns;
	w = t && decode_fit(t, ev) == FIT_WHOLE ? switch_of(c, t) : NULL;
	return w ? show_switch(c, cpu, w, t, ev, ns) : show_instant(c, cpu, t, ev, ns);
}

static int chrome_flush(struct sink *sink)
{
	struct chrome *c = chrome_of(sink);

	if (sink->error || (is_time(c) && turn(c)))
		return sink->error;
	show_all_losses(c);
	return noted(c, output_flush(&c->out));
}

static int chrome_settle(struct sink *sink)
{
	struct chrome *c = chrome_of(sink);

	show_all_losses(c);
	return noted(c, c->durable ? output_sync(&c->out) : output_settle(&c->out));
}

static int chrome_reopen(struct sink *sink)
{
	struct chrome *c = chrome_of(sink);

	if (sink->error || !(rotation_is_wanted(c->policy) ? c->bytes : output_is_moved(&c->out)))
		return sink->error;
	return turn(c);
}

static int chrome_close(struct sink *sink)
{
	struct chrome *c = chrome_of(sink);

	return c->ended ? sink->error : close_array(c, false);
}

static void chrome_explain(const struct sink *sink, int error)
{
	output_explain(&chrome_of((struct sink *)(uintptr_t)sink)->out, error);
}

static void chrome_free(struct sink *sink)
{
	struct chrome *c = chrome_of(sink);

	free(c->cpus);
	free(c);
}

static const struct sink_ops chrome_ops = {
	.event = chrome_event,
	.flush = chrome_flush,
	.settle = chrome_settle,
	.reopen = chrome_reopen,
	.close = chrome_close,
	.explain = chrome_explain,
	.free = chrome_free,
};

struct sink *chrome_open(struct session *s)
{
	uint32_t i, ncpus = s->control->ncpus;
	struct chrome *c;

	if (!clock_has_time(s->control)) {
		fprintf(stderr, "evlog: --format chrome: %s keeps no time stamps: choose text or json, or create the channel with a --clock other than none\n",
			s->path);
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c)
		c->cpus = calloc(ncpus, sizeof(*c->cpus));
	if (!c || !c->cpus) {
		fprintf(stderr, "evlog: no memory for a trace\n");
		free(c);
		return NULL;
	}
	c->sink.ops = &chrome_ops;
	c->session = s;
	c->policy = &s->opt.rotation;
	c->decoder = &s->decoder;
	c->durable = s->opt.durable;
	c->ncpus = ncpus;
	for (i = 0; i < c->ncpus; i++)
		c->cpus[i].pid = NO_TASK;
	if (begin_file(c, s->opt.output)) {
		chrome_free(&c->sink);
		return NULL;
	}
	open_array(c);
	return &c->sink;
}
