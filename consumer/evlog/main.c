// SPDX-License-Identifier: GPL-2.0
/*
 * evlog: streams the events of an evring channel to a terminal, a pipe or a file.
 *
 * One loop: drain what the ring has, flush, sleep until there is more. After it
 * has been asked to end, it still shows what had been emitted by that moment.
 */
#define _GNU_SOURCE
#include "boot.h"
#include "clock.h"
#include "decode.h"
#include "filter.h"
#include "format.h"
#include "options.h"
#include "output.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_EVERY	256U	/* events between two looks at this machine's clock */
#define PROGRESS_NS	1000000000ULL

/* How a drain ended. */
enum drained {
	DRAINED_EMPTY,	/* nothing there now */
	DRAINED_END,	/* nothing more is wanted */
	DRAINED_ERROR,	/* told on standard error */
};

/**
 * struct session - one run.
 * @opt: what is wanted.
 * @ring: the reader.
 * @path: what was opened.
 * @control: the channel's control page.
 * @out: where lines go.
 * @line: the line being made.
 * @format: how a line is made.
 * @decoder: knows what is in records.
 * @filter: knows which are wanted.
 * @types_fd: device that @decoder asks; -1: none, or @ring's.
 * @stop_fd: readable once a signal came.
 * @image: the channel is an image, nothing will be added.
 * @follow: wait for more.
 * @ending: only what was emitted by now is still wanted.
 * @removed: the channel was removed.
 * @damaged: a CPU's events could not be read to their end.
 * @lossless: the reader gates: what has been written out is acknowledged.
 * @paced: poll() keeps to the watermark and the deadline.
 * @wall: wall time is wanted; @wall_offset makes it.
 * @begin_ns: events before this (channel clock) are not wanted.
 * @end_ns: nor those after this.
 * @left: nor more than so many, once @ending.
 * @started: CLOCK_MONOTONIC at the start.
 * @stop_at: CLOCK_MONOTONIC when --duration is over; 0: never.
 * @progress_at: CLOCK_MONOTONIC of the next progress line; 0: none.
 * @ack_step: bytes to take before they are written out and acknowledged.
 * @events: events shown.
 * @overrun: events lost as the ring went round.
 * @dropped: events that the producers could not store.
 */
struct session {
	struct options opt;
	struct evring ring;
	char path[PATH_MAX];
	const struct evring_control *control;
	struct output out;
	struct line line;
	format_fn format;
	struct decoder decoder;
	struct filter filter;
	int types_fd;
	int stop_fd;
	bool image;
	bool follow;
	bool ending;
	bool removed;
	bool damaged;
	bool lossless;
	bool paced;
	bool wall;
	uint64_t wall_offset;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t left;
	uint64_t started;
	uint64_t stop_at;
	uint64_t progress_at;
	uint64_t ack_step;
	uint64_t events;
	uint64_t overrun;
	uint64_t dropped;
};

/* From now on only what has been emitted by now is wanted; of an image, nothing more. */
static void end_now(struct session *s)
{
	uint64_t now;

	if (s->ending)
		return;
	s->ending = true;
	s->left = s->image ? 0 : s->control->data_size / sizeof(struct evring_record);
	if (!s->image && clock_has_time(s->control)) {
		now = clock_now(s->control);
		if (now < s->end_ns)
			s->end_ns = now;
	}
}

static uint64_t lost(const struct session *s)
{
	return s->overrun + s->dropped;
}

static void show_progress(struct session *s, uint64_t now)
{
	s->progress_at = now + PROGRESS_NS;
	fprintf(stderr, "\revlog: %llu events, %llu lost, %llu bytes ",
		(unsigned long long)s->events, (unsigned long long)lost(s),
		(unsigned long long)s->out.offset);
}

/* What has to be looked at now and then. */
static void look_round(struct session *s)
{
	uint64_t now;

	if (!s->stop_at && !s->progress_at)
		return;
	now = clock_ns(CLOCK_MONOTONIC);
	if (s->stop_at && now >= s->stop_at)
		end_now(s);
	if (s->progress_at && now >= s->progress_at)
		show_progress(s, now);
}

static int show(struct session *s, const struct event_type *t, const struct evring_event *ev,
		uint64_t ns)
{
	struct stamp stamp = { .known = ev->kind == EVRING_RECORD, .ns = ns };

	if (s->wall && stamp.known)
		stamp.wall = ns + s->wall_offset;
	s->line.len = 0;
	s->format(&s->line, &s->decoder, t, ev, &stamp);
	return output_write(&s->out, s->line.data, s->line.len);
}

static int take_loss(struct session *s, const struct evring_event *ev, uint64_t ns)
{
	if (ev->kind == EVRING_OVERRUN)
		s->overrun += ev->count;
	else
		s->dropped += ev->count;
	return show(s, NULL, ev, ns);
}

/* Once: those that could be decoded if tracefs could be read. */
static void note_unknown(struct session *s, uint32_t type)
{
	if (type >= EVRING_TYPE_PADDING || !s->decoder.tracefs_error)
		return;
	if (!s->opt.quiet)
		fprintf(stderr, "evlog: events of tracefs are shown as bytes: cannot read /sys/kernel/tracing/events: %s\n",
			strerror(-s->decoder.tracefs_error));
	s->decoder.tracefs_error = 0;
}

/* Return: 1 if it was the last one wanted, 0 to go on, -errno. */
static int take(struct session *s, const struct evring_event *ev)
{
	const struct event_type *t;
	uint64_t ns = evring_time_ns(&s->ring, ev->time);
	int rc;

	if (s->ending && !s->left--)
		return 1;
	if (ev->kind != EVRING_RECORD)
		return take_loss(s, ev, ns);
	if (ns > s->end_ns)
		return 1;
	t = decode_type(&s->decoder, ev->type);
	if (!t)
		note_unknown(s, ev->type);
	else if (t->ntasks)
		decode_learn(&s->decoder, t, ev);
	if (ns < s->begin_ns || !filter_cpu(&s->filter, ev->cpu) ||
	    !filter_wants(&s->filter, t, ev))
		return 0;
	rc = show(s, t, ev, ns);
	if (rc)
		return rc;
	s->events++;
	return s->opt.count && s->events == s->opt.count;
}

/* Writes out what has been shown; only then may the ring forget it. */
static int release(struct session *s)
{
	int rc;

	if (!s->lossless)
		return output_flush(&s->out);
	rc = output_settle(&s->out);
	if (rc)
		return rc;
	rc = evring_ack(&s->ring);
	if (!rc || rc == -EINTR)
		return 0;
	s->lossless = false;
	fprintf(stderr, "evlog: %s: %s\n", s->path, evring_explain(rc));
	return 0;
}

static enum drained drain_failed(const struct session *s, int rc)
{
	if (!s->out.error)
		fprintf(stderr, "evlog: %s: cannot read on: %s\n", s->path, strerror(-rc));
	return DRAINED_ERROR;
}

/* What is left of a damaged image may be all that its owner has: the other CPUs go on. */
static void tell_damage(struct session *s)
{
	s->damaged = true;
	fprintf(stderr, "evlog: %s: damaged: the events of one CPU end here, those of others go on\n",
		s->path);
}

/* Shows all there is. @bytes: answer: about how much that was. */
static enum drained drain(struct session *s, uint64_t *bytes)
{
	uint64_t release_at = s->ack_step;
	struct evring_event ev;
	unsigned int n;
	int rc;

	*bytes = 0;
	for (n = 0;; n++) {
		if (signals_stop)
			end_now(s);
		if (n % CHECK_EVERY == 0)
			look_round(s);
		rc = evring_next(&s->ring, &ev);
		if (!rc)
			return DRAINED_EMPTY;
		if (rc == -ENODEV) {
			s->removed = !s->image;
			return DRAINED_END;
		}
		if (rc == -EBADMSG) {
			tell_damage(s);
			continue;
		}
		if (rc > 0) {
			if (ev.kind == EVRING_RECORD)
				*bytes += ev.len + sizeof(struct evring_record);
			rc = take(s, &ev);
		}
		if (rc >= 0 && s->lossless && *bytes >= release_at) {
			release_at = *bytes + s->ack_step;
			rc = release(s) < 0 ? s->out.error : rc;
		}
		if (rc < 0)
			return drain_failed(s, rc);
		if (rc)
			return DRAINED_END;
	}
}

/* Sleeps until a signal, the end of --duration, a progress line, @until, or @fd. */
static int sleep_on(struct session *s, int fd, uint64_t until)
{
	struct pollfd pfd[2] = {
		{ .fd = s->stop_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	struct timespec ts;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (s->stop_at && s->stop_at < until)
		until = s->stop_at;
	if (s->progress_at && s->progress_at < until)
		until = s->progress_at;
	until = until > now ? until - now : 0;
	ts.tv_sec = (time_t)(until / 1000000000U);
	ts.tv_nsec = (long)(until % 1000000000U);
	if (ppoll(pfd, fd < 0 ? 1 : 2, &ts, NULL) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/*
 * Waits for more: for as much as the watermark, or until the deadline after the first, so
 * that an event made by this process's own waking up does not wake it at once again. Where
 * the kernel does not know watermarks, sleeps out the deadline first; unless so much came
 * that the ring might go round.
 */
static int wait_more(struct session *s, uint64_t since, uint64_t bytes)
{
	int rc = 0;

	if (!s->paced && bytes < s->control->data_size / 8)
		rc = sleep_on(s, -1, since + s->opt.deadline_ns);
	if (rc || signals_stop)
		return rc;
	rc = evring_position(&s->ring);
	if (rc)
		return rc < 0 ? rc : 0;
	return sleep_on(s, evring_fd(&s->ring), UINT64_MAX);
}

static int run(struct session *s)
{
	enum drained how;
	uint64_t since, bytes;
	int rc;

	for (;;) {
		since = clock_ns(CLOCK_MONOTONIC);
		how = drain(s, &bytes);
		if (how != DRAINED_EMPTY || s->ending || !s->follow)
			return how == DRAINED_ERROR ? -1 : 0;
		if (release(s))
			return -1;
		rc = wait_more(s, since, bytes);
		if (rc) {
			fprintf(stderr, "evlog: %s: cannot wait for events: %s\n", s->path,
				strerror(-rc));
			return -1;
		}
	}
}

/* A name is a channel's, unless there is no such channel but such a file. */
static int find_channel(struct session *s)
{
	const char *name = s->opt.channel;
	const char *folder = strchr(name, '/') ? "" : "/dev/evring/";
	struct stat st;
	int n;

	n = snprintf(s->path, sizeof(s->path), "%s%s", folder, name);
	if (n >= 0 && (size_t)n < sizeof(s->path) && *folder && stat(s->path, &st) &&
	    !stat(name, &st))
		n = snprintf(s->path, sizeof(s->path), "./%s", name);
	if (n < 0 || (size_t)n >= sizeof(s->path)) {
		fprintf(stderr, "evlog: %.40s...: the name is too long\n", name);
		return -1;
	}
	s->image = !stat(s->path, &st) && S_ISREG(st.st_mode);
	return 0;
}

static int open_reader(const struct session *s, struct evring *r, uint32_t start, uint32_t flags)
{
	struct evring_opts opts = { .size = sizeof(opts), .start = start, .flags = flags };
	int rc = evring_open(r, s->path, &opts);

	if (rc < 0)
		fprintf(stderr, "evlog: %s: %s\n", s->path, evring_explain(rc));
	return rc < 0 ? rc : 0;
}

/* The time of the newest event of an image, found by reading all of it. */
static int newest_of_image(const struct session *s, uint64_t *ns)
{
	struct evring_event ev;
	struct evring r;
	uint64_t t;
	int rc;

	rc = open_reader(s, &r, EVRING_SEEK_OLDEST, EVRING_OPT_BLOCK_ORDER);
	if (rc)
		return rc;
	*ns = 0;
	while (!signals_stop && ((rc = evring_next(&r, &ev)) > 0 || rc == -EBADMSG)) {
		t = evring_time_ns(&r, ev.time);
		if (rc > 0 && ev.kind == EVRING_RECORD && t > *ns)
			*ns = t;
	}
	evring_close(&r);
	return rc == -ENODEV || rc == -EBADMSG || rc > 0 ? 0 : rc;
}

/* --last: go to where it begins. */
static int seek_last(struct session *s)
{
	uint64_t end = 0;
	int rc = 0;

	if (s->image)
		rc = newest_of_image(s, &end);
	else
		end = clock_now(s->control);
	if (rc)
		return rc;
	s->begin_ns = end > s->opt.last_ns ? end - s->opt.last_ns : 0;
	return evring_seek(&s->ring, EVRING_SEEK_TIME, clock_raw(s->control, s->begin_ns));
}

static int check_time(struct session *s)
{
	const char *option = s->opt.last_ns ? "--last" : "--wall";

	if ((s->opt.last_ns || s->opt.wall) && !clock_has_time(s->control)) {
		fprintf(stderr, "evlog: %s: %s keeps no time stamps: leave it out, or create the channel with a --clock other than none\n",
			option, s->path);
		return -1;
	}
	s->wall = s->opt.wall;
	if (s->wall && !clock_to_wall(s->control, !s->image, &s->wall_offset)) {
		fprintf(stderr, "evlog: --wall: an image by the boottime clock does not tell wall time: leave it out\n");
		return -1;
	}
	return 0;
}

/* What is there already is shown first, and may still be overrun. */
static int start_lossless(struct session *s)
{
	int rc = s->opt.latest ? 0 : evring_gate(&s->ring);

	if (rc) {
		fprintf(stderr, "evlog: --lossless: %s: %s\n", s->path, evring_explain(rc));
		return rc;
	}
	s->lossless = true;
	s->ack_step = s->control->data_size / 16;
	if (s->control->features & EVRING_FEATURE_PARTITIONED)
		s->ack_step /= s->control->ncpus;
	return 0;
}

/*
 * Wake when the deadline is over, or earlier when so much of one CPU waits that the ring
 * might go round if all CPUs had as much.
 */
static int set_watermark(struct session *s)
{
	uint64_t bytes = s->control->data_size / 4 / s->control->ncpus;
	int rc;

	if (s->opt.watermark)
		bytes = s->opt.watermark;
	if (!s->opt.deadline_ns)
		bytes = 0;
	rc = evring_watermark(&s->ring, bytes, s->opt.deadline_ns / 1000);
	s->paced = !rc;
	if (!s->opt.watermark || !rc)
		return 0;
	fprintf(stderr, "evlog: --watermark: %s: %s\n", s->path,
		rc == -ERANGE ? "more than half the ring" : strerror(-rc));
	return rc;
}

/* Emptying a file that is mapped would kill this process. */
static bool output_is_input(const struct session *s)
{
	struct stat in, out;

	if (!s->opt.output || stat(s->path, &in) || stat(s->opt.output, &out) ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return false;
	fprintf(stderr, "evlog: --output %s: that is what is being read: choose another file\n",
		s->opt.output);
	return true;
}

static int open_channel(struct session *s)
{
	uint32_t flags = 0;
	int rc;

	if (find_channel(s) || output_is_input(s))
		return -1;
	if (s->image && s->opt.lossless) {
		fprintf(stderr, "evlog: --lossless: %s is an image of a channel, nothing of it is lost: leave it out\n",
			s->path);
		return -1;
	}
	if (s->opt.lossless)
		flags = EVRING_OPT_WRITABLE | EVRING_OPT_MANUAL_ACK;
	/* What comes from now on: not what is overrun before the ring is held. */
	if (s->opt.lossless && s->opt.latest)
		flags |= EVRING_OPT_LOSSLESS;
	rc = open_reader(s, &s->ring, s->opt.latest ? EVRING_SEEK_LATEST : EVRING_SEEK_OLDEST,
			 flags);
	if (rc)
		return rc;
	s->control = evring_control_page(&s->ring);
	rc = check_time(s);
	if (!rc && s->image && (s->opt.follow == FOLLOW_YES || s->opt.latest)) {
		fprintf(stderr, "evlog: %s: %s is an image of a channel, nothing will be added to it: leave it out\n",
			s->opt.latest ? "--new" : "--follow", s->path);
		rc = -1;
	}
	if (!rc && s->opt.last_ns) {
		rc = seek_last(s);
		if (rc)
			fprintf(stderr, "evlog: --last: %s: cannot find the place: %s\n", s->path,
				strerror(-rc));
	}
	if (!rc && s->opt.lossless)
		rc = start_lossless(s);
	if (!rc && !s->image)
		rc = set_watermark(s);
	if (rc)
		evring_close(&s->ring);
	return rc;
}

/*
 * Of an image of another boot only evring's own types are known: of all others the numbers
 * mean something else here.
 *
 * Return: 0, or the status to exit by, which has been explained.
 */
static int open_decoder(struct session *s)
{
	struct decode_source source = { .fd = -1, .known = filter_type, .ctx = &s->filter };
	int rc;

	s->types_fd = -1;
	source.tracefs = !s->image || boot_is_this(s->control);
	if (!s->image)
		source.fd = evring_fd(&s->ring);
	else if (source.tracefs)
		s->types_fd = source.fd = open("/dev/evring/control", O_RDONLY | O_CLOEXEC);
	s->filter.opt = &s->opt;
	rc = decode_open(&s->decoder, &source);
	if (rc) {
		fprintf(stderr, "evlog: cannot decode: %s\n", strerror(-rc));
		return EXIT_FAILURE;
	}
	rc = filter_open(&s->filter, &s->opt, &s->decoder);
	if (rc)
		filter_close(&s->filter, false);
	if (rc)
		decode_close(&s->decoder);
	return rc;
}

static void close_decoder(struct session *s)
{
	filter_close(&s->filter, !s->opt.quiet);
	decode_close(&s->decoder);
	if (s->types_fd >= 0)
		close(s->types_fd);
}

/* Everything that the options and the channel decide before the first event. */
static void prepare(struct session *s)
{
	const struct options *opt = &s->opt;

	s->format = opt->json ? format_json : format_text;
	s->end_ns = UINT64_MAX;
	s->started = clock_ns(CLOCK_MONOTONIC);
	s->stop_at = opt->duration_ns ? s->started + opt->duration_ns : 0;
	if (opt->output && !opt->quiet && isatty(STDERR_FILENO))
		s->progress_at = s->started + PROGRESS_NS;
	s->follow = !s->image && (opt->follow == FOLLOW_YES ||
				  (opt->follow == FOLLOW_DEFAULT && !opt->last_ns));
	if (!s->follow && !s->image)
		end_now(s);
}

static void summarize(const struct session *s)
{
	double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - s->started) / 1e9;

	if (s->opt.quiet)
		return;
	if (s->progress_at)
		fputs("\r\033[K", stderr);
	if (s->removed)
		fprintf(stderr, "evlog: %s was removed\n", s->path);
	fprintf(stderr, "evlog: %llu events, %llu lost (%llu overrun, %llu dropped), %.0f events/s, %llu bytes written, %.3f s\n",
		(unsigned long long)s->events, (unsigned long long)lost(s),
		(unsigned long long)s->overrun, (unsigned long long)s->dropped,
		seconds > 0 ? (double)s->events / seconds : 0.0,
		(unsigned long long)s->out.written, seconds);
}

static void explain_output(const struct session *s, int error)
{
	fprintf(stderr, "evlog: cannot write to %s: %s%s", s->out.name, strerror(-error),
		error == -ENOSPC ? ": make room there" :
		error == -EFBIG ? ": see ulimit -f" : "");
	if (s->out.regular)
		fprintf(stderr, "; the file ends after the %llu bytes that could be written",
			(unsigned long long)s->out.written);
	fputc('\n', stderr);
}

/* Ends the output, tells how it went, and makes the exit status of it all. */
static int finish(struct session *s, int failed)
{
	int error = output_close(&s->out);

	if (error == -EPIPE && !s->opt.output) {
		signals_raise_pipe();
		return EXIT_FAILURE;
	}
	summarize(s);
	if (error)
		explain_output(s, error);
	if (error || failed || s->damaged)
		return EXIT_FAILURE;
	return s->opt.fail_on_loss && lost(s) ? EXIT_LOSS : EXIT_SUCCESS;
}

/* Where a standard file is closed, writing to it must fail, not go to what is opened next. */
static void hold_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static struct session s;
	int status = options_parse(&s.opt, argc, argv);

	if (status >= 0)
		return status;
	status = EXIT_FAILURE;
	hold_standard_files();
	s.stop_fd = signals_open();
	if (s.stop_fd < 0) {
		fprintf(stderr, "evlog: cannot take signals: %s\n", strerror(-s.stop_fd));
		return status;
	}
	if (open_channel(&s))
		return status;
	status = open_decoder(&s);
	if (!status) {
		status = EXIT_FAILURE;
		if (!output_open(&s.out, s.opt.output)) {
			prepare(&s);
			status = finish(&s, run(&s));
		}
		close_decoder(&s);
	}
	evring_close(&s.ring);
	return status;
}
