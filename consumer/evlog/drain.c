// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "drain.h"

#include "clock.h"
#include "notify.h"
#include "session.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHECK_EVERY	256U	/* events between two looks at this machine's clock */

/* How a drain ended. */
enum drained {
	DRAINED_EMPTY,	/* nothing there now */
	DRAINED_END,	/* nothing more is wanted */
	DRAINED_ERROR,	/* told on standard error */
};

void drain_end(struct session *s)
{
	uint64_t now;

	if (s->ending)
		return;
	s->ending = true;
	if (s->follow)
		notify_stopping();
	s->left = s->image ? 0 : s->control->data_size / sizeof(struct evring_record);
	if (!s->image && clock_has_time(s->control)) {
		now = clock_now(s->control);
		if (now < s->end_ns)
			s->end_ns = now;
	}
}

static void show_progress(struct session *s, uint64_t now)
{
	s->progress_at = now + DRAIN_PROGRESS_NS;
	fprintf(stderr, "\revlog: %llu events, %llu lost, %llu bytes ",
		(unsigned long long)s->events, (unsigned long long)session_lost(s),
		(unsigned long long)s->sink->taken);
}

/* For whoever collects metrics, and for a service manager. */
static void report(struct session *s, uint64_t now)
{
	s->report_at = now + METRICS_NS;
	notify_status("%llu events, %llu lost, %llu bytes", (unsigned long long)s->events,
		      (unsigned long long)session_lost(s), (unsigned long long)s->sink->taken);
	if (s->opt.metrics)
		metrics_write(s);
}

/* CLOCK_MONOTONIC of the next thing that look_round() has to do. */
static uint64_t next_look(const struct session *s)
{
	const uint64_t times[] = { s->stop_at, s->progress_at, s->report_at, notify_due(),
				   s->trouble.retry_at };
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] && times[i] < next)
			next = times[i];
	return next;
}

/* What has to be looked at now and then. */
static void look_round(struct session *s)
{
	uint64_t now;

	notify_alive();
	if (next_look(s) == UINT64_MAX)
		return;
	now = clock_ns(CLOCK_MONOTONIC);
	if (s->stop_at && now >= s->stop_at)
		drain_end(s);
	if (s->progress_at && now >= s->progress_at)
		show_progress(s, now);
	if (s->report_at && now >= s->report_at)
		report(s, now);
}

static int show(struct session *s, const struct event_type *t, const struct evring_event *ev,
		uint64_t ns)
{
	struct stamp stamp = { .known = ev->kind == EVRING_RECORD, .ns = ns };

	if (s->wall && stamp.known)
		stamp.wall = ns + s->wall_offset;
	return s->sink->ops->event(s->sink, t, ev, &stamp);
}

static int take_loss(struct session *s, const struct evring_event *ev, uint64_t ns)
{
	if (ev->kind == EVRING_OVERRUN) {
		s->overrun += ev->count;
		s->cpus[ev->cpu].overrun += ev->count;
	} else {
		s->dropped += ev->count;
		s->cpus[ev->cpu].dropped += ev->count;
	}
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
	s->cpus[ev->cpu].received++;
	s->cpus[ev->cpu].bytes += ev->len + sizeof(struct evring_record);
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
		return rc == SINK_DROPPED ? 0 : rc;
	s->events++;
	s->cpus[ev->cpu].events++;
	return s->opt.count && s->events == s->opt.count;
}

/* Writes out what has been shown; only then may the ring forget it. */
static int release(struct session *s)
{
	int rc;

	if (!s->lossless)
		return s->sink->ops->flush(s->sink);
	rc = s->sink->ops->settle(s->sink);
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
	if (!s->sink->error)
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

/*
 * The next event, or the next run for a sink that takes those. @bytes: grows by what that was.
 *
 * Return: as evring_next(); if there was one, @taken is what became of it: 1 if it was the last
 * one wanted, 0 to go on, -errno.
 */
static int next_event(struct session *s, uint64_t *bytes, int *taken)
{
	struct evring_event ev;
	int rc = evring_next(&s->ring, &ev);

	if (rc <= 0)
		return rc;
	if (ev.kind == EVRING_RECORD)
		*bytes += ev.len + sizeof(struct evring_record);
	*taken = take(s, &ev);
	return rc;
}

static int next_run(struct session *s, uint64_t *bytes, int *taken)
{
	struct evring_extent x;
	int rc;

	if (s->ending && !s->left) {
		*taken = 1;
		return 1;
	}
	rc = evring_extent_take(&s->ring, &x);
	if (rc <= 0)
		return rc;
	if (rc == 2) {
		*taken = take_loss(s, &x.loss, 0);
		return rc;
	}
	*bytes += x.bytes;
	if (s->ending)
		s->left -= x.count < s->left ? x.count : s->left;
	*taken = s->sink->ops->extent(s->sink, &x);
	return rc;
}

/* Shows all there is. @bytes: answer: about how much that was. */
static enum drained drain(struct session *s, uint64_t *bytes)
{
	int (*next)(struct session *s, uint64_t *bytes, int *taken) =
		s->sink->ops->extent ? next_run : next_event;
	uint64_t release_at = s->ack_step;
	unsigned int n;
	int rc, taken;

	*bytes = 0;
	for (n = 0;; n++) {
		if (signals_stop)
			drain_end(s);
		if (n % CHECK_EVERY == 0)
			look_round(s);
		/* It is not kept waiting until there is nothing more. */
		if (signals_hangup && !s->ending)
			return DRAINED_EMPTY;
		rc = next(s, bytes, &taken);
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
		if (rc > 0)
			rc = taken;
		if (rc >= 0 && s->lossless && *bytes >= release_at) {
			release_at = *bytes + s->ack_step;
			rc = release(s) < 0 ? s->sink->error : rc;
		}
		if (rc < 0)
			return drain_failed(s, rc);
		if (rc)
			return DRAINED_END;
	}
}

/* SIGHUP came. What fails is told when the sink is closed. */
static int reopen(struct session *s)
{
	int rc;

	signals_hangup = 0;
	signals_forget();
	/* A signal to end that came just now is not forgotten: it is looked at before sleeping. */
	notify_reloading();
	rc = s->sink->ops->reopen ? s->sink->ops->reopen(s->sink) : 0;
	notify_ready();
	return rc;
}

/* Sleeps until a signal, until look_round() has something to do, @until, or @fd. */
static int sleep_on(struct session *s, int fd, uint64_t until)
{
	struct pollfd pfd[2] = {
		{ .fd = s->stop_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	struct timespec ts;
	uint64_t now = clock_ns(CLOCK_MONOTONIC), next = next_look(s);

	if (next < until)
		until = next;
	until = until > now ? until - now : 0;
	ts.tv_sec = (time_t)(until / 1000000000U);
	ts.tv_nsec = (long)(until % 1000000000U);
	if (ppoll(pfd, fd < 0 ? 1 : 2, &ts, NULL) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

bool drain_pause(void *session, uint64_t until)
{
	struct session *s = session;

	do {
		look_round(s);
		if (signals_stop || s->ending || sleep_on(s, -1, until))
			break;
		/* It stays to be done. Whoever sent it may have made room. */
		if (signals_hangup) {
			signals_forget();
			break;
		}
	} while (clock_ns(CLOCK_MONOTONIC) < until);
	return !signals_stop && !s->ending;
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

int drain_run(struct session *s)
{
	enum drained how;
	uint64_t since, bytes;
	int rc;

	for (;;) {
		since = clock_ns(CLOCK_MONOTONIC);
		how = drain(s, &bytes);
		if (how != DRAINED_EMPTY || s->ending || !s->follow)
			return how == DRAINED_ERROR ? -1 : 0;
		if (release(s) || (signals_hangup && reopen(s)))
			return -1;
		if (signals_stop)
			continue;
		rc = wait_more(s, since, bytes);
		if (rc) {
			fprintf(stderr, "evlog: %s: cannot wait for events: %s\n", s->path,
				strerror(-rc));
			return -1;
		}
	}
}
