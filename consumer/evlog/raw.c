// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "raw.h"

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "pack.h"
#include "recovery.h"
#include "rotation.h"
#include "run.h"
#include "session.h"
#include "writes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEPTH		64U	/* runs on their way to the file */
#define FLIGHTS		512U	/* with those kept: more than DEPTH + COMMIT_EVERY */
#define BATCH		16U	/* writes that the kernel is told of at once */
#define COMMIT_EVERY	256U	/* runs between two writings of the index */
#define FILE_SIZE	(64ULL << 20)	/* --rotate-size if none is asked for */

/**
 * struct flight - a run on its way.
 * @x: the run.
 * @write: its write.
 * @slot: the block of the file,
 * @offset: and where in it the run goes.
 */
struct flight {
	struct evring_extent x;
	struct write write;
	uint32_t slot;
	uint32_t offset;
};

/**
 * struct place - the block of the file that a CPU's block of the ring goes to.
 * @open: there is one, and more may come.
 * @gen: generation of the ring's block.
 * @seq: sequence number that follows what was taken.
 * @slot: the file's block.
 * @fill: bytes of it that are taken.
 */
struct place {
	bool open;
	uint64_t gen;
	uint64_t seq;
	uint32_t slot;
	uint32_t fill;
};

/* Which step to the next file is to be made. */
enum step {
	STEP_NONE,
	STEP_END,
	STEP_SHIFT,
	STEP_CREATE,
	STEP_KEEP,
};

/**
 * struct raw - the sink.
 * @sink: what others know of it.
 * @session: the run it is part of.
 * @log: the file being written.
 * @writes: the way there.
 * @flights: runs: from @first on @nkept, then @nflights, in a circle.
 * @first: the one taken first.
 * @nkept: how many are written, and not yet known to be on the disk; without @keeps, none.
 * @nflights: how many are on their way.
 * @keeps: what the disk refuses to keep is written again.
 * @left: the run that was taken when it ended by an error, and did not get so far as to fly.
 * @uncommitted: runs that the index in the file does not tell of.
 * @places: one for each CPU.
 * @lines: room for what each CPU's part of a file goes from and to.
 * @nblocks: blocks of a file.
 * @number: of the file.
 * @turn_at: CLOCK_MONOTONIC when the next is to be begun; 0: never for that reason.
 * @step: where going on in the next file has come to.
 * @told_direct: it was said that --direct cannot be.
 * @dropped: losses were told that the file's lines do not tell of yet.
 * @types: a bit for each event type whose text the file has, or that nobody knows.
 */
struct raw {
	struct sink sink;
	struct session *session;
	struct log log;
	struct writes writes;
	struct flight flights[FLIGHTS];
	unsigned int first;
	unsigned int nkept;
	unsigned int nflights;
	bool keeps;
	struct evring_extent left;
	unsigned int uncommitted;
	struct place *places;
	struct appendix_line *lines;
	uint32_t nblocks;
	uint64_t number;
	uint64_t turn_at;
	enum step step;
	bool told_direct;
	bool dropped;
	uint64_t types[RUN_TYPES];
};

static struct raw *raw_of(struct sink *sink)
{
	return (struct raw *)(void *)((char *)sink - offsetof(struct raw, sink));
}

static int failed(struct raw *r, int error)
{
	if (error < 0 && !r->sink.error)
		r->sink.error = error;
	return r->sink.error;
}

static const struct evring_line *live_line(const struct raw *r, uint32_t cpu)
{
	const struct evring_control *c = r->session->control;

	return (const void *)((const unsigned char *)c + c->line_offset +
			      (uint64_t)cpu * c->line_size);
}

/* --- trouble --------------------------------------------------------------------------------- */

/* Everything is dropped now. */
static bool is_held(const struct raw *r)
{
	const struct trouble *t = &r->session->trouble;

	return t->policy == ON_ERROR_DROP && trouble_holds(t);
}

/*
 * What came to @rc, is it to be tried again now? If not, @rc is what it comes to: SINK_DROPPED,
 * it may be later; or -errno.
 */
static bool again(struct raw *r, int *rc)
{
	struct trouble *t = &r->session->trouble;

	if (!*rc && t->policy == ON_ERROR_WAIT)
		trouble_over(t);
	if (*rc >= 0)
		return false;
	if (!trouble_drop(t, *rc))
		return trouble_wait(t, *rc);
	*rc = SINK_DROPPED;
	return false;
}

/* --- retiring -------------------------------------------------------------------------------- */

/* The file gets the text of each type of which a record is in it. */
static int note_type(struct raw *r, uint32_t type)
{
	const char *system = NULL;
	char *text = decode_text(&r->session->decoder, type, &system);
	int rc = text ? log_text(&r->log, type, system, text) : 0;

	free(text);
	return rc;
}

static int note_types(struct raw *r, const uint64_t *types)
{
	uint64_t fresh;
	uint32_t i, bit;
	int rc = 0;

	for (i = 0; i < RUN_TYPES && !rc; i++) {
		for (fresh = types[i] & ~r->types[i]; fresh && !rc; fresh &= fresh - 1) {
			bit = (uint32_t)__builtin_ctzll(fresh);
			if (i * 64 + bit != EVRING_TYPE_PADDING)
				rc = note_type(r, i * 64 + bit);
			if (!rc)
				r->types[i] |= 1ULL << bit;
		}
	}
	return rc;
}

/* The file lacks it. Nothing that follows it can stand behind it. */
static void leave_out(struct raw *r, struct flight *f)
{
	if (r->places[f->x.cpu].slot == f->slot)
		r->places[f->x.cpu].open = false;
	f->write.len = 0;
}

/* A run that could not be written, or that there is no place for. */
static void count_unwritten(struct raw *r, const struct evring_extent *x)
{
	r->session->cpus[x->cpu].received += x->count;
	r->session->cpus[x->cpu].bytes += x->bytes;
	session_unwritten(r->session, x->cpu, x->count);
}

/* The ring went round under the write. */
static void count_overrun(struct raw *r, const struct evring_extent *x)
{
	r->session->overrun += x->count;
	r->session->cpus[x->cpu].overrun += x->count;
}

/* It was taken, and is not going to be in the file. */
static void give_up(struct raw *r, const struct evring_extent *x)
{
	if (evring_extent_end(&r->session->ring, x))
		count_unwritten(r, x);
	else
		count_overrun(r, x);
}

/* For metrics, which never go back: so not before it is known whether the run was whole. */
static void count_taken(struct metrics_cpu *cpu, const struct evring_extent *x,
			const struct run *run)
{
	cpu->received += x->count - run->discarded;
	cpu->events += x->count - run->discarded;
	cpu->bytes += x->bytes;
}

/*
 * The write of the run that was taken first is done.
 *
 * Barrier C: the kernel has read the run before it posted the completion, which was taken by
 * acquire (io_uring's head and tail are a release and an acquire); evring_extent_end() has the
 * fence and loads gen again. Pairs with gen = 0 and the write barrier in module/ring.c, as for
 * a copy that this process makes.
 */
static int retire(struct raw *r, struct flight *f)
{
	static uint64_t fresh[RUN_TYPES];
	struct run run;
	int rc = 0;

	if (f->write.error)
		return f->write.error;
	run_scan(f->x.data, f->x.bytes, &run, r->types, fresh);
	if (!evring_extent_end(&r->session->ring, &f->x)) {
		/* What was read there are no types. */
		if (run.fresh)
			memset(fresh, 0, sizeof(fresh));
		count_overrun(r, &f->x);
		leave_out(r, f);
		return 0;
	}
	if (run.bytes != f->x.bytes || run.records != f->x.count) {
		/* Of an image alone: no producer does that. It is kept, and told by who reads it. */
		r->session->damaged = true;
	}
	if (run.fresh) {
		rc = note_types(r, fresh);
		memset(fresh, 0, sizeof(fresh));
	}
	if (rc)
		return rc;
	log_put(&r->log, f->slot, f->offset, &f->x, run.youngest);
	log_drops(&r->log, f->x.cpu, f->x.drops, live_line(r, f->x.cpu));
	r->session->events += f->x.count - run.discarded;
	count_taken(&r->session->cpus[f->x.cpu], &f->x, &run);
	r->sink.written += f->x.bytes;
	r->uncommitted++;
	return 0;
}

/* Whether what comes before it in its block is in the file. */
static bool follows(const struct raw *r, const struct flight *f)
{
	const struct evring_index *e = log_entry(&r->log, f->slot);

	return f->offset == (e->gen ? evring_pos_bytes(e->pub) : 0);
}

/* The flight that was taken @n behind the first of those that are there. */
static struct flight *nth_flight(struct raw *r, unsigned int n)
{
	return &r->flights[(r->first + n) % FLIGHTS];
}

/*
 * All that has failed so far, not the first of it alone: that a write failed before tells nothing
 * of how the disk is when its turn comes.
 */
static void write_failed_again(struct raw *r)
{
	struct flight *f;
	unsigned int i;

	for (i = 0; i < r->nflights; i++) {
		f = nth_flight(r, r->nkept + i);
		writes_wait(&r->writes, &f->write);
		if (f->write.error)
			writes_start(&r->writes, &f->write);
	}
}

/* As retire(); what fails is tried until it goes well, or is dropped, as --on-error has it. */
static int retire_surely(struct raw *r, struct flight *f)
{
	int rc = follows(r, f) ? retire(r, f) : SINK_DROPPED;

	while (again(r, &rc)) {
		write_failed_again(r);
		writes_wait(&r->writes, &f->write);
		rc = retire(r, f);
	}
	if (rc == SINK_DROPPED) {
		give_up(r, &f->x);
		leave_out(r, f);
		rc = 0;
	}
	return rc;
}

/* Retires what is done; at least @least runs, for which it waits. */
static int retire_flights(struct raw *r, unsigned int least)
{
	struct flight *f;

	while (r->nflights && !r->sink.error) {
		f = nth_flight(r, r->nkept);
		if (least)
			writes_wait(&r->writes, &f->write);
		if (f->write.busy)
			break;
		/* What fails stays: where it begins, the file ends. */
		if (failed(r, retire_surely(r, f)))
			break;
		least -= least != 0;
		r->nflights--;
		r->nkept += r->keeps;
		r->first = (r->first + !r->keeps) % FLIGHTS;
	}
	return r->sink.error;
}

/*
 * Writes again what the disk may lack. The ring has it still, as it was not acknowledged; unless
 * this reader was evicted.
 */
static int write_kept_again(struct raw *r)
{
	struct flight *f;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < r->nkept + r->nflights; i++)
		writes_wait(&r->writes, &nth_flight(r, i)->write);
	/* If it fails, that is of what is written again now. */
	log_forget(&r->log);
	for (i = 0; i < r->nkept + r->nflights; i++) {
		f = nth_flight(r, i);
		if (!f->write.len)
			continue;
		if (evring_extent_end(&r->session->ring, &f->x))
			writes_start(&r->writes, &f->write);
		else if (i < r->nkept)
			r->session->damaged = true;
	}
	/* Those that are not retired yet fail, if they do, when they are. */
	for (i = 0; i < r->nkept; i++) {
		f = nth_flight(r, i);
		writes_wait(&r->writes, &f->write);
		rc = rc ? rc : f->write.error;
	}
	return rc;
}

/* Return: 0, SINK_DROPPED or -errno. */
static int commit_index(struct raw *r)
{
	int rc;

	do {
		rc = r->log.doubtful ? write_kept_again(r) : 0;
		if (!rc)
			rc = log_commit(&r->log);
	} while (again(r, &rc));
	if (rc)
		return rc;
	r->uncommitted = 0;
	r->first = (r->first + r->nkept) % FLIGHTS;
	r->nkept = 0;
	return 0;
}

static int commit(struct raw *r)
{
	int rc = is_held(r) ? 0 : commit_index(r);

	return failed(r, rc == SINK_DROPPED ? 0 : rc);
}

/* The lines tell what was dropped behind the last records. */
static void note_drops(struct raw *r)
{
	uint64_t seq, drops = 0;
	uint32_t cpu;

	for (cpu = 0; r->dropped && cpu < r->session->control->ncpus; cpu++) {
		evring_place(&r->session->ring, cpu, &seq, &drops);
		log_drops(&r->log, cpu, drops, live_line(r, cpu));
	}
	r->dropped = false;
}

/* All that was taken is in the file, and the file tells of it. */
static int land(struct raw *r)
{
	if (!r->log.control)
		return r->sink.error;
	writes_submit(&r->writes);
	if (retire_flights(r, DEPTH))
		return r->sink.error;
	note_drops(r);
	return commit(r);
}

/* --- files ------------------------------------------------------------------------------------- */

/* Where each CPU stands; @x: what was taken last goes to the next file; or NULL. */
static void take_places(struct raw *r, const struct evring_extent *x)
{
	struct appendix_line *line;
	uint32_t cpu;

	for (cpu = 0; cpu < r->session->control->ncpus; cpu++) {
		line = &r->lines[cpu];
		evring_place(&r->session->ring, cpu, &line->seq, &line->drops);
		if (x && x->cpu == cpu) {
			line->seq = x->seq;
			line->drops = x->drops;
		}
		line->end_seq = line->seq;
		line->end_drops = line->drops;
		r->places[cpu].open = false;
	}
}

static int begin_file(struct raw *r)
{
	const struct session *s = r->session;
	int rc;

	memset(r->types, 0, sizeof(r->types));
	r->turn_at = rotation_turn_at(&s->opt.rotation);
	rc = log_create(&r->log, s->opt.output, s->control, r->nblocks, r->number, r->lines);
	if (writes_file(&r->writes, r->log.fd, s->opt.direct) && !r->told_direct) {
		r->told_direct = true;
		fprintf(stderr, "evlog: --direct: the file system of %s has no O_DIRECT: it is written through the page cache\n",
			s->opt.output);
	}
	return rc;
}

/* An empty file gets no older. */
static bool is_old(const struct raw *r)
{
	return r->turn_at && r->log.used && clock_ns(CLOCK_MONOTONIC) >= r->turn_at;
}

static int end_file(struct raw *r)
{
	uint32_t cpu;

	for (cpu = 0; cpu < r->session->control->ncpus; cpu++)
		log_drops(&r->log, cpu, r->lines[cpu].end_drops, live_line(r, cpu));
	return log_finish(&r->log, r->lines);
}

static int make_step(struct raw *r)
{
	const struct options *opt = &r->session->opt;
	int rc;

	switch (r->step) {
	case STEP_END:
		/* Its records have landed: what the disk may lack is the rest, which is written again. */
		rc = r->log.doubtful ? log_forget(&r->log) : 0;
		return rc ? rc : end_file(r);
	case STEP_SHIFT:
		return rotation_shift(opt->output, r->number);
	case STEP_CREATE:
		return begin_file(r);
	default:
		return rotation_keep(opt->output, &opt->rotation);
	}
}

/* What has to be done once it went well. Return: the step behind it. */
static enum step step_made(struct raw *r)
{
	switch (r->step) {
	case STEP_END:
		return STEP_SHIFT;
	case STEP_SHIFT:
		log_close(&r->log);
		r->uncommitted = 0;
		r->number++;
		return STEP_CREATE;
	case STEP_CREATE:
		return STEP_KEEP;
	default:
		archive_wake(r->session->archive);
		return STEP_NONE;
	}
}

/*
 * The file is full, or old enough: it gets its number, and @x, or what comes, begins the next.
 * Goes on where it could not before. Return: 0, SINK_DROPPED or -errno.
 */
static int next_file(struct raw *r, const struct evring_extent *x)
{
	int rc;

	if (r->step == STEP_NONE) {
		rc = land(r);
		if (rc)
			return rc;
		take_places(r, x);
		r->step = STEP_END;
	}
	while (r->step != STEP_NONE) {
		do {
			rc = make_step(r);
		} while (again(r, &rc));
		if (rc)
			return rc;
		r->step = step_made(r);
	}
	return 0;
}

/* As next_file(); what is to be tried again is no failure. */
static int turn(struct raw *r)
{
	int rc = next_file(r, NULL);

	return failed(r, rc == SINK_DROPPED ? 0 : rc);
}

/* --- taking ------------------------------------------------------------------------------------ */

/* Where in the file @x goes. Return: 0, SINK_DROPPED or -errno. */
static int find_place(struct raw *r, const struct evring_extent *x)
{
	struct place *p = &r->places[x->cpu];
	int64_t slot;
	int rc;

	if (p->open && p->gen == x->gen && p->seq == x->seq)
		return 0;
	if (r->step != STEP_NONE || log_full(&r->log) || is_old(r)) {
		rc = next_file(r, x);
		if (rc)
			return rc;
	}
	do {
		slot = log_claim(&r->log);
		rc = slot < 0 ? (int)slot : 0;
	} while (again(r, &rc));
	if (!rc)
		*p = (struct place){ .open = true, .gen = x->gen, .seq = x->seq,
				     .slot = (uint32_t)slot };
	return rc;
}

/* Makes ready for one more run. Return: 0, SINK_DROPPED or -errno. */
static int make_way(struct raw *r, const struct evring_extent *x)
{
	int rc;

	/* Room for one more; and no file is full while others are on their way there. */
	if (r->nflights == DEPTH)
		writes_submit(&r->writes);
	rc = retire_flights(r, r->nflights == DEPTH ? DEPTH / 2 : 0);
	if (rc)
		return rc;
	if (is_held(r))
		return SINK_DROPPED;
	if (r->uncommitted >= COMMIT_EVERY)
		rc = commit_index(r);
	return rc ? rc : find_place(r, x);
}

/* There was trouble: what has been tried since tells whether it is over. */
static int look_again(struct raw *r)
{
	struct trouble *t = &r->session->trouble;
	uint64_t before = t->retry_at;
	int rc = land(r);

	if (!rc && t->retry_at == before)
		trouble_over(t);
	return rc;
}

/*
 * How much of the block is written. What is behind the last record of a closed one nobody looks
 * at: written with it, it joins one block to the next, and many blocks go in one request.
 */
static uint32_t written_bytes(const struct raw *r, const struct evring_extent *x, uint32_t fill)
{
	if (!x->closed || x->offset != fill)
		return x->bytes;
	return r->session->control->block_size - x->offset;
}

static int raw_extent(struct sink *sink, const struct evring_extent *x)
{
	struct raw *r = raw_of(sink);
	struct place *p = &r->places[x->cpu];
	struct flight *f;
	int rc = make_way(r, x);

	if (rc == SINK_DROPPED) {
		p->open = false;
		give_up(r, x);
		return 0;
	}
	if (failed(r, rc)) {
		evring_extent_end(&r->session->ring, x);
		r->left = *x;
		return rc;
	}
	f = nth_flight(r, r->nkept + r->nflights);
	r->nflights++;
	f->x = *x;
	f->slot = p->slot;
	f->offset = p->fill;
	f->write = (struct write){ .data = x->data, .len = written_bytes(r, x, p->fill),
				   .offset = log_place(&r->log, p->slot, p->fill) };
	p->fill += x->bytes;
	p->seq += x->count;
	p->open = !x->closed;
	sink->taken += x->bytes;
	writes_start(&r->writes, &f->write);
	if (r->session->trouble.error)
		return look_again(r);
	if (r->writes.queued >= BATCH)
		writes_submit(&r->writes);
	return 0;
}

/* What was overrun shows by the sequence numbers of the blocks. */
static int raw_event(struct sink *sink, const struct event_type *t, const struct evring_event *ev,
		     const struct stamp *stamp)
{
	(void)t;
	(void)stamp;
	if (ev->kind == EVRING_DROPPED)
		raw_of(sink)->dropped = true;
	return sink->error;
}

/* No more may come: then this tells whether the trouble is over. */
static int retry(struct raw *r)
{
	int rc;

	if (r->step != STEP_NONE && turn(r))
		return r->sink.error;
	rc = r->step == STEP_NONE ? log_room(&r->log) : SINK_DROPPED;
	again(r, &rc);
	if (!rc)
		rc = look_again(r);
	return failed(r, rc == SINK_DROPPED ? 0 : rc);
}

static int raw_flush(struct sink *sink)
{
	struct raw *r = raw_of(sink);

	if (land(r))
		return sink->error;
	if (r->session->trouble.error)
		return is_held(r) ? 0 : retry(r);
	if (is_old(r))
		turn(r);
	return sink->error;
}

static int raw_reopen(struct sink *sink)
{
	struct raw *r = raw_of(sink);

	/* Nothing has come since the last one was begun, or it is about to be ended. */
	if (sink->error || r->step != STEP_NONE || !r->log.used)
		return sink->error;
	return turn(r);
}

/* After an error: the file ends before what could not be written, and so does what is mended. */
static void abandon(struct raw *r)
{
	struct flight *f;

	while (r->nflights) {
		f = nth_flight(r, r->nkept + --r->nflights);
		writes_wait(&r->writes, &f->write);
		r->lines[f->x.cpu].end_seq = f->x.seq;
		r->lines[f->x.cpu].end_drops = f->x.drops;
	}
}

/* The file is the last one. Return: 0 or -errno. */
static int finish(struct raw *r)
{
	int rc;

	if (r->step != STEP_END) {
		take_places(r, r->left.count ? &r->left : NULL);
		abandon(r);
	}
	do {
		rc = r->log.doubtful ? write_kept_again(r) : 0;
		if (!rc)
			rc = end_file(r);
	} while (again(r, &rc));
	return rc == SINK_DROPPED ? r->session->trouble.error : rc;
}

static int raw_close(struct sink *sink)
{
	struct raw *r = raw_of(sink);

	/* A last attempt. */
	r->session->trouble.retry_at = 0;
	land(r);
	if (!sink->error && r->step != STEP_NONE)
		turn(r);
	if (r->log.control && r->step != STEP_SHIFT)
		failed(r, finish(r));
	else if (r->step != STEP_NONE)
		failed(r, r->session->trouble.error);
	log_close(&r->log);
	writes_close(&r->writes);
	return sink->error;
}

static void raw_explain(const struct sink *sink, int error)
{
	const struct raw *r = raw_of((struct sink *)(uintptr_t)sink);

	fprintf(stderr, "evlog: cannot write to %s: %s%s; what its index tells of is whole: see evlog verify\n",
		r->session->opt.output, strerror(-error),
		trouble_hint(error));
}

static void raw_free(struct sink *sink)
{
	struct raw *r = raw_of(sink);

	free(r->places);
	free(r->lines);
	free(r);
}

static const struct sink_ops raw_ops = {
	.event = raw_event,
	.extent = raw_extent,
	.flush = raw_flush,
	.settle = raw_flush,
	.reopen = raw_reopen,
	.close = raw_close,
	.explain = raw_explain,
	.free = raw_free,
};

/* --- going on with what is there ----------------------------------------------------------------- */

static int refuse(const char *name, int error)
{
	const char *why = strerror(-error);

	if (error == -EBADMSG)
		why = "it is there, and no raw log: choose another name, or remove it";
	else if (error == -EWOULDBLOCK)
		why = "another evlog writes it: choose another name";
	else if (error == -EPROTO)
		why = "a raw log of another version: choose another name";
	fprintf(stderr, "evlog: --output %s: %s\n", name, why);
	return error;
}

static int mend(struct log *l, bool quiet)
{
	struct recovery found = { 0 };
	int rc = recovery_mend(l, &found);

	if (rc)
		return refuse(l->name, rc);
	if (!quiet)
		fprintf(stderr, "evlog: %s was not closed: its %llu records are kept, %llu cut off\n",
			l->name, (unsigned long long)found.records, (unsigned long long)found.cut);
	return 0;
}

/* What is called as --output says gets a number: it stays. @last: the largest so far; answer. */
static int put_aside(struct raw *r, uint64_t *last)
{
	const char *name = r->session->opt.output;
	struct log l = { .durable = r->log.durable };
	int rc = log_open(&l, name, true);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return refuse(name, rc);
	rc = appendix_head(&l.appendix)->closed ? 0 : mend(&l, r->session->opt.quiet);
	if (!rc) {
		rc = rotation_shift(name, *last + 1);
		if (rc)
			refuse(name, rc);
		else
			++*last;
	}
	log_close(&l);
	return rc;
}

static bool is_same_channel(const struct evring_control *a, const struct evring_control *b)
{
	return !memcmp(a->boot_id, b->boot_id, sizeof(a->boot_id)) &&
	       a->created_mono == b->created_mono && a->ncpus == b->ncpus &&
	       !strncmp(a->name, b->name, sizeof(a->name));
}

/* The file @number, to be read; it may have been compressed. */
static int open_complete(struct log *l, const char *output, uint64_t number)
{
	struct unpacked u = { .fd = -1 };
	int rc = rotation_name(output, number, u.path, sizeof(u.path));
	char name[PATH_MAX];

	if (!rc && access(u.path, F_OK)) {
		rc = rotation_form_name(output, number, ROTATION_PACKED, name, sizeof(name));
		rc = rc ? rc : unpack_open(&u, name);
	}
	if (!rc)
		rc = log_open(l, u.path, false);
	l->name = output;
	unpack_close(&u);
	return rc;
}

/*
 * Read on where the youngest file ends, if it is of this channel and nothing else is asked for:
 * what was overrun since then is told.
 */
static void go_on(struct raw *r, uint64_t last)
{
	struct session *s = r->session;
	struct log l = { 0 };
	uint32_t cpu;

	if (!last || s->image || s->opt.latest || s->opt.last_ns ||
	    open_complete(&l, s->opt.output, last))
		return;
	for (cpu = 0; is_same_channel(l.control, s->control) && cpu < s->control->ncpus; cpu++)
		evring_seek_seq(&s->ring, cpu, appendix_line(&l.appendix, cpu)->end_seq);
	log_close(&l);
}

static int prepare_file(struct raw *r)
{
	int64_t last = rotation_last(r->session->opt.output);
	uint64_t number = (uint64_t)last;
	int rc;

	if (last < 0)
		return refuse(r->session->opt.output, (int)last);
	rc = put_aside(r, &number);
	if (rc)
		return rc;
	go_on(r, number);
	r->number = number + 1;
	take_places(r, NULL);
	rc = begin_file(r);
	return rc ? refuse(r->session->opt.output, rc) : 0;
}

static bool is_fit(struct raw *r)
{
	const struct options *opt = &r->session->opt;
	uint64_t size = opt->rotation.size ? opt->rotation.size : FILE_SIZE;

	r->nblocks = log_blocks(r->session->control, size);
	if (size <= (uint64_t)r->session->control->block_size * EVRING_BLOCKS_MAX)
		return true;
	fprintf(stderr, "evlog: --rotate-size: with blocks of %u bytes a file has at most %lluM\n",
		r->session->control->block_size,
		(unsigned long long)r->session->control->block_size * EVRING_BLOCKS_MAX >> 20);
	return false;
}

struct sink *raw_open(struct session *s)
{
	struct raw *r = calloc(1, sizeof(*r));

	if (r) {
		r->sink.ops = &raw_ops;
		r->session = s;
		r->log.fd = -1;
		r->log.durable = s->opt.durable;
		r->keeps = s->opt.durable && s->opt.on_error == ON_ERROR_WAIT;
		writes_open(&r->writes, DEPTH);
		r->places = calloc(s->control->ncpus, sizeof(*r->places));
		r->lines = calloc(s->control->ncpus, sizeof(*r->lines));
	}
	if (!r || !r->places || !r->lines) {
		fprintf(stderr, "evlog: no memory for a log\n");
		goto err;
	}
	if (!is_fit(r) || prepare_file(r))
		goto err;
	if (!r->writes.use_ring)
		fprintf(stderr, "evlog: no io_uring (%s): %s is written by write()\n",
			writes_refusal(r->writes.refused), s->opt.output);
	return &r->sink;
err:
	if (r) {
		writes_close(&r->writes);
		raw_free(&r->sink);
	}
	return NULL;
}
