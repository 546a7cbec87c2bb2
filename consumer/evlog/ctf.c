// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ctf.h"

#include "clock.h"
#include "ctf_class.h"
#include "ctf_metadata.h"
#include "ctf_stream.h"
#include "rotation.h"
#include "session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* For messages: what of the directory failed. */
#define OF_METADATA	"metadata"

/**
 * struct ctf - the sink.
 * @sink: what others know of it.
 * @session: the run it is part of.
 * @path: the directory; @dir its descriptor.
 * @policy: when another one is begun.
 * @number: that this one then gets.
 * @turn_at: CLOCK_MONOTONIC when it is old enough; 0: never.
 * @size: bytes in its files when that was last added up.
 * @before: bytes in the traces before it.
 * @ended: there is none: going on failed.
 * @told: standard error says why.
 * @control: the channel's.
 * @decoder: knows what is in records.
 * @durable: what is settled is on the disk.
 * @metadata: what tells the trace.
 * @streams: one for each CPU.
 * @ncpus: how many.
 * @found: bytes that were in its files at the start.
 * @latest: the latest time stamp there was; at first, when the channel was made.
 * @had_record: there was a record.
 * @classes: id + 1 of the class of each type; 0: not asked yet.
 * @user_bytes: that of a write() that is no text.
 * @undecoded: that of events that are not decoded.
 * @failed_cpu: the CPU whose file failed first; below 0: something else did.
 */
struct ctf {
	struct sink sink;
	struct session *session;
	const char *path;
	int dir;
	const struct rotation *policy;
	uint64_t number;
	uint64_t turn_at;
	uint64_t size;
	uint64_t before;
	bool ended;
	bool told;
	const struct evring_control *control;
	const struct decoder *decoder;
	bool durable;
	struct ctf_metadata metadata;
	struct ctf_stream *streams;
	uint32_t ncpus;
	uint64_t found;
	uint64_t latest;
	bool had_record;
	uint32_t classes[DECODE_TYPES];
	uint32_t user_bytes;
	uint32_t undecoded;
	int64_t failed_cpu;
};

static struct ctf *ctf_of(struct sink *sink)
{
	return (struct ctf *)(void *)((char *)sink - offsetof(struct ctf, sink));
}

/* Keeps the first failure. @cpu: whose file it was; below 0: another. Return: @rc. */
static int fail(struct ctf *c, int64_t cpu, int rc)
{
	if (rc < 0 && !c->sink.error) {
		c->sink.error = rc;
		c->failed_cpu = cpu;
	}
	return rc;
}

/* --- events --------------------------------------------------------------------------------------- */

/* The stream of @cpu, or NULL. */
static struct ctf_stream *stream_of(struct ctf *c, uint32_t cpu)
{
	struct ctf_stream *s = &c->streams[cpu];
	int rc;

	if (s->fd >= 0)
		return s;
	rc = fail(c, cpu, ctf_stream_open(s, c->dir));
	return rc ? NULL : s;
}

/* Return: the id of the class, or -errno. */
static int class_of(struct ctf *c, const struct event_type *t, bool text)
{
	uint32_t *known = !t ? &c->undecoded :
			  t->type == EVRING_TYPE_USER && !text ? &c->user_bytes :
			  &c->classes[t->type];
	int rc;

	if (!*known) {
		rc = ctf_metadata_class(&c->metadata, t, text);
		if (rc < 0)
			return fail(c, -1, rc);
		*known = (uint32_t)rc + 1;
	}
	return (int)(*known - 1);
}

/* As the metadata's struct event.header and event.context. */
static void put_head(struct ctf_bytes *b, const struct ctf *c, uint16_t class,
		     const struct event_type *t, const struct evring_event *ev, uint64_t ns)
{
	struct value comm, pid;
	int32_t tid;

	decode_task(c->decoder, t, ev, &comm, &pid);
	tid = pid.kind == VALUE_NONE ? -1 : (int32_t)pid.number;
	ctf_put(b, &class, sizeof(class));
	if (clock_has_time(c->control))
		ctf_put(b, &ns, sizeof(ns));
	ctf_put(b, &ev->seq, sizeof(ev->seq));
	ctf_put(b, &tid, sizeof(tid));
	ctf_put_string(b, comm.bytes, comm.kind == VALUE_NONE ? 0 : comm.len);
}

/*
 * Puts the event as its type has it; if @t is NULL, as bytes, which always has room.
 * Return: 1 if that was not possible, 0, -errno.
 */
static int put_event(struct ctf *c, struct ctf_bytes *b, const struct event_type *t,
		     const struct evring_event *ev, uint64_t ns)
{
	bool text = t && ctf_class_is_text(ev);
	int class = class_of(c, t, text);

	if (class < 0)
		return class;
	put_head(b, c, (uint16_t)class, t, ev, ns);
	return !ctf_class_put(b, t, ev, text) || b->full;
}

static uint64_t bytes(const struct ctf *c)
{
	uint64_t sum = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < c->ncpus; cpu++)
		sum += c->streams[cpu].offset;
	return sum;
}

static void add_up(struct ctf *c)
{
	c->size = bytes(c);
	c->sink.written = c->before + c->size - c->found;
}

/* @all: also losses of CPUs that had no event yet. */
static int flush(struct ctf *c, bool all)
{
	struct ctf_stream *s;
	uint32_t cpu;

	for (cpu = 0; cpu < c->ncpus && !c->sink.error; cpu++) {
		s = &c->streams[cpu];
		if (all || s->has_last)
			fail(c, cpu, ctf_stream_flush(s, all ? c->latest : 0));
	}
	add_up(c);
	return c->sink.error;
}

static int put_record(struct ctf *c, struct ctf_stream *s, const struct event_type *t,
		      const struct evring_event *ev, uint64_t ns)
{
	struct ctf_bytes room, b;
	int rc;

	if (ns > c->latest || !c->had_record)
		c->latest = ns;
	c->had_record = true;
	rc = fail(c, s->cpu, ctf_stream_begin(s, ev, &ns, &room));
	if (rc)
		return rc;
	if (t && (!ctf_class_expressible(t) || decode_fit(t, ev) != FIT_WHOLE))
		t = NULL;
	b = room;
	rc = put_event(c, &b, t, ev, ns);
	if (rc == 1) {
		b = room;
		rc = put_event(c, &b, NULL, ev, ns);
	}
	if (rc < 0)
		return rc;
	c->sink.taken += (uint64_t)(b.at - room.at);
	if (!ctf_stream_end(s, ev, ns, &b))
		return 0;
	rc = fail(c, s->cpu, ctf_stream_flush(s, 0));
	add_up(c);
	return rc;
}

/* --- opening --------------------------------------------------------------------------------------- */

/* Return: 0, -ENOTEMPTY if there is anything, -errno. */
static int check_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			rc = -ENOTEMPTY;
	closedir(dir);
	return rc;
}

static int refuse(const struct ctf *c, const char *why)
{
	fprintf(stderr, "evlog: --output %s: %s\n", c->path ? c->path : "-", why);
	return -EINVAL;
}

static int open_dir(struct ctf *c)
{
	if (!c->path)
		return refuse(c, "a trace is a directory: name one by --output DIR");
	if (mkdir(c->path, 0750) && errno != EEXIST)
		return refuse(c, strerror(errno));
	c->dir = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir < 0)
		return refuse(c, errno == ENOTDIR ? "a trace is a directory, and that is none: choose another name" :
			      strerror(errno));
	if (flock(c->dir, LOCK_EX | LOCK_NB))
		return refuse(c, errno == EWOULDBLOCK ? "another evlog writes there: choose another directory" :
			      strerror(errno));
	return 0;
}

static int resume_stream(struct ctf *c, struct ctf_stream *s)
{
	char name[16];
	uint64_t cut;
	int rc = ctf_stream_resume(s, c->dir, &cut);

	ctf_stream_name(s->cpu, name, sizeof(name));
	if (rc == -EBADMSG)
		fprintf(stderr, "evlog: %s/%s: damaged behind its first %llu bytes: choose another directory\n",
			c->path, name, (unsigned long long)s->offset);
	else if (rc)
		fprintf(stderr, "evlog: %s/%s: %s\n", c->path, name, strerror(-rc));
	else if (cut)
		fprintf(stderr, "evlog: %s/%s: cut off %llu bytes of a packet that was not whole\n",
			c->path, name, (unsigned long long)cut);
	return rc;
}

/* A trace that is not gone on with can be read, at least, if its packets are whole. */
static void mend(struct ctf *c)
{
	DIR *dir = opendir(c->path);
	const struct dirent *entry;
	struct ctf_stream s;

	while (dir && (entry = readdir(dir))) {
		s = (struct ctf_stream){ .metadata = &c->metadata, .fd = -1 };
		if (sscanf(entry->d_name, "cpu%u", &s.cpu) != 1)
			continue;
		resume_stream(c, &s);
		ctf_stream_close(&s);
	}
	if (dir)
		closedir(dir);
}

static int open_metadata(struct ctf *c, const struct ctf_origin *origin, bool *resumed)
{
	int rc = ctf_metadata_open(&c->metadata, c->dir, origin, resumed);

	if (rc == -EEXIST || (!rc && *resumed && !origin->live)) {
		mend(c);
		return refuse(c, rc ? "there is a trace, but not of this channel since it was made: choose another directory" :
			      "there is a trace already: choose another directory");
	}
	if (!rc && !*resumed)
		rc = check_empty(c->path);
	if (!rc)
		rc = ctf_metadata_sync(&c->metadata);
	if (rc == -ENOTEMPTY)
		return refuse(c, "the directory is not empty, and holds no trace of evlog's: choose another");
	return rc ? refuse(c, strerror(-rc)) : 0;
}

static int open_streams(struct ctf *c, bool resumed)
{
	uint32_t cpu, ncpus = c->control->ncpus;
	struct ctf_stream *s;
	int rc = 0;

	c->streams = calloc(ncpus, sizeof(*c->streams));
	if (!c->streams)
		return refuse(c, strerror(ENOMEM));
	for (c->ncpus = 0; c->ncpus < ncpus; c->ncpus++) {
		s = &c->streams[c->ncpus];
		s->metadata = &c->metadata;
		s->has_time = clock_has_time(c->control);
		s->fd = -1;
		s->cpu = c->ncpus;
	}
	for (cpu = 0; resumed && cpu < c->ncpus && !rc; cpu++)
		rc = resume_stream(c, &c->streams[cpu]);
	c->found = bytes(c);
	c->size = c->found;
	return rc;
}

/* There is a file for each CPU. */
static void raise_files_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_trace(struct ctf *c)
{
	struct ctf_origin origin = { .control = c->control, .live = !c->session->image };
	bool resumed = false;

	if (open_dir(c) || open_metadata(c, &origin, &resumed) || open_streams(c, resumed))
		return -EINVAL;
	c->turn_at = rotation_turn_at(c->policy);
	return 0;
}

/* --- one trace after another ------------------------------------------------------------------------ */

/* Brings all that was taken to the disk. Return: 0 or the first -errno. */
static int close_trace(struct ctf *c)
{
	uint32_t cpu;

	flush(c, true);
	if (!c->sink.error)
		fail(c, -1, ctf_metadata_sync(&c->metadata));
	for (cpu = 0; cpu < c->ncpus; cpu++)
		fail(c, cpu, ctf_stream_close(&c->streams[cpu]));
	if (fsync(c->dir))
		fail(c, -1, -errno);
	return c->sink.error;
}

/* The next one has classes of its own, and of each CPU goes on where this one ends. */
static int open_next(struct ctf *c)
{
	struct ctf_stream *before = c->streams;
	uint32_t cpu;
	int rc;

	ctf_metadata_close(&c->metadata);
	close(c->dir);
	c->dir = -1;
	c->streams = NULL;
	memset(c->classes, 0, sizeof(c->classes));
	c->user_bytes = 0;
	c->undecoded = 0;
	c->before += c->size - c->found;
	rc = open_trace(c);
	c->told = rc != 0;
	for (cpu = 0; cpu < c->ncpus && !rc; cpu++)
		if (c->streams[cpu].fd < 0)
			ctf_stream_follow(&c->streams[cpu], &before[cpu]);
	free(before);
	return rc;
}

/* This trace is complete: where they are rotated it gets its number. The next is begun. */
static int turn(struct ctf *c)
{
	int rc = close_trace(c);

	c->ended = true;
	if (!rc && rotation_is_wanted(c->policy))
		rc = rotation_shift(c->path, c->number++);
	if (!rc) {
		rc = open_next(c);
		c->ended = rc != 0;
	}
	if (!rc)
		rc = rotation_keep(c->path, c->policy);
	return fail(c, -1, rc);
}

/* Does what comes go to the next trace? */
static bool is_time(const struct ctf *c)
{
	if (c->size == c->found)
		return false;
	if (c->policy->size && c->size >= c->policy->size)
		return true;
	return c->turn_at && clock_ns(CLOCK_MONOTONIC) >= c->turn_at;
}

/* What is there as --output says gets the next number: it is mended, and stays. */
static int put_aside(struct ctf *c, const struct ctf_origin *origin, uint64_t *last)
{
	bool resumed = false;
	int rc = open_dir(c);

	if (rc)
		return rc;
	rc = ctf_metadata_open(&c->metadata, c->dir, origin, &resumed);
	if (rc == -EEXIST || resumed) {
		mend(c);
		rc = rotation_shift(c->path, *last + 1);
		*last += !rc;
	} else if (!rc) {
		rc = check_empty(c->path);
	}
	ctf_metadata_close(&c->metadata);
	close(c->dir);
	c->dir = -1;
	if (rc == -ENOTEMPTY)
		return refuse(c, "the directory is not empty, and holds no trace of evlog's: choose another");
	return rc ? refuse(c, strerror(-rc)) : 0;
}

/*
 * Looks into trace @number for where those CPUs end that are not @found yet. Return: whether older
 * ones may be asked for the others.
 */
static bool find_ends(struct ctf *c, const struct ctf_origin *origin, uint64_t number,
		      struct ctf_stream *ends)
{
	struct ctf_metadata m;
	char path[PATH_MAX];
	bool same = false, all = true;
	uint64_t cut;
	uint32_t cpu;
	int dir;

	if (rotation_name(c->path, number, path, sizeof(path)))
		return false;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	if (ctf_metadata_open(&m, dir, origin, &same))
		same = false;
	for (cpu = 0; same && cpu < c->control->ncpus; cpu++) {
		if (ends[cpu].resumed)
			continue;
		ends[cpu] = (struct ctf_stream){ .metadata = &m, .cpu = cpu, .fd = -1,
						 .has_time = clock_has_time(c->control) };
		/* Of one that has no packet it is not known. */
		if (ctf_stream_resume(&ends[cpu], dir, &cut) || !ends[cpu].offset)
			ends[cpu].resumed = false;
		ctf_stream_close(&ends[cpu]);
		all = all && ends[cpu].resumed;
	}
	ctf_metadata_close(&m);
	close(dir);
	return same && !all;
}

/*
 * Read on where the traces that are there end, if they are of this channel and nothing else is
 * asked for: what was overrun since then is told.
 */
static int go_on(struct ctf *c, const struct ctf_origin *origin, uint64_t last)
{
	const struct options *opt = &c->session->opt;
	struct ctf_stream *ends;
	uint32_t cpu;

	if (!origin->live || opt->latest || opt->last_ns)
		return 0;
	ends = calloc(c->control->ncpus, sizeof(*ends));
	if (!ends)
		return refuse(c, strerror(ENOMEM));
	while (last && find_ends(c, origin, last, ends))
		last--;
	for (cpu = 0; cpu < c->ncpus; cpu++) {
		if (!ends[cpu].resumed)
			continue;
		ctf_stream_follow(&c->streams[cpu], &ends[cpu]);
		evring_seek_seq(&c->session->ring, cpu, ends[cpu].seq_next);
	}
	free(ends);
	return 0;
}

static int open_first(struct ctf *c)
{
	struct ctf_origin origin = { .control = c->control, .live = !c->session->image };
	int64_t found = rotation_last(c->path);
	uint64_t last = (uint64_t)found;
	int rc;

	if (found < 0)
		return refuse(c, strerror((int)-found));
	rc = put_aside(c, &origin, &last);
	c->number = last + 1;
	if (!rc)
		rc = open_trace(c);
	return rc ? rc : go_on(c, &origin, last);
}

/* --- the sink ----------------------------------------------------------------------------------------- */

static int ctf_event(struct sink *sink, const struct event_type *t, const struct evring_event *ev,
		     const struct stamp *stamp)
{
	struct ctf *c = ctf_of(sink);
	struct ctf_stream *s;

	if (sink->error || ev->cpu >= c->ncpus || (is_time(c) && turn(c)))
		return sink->error;
	s = stream_of(c, ev->cpu);
	if (!s)
		return sink->error;
	if (ctf_stream_is_known(s, ev))
		return 0;
	if (ev->kind == EVRING_RECORD)
		return put_record(c, s, t, ev, stamp->ns);
	ctf_stream_lose(s, ev);
	return 0;
}

static int ctf_flush(struct sink *sink)
{
	struct ctf *c = ctf_of(sink);

	if (flush(c, false) || !is_time(c))
		return sink->error;
	return turn(c);
}

/* A loss of a CPU without events is told at the end: of that nothing can be acknowledged. */
static int ctf_settle(struct sink *sink)
{
	struct ctf *c = ctf_of(sink);
	uint32_t cpu;

	flush(c, false);
	for (cpu = 0; c->durable && cpu < c->ncpus && !sink->error; cpu++)
		fail(c, cpu, ctf_stream_sync(&c->streams[cpu]));
	return sink->error;
}

/* Is the directory not what its name leads to any more? */
static bool is_moved(const struct ctf *c)
{
	struct stat ours, named;

	return fstat(c->dir, &ours) || stat(c->path, &named) || ours.st_dev != named.st_dev ||
	       ours.st_ino != named.st_ino;
}

static int ctf_reopen(struct sink *sink)
{
	struct ctf *c = ctf_of(sink);

	if (flush(c, false) || !(rotation_is_wanted(c->policy) ? c->size != c->found : is_moved(c)))
		return sink->error;
	return turn(c);
}

static int ctf_close(struct sink *sink)
{
	struct ctf *c = ctf_of(sink);

	return c->ended ? sink->error : close_trace(c);
}

static void ctf_explain(const struct sink *sink, int error)
{
	const struct ctf *c = ctf_of((struct sink *)(uintptr_t)sink);
	char name[16] = OF_METADATA;

	if (c->told)
		return;
	if (c->failed_cpu >= 0)
		ctf_stream_name((uint32_t)c->failed_cpu, name, sizeof(name));
	fprintf(stderr, "evlog: cannot write to %s/%s: %s%s; the trace ends with whole packets\n", c->path,
		name, strerror(-error),
		error == -ENOSPC ? ": make room there" :
		error == -EFBIG ? ": see ulimit -f" :
		error == -EMFILE ? ": see ulimit -n: there is a file for each CPU" : "");
}

static void ctf_free(struct sink *sink)
{
	struct ctf *c = ctf_of(sink);

	ctf_metadata_close(&c->metadata);
	if (c->dir >= 0)
		close(c->dir);
	free(c->streams);
	free(c);
}

static const struct sink_ops ctf_ops = {
	.event = ctf_event,
	.flush = ctf_flush,
	.settle = ctf_settle,
	.reopen = ctf_reopen,
	.close = ctf_close,
	.explain = ctf_explain,
	.free = ctf_free,
};

static void abandon(struct ctf *c)
{
	uint32_t cpu;

	for (cpu = 0; cpu < c->ncpus; cpu++)
		ctf_stream_close(&c->streams[cpu]);
	ctf_free(&c->sink);
}

struct sink *ctf_open(struct session *s)
{
	struct ctf *c = calloc(1, sizeof(*c));

	if (!c) {
		fprintf(stderr, "evlog: no memory for a trace\n");
		return NULL;
	}
	c->sink.ops = &ctf_ops;
	c->session = s;
	c->path = s->opt.output;
	c->policy = &s->opt.rotation;
	c->dir = -1;
	c->control = s->control;
	c->decoder = &s->decoder;
	c->durable = s->opt.durable;
	c->latest = s->control->clock == EVRING_CLOCK_REALTIME ? s->control->created_real :
		    s->control->created_mono;
	raise_files_limit();
	if (rotation_is_wanted(c->policy) ? open_first(c) : open_trace(c)) {
		abandon(c);
		return NULL;
	}
	return &c->sink;
}
