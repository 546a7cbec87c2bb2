// SPDX-License-Identifier: GPL-2.0
/*
 * How long does it take from when a record is due to when its reader runs?
 *
 * The generator emits at a rate, in interrupts of its CPU; readers note when they got what.
 */
#include "arrival.h"
#include "backend.h"
#include "channel.h"
#include "tap.h"
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAYLOAD		64U
#define DURATION	2.0		/* seconds */
#define DURATION_QUICK	0.3
#define PATIENCE_NS	5000000000U	/* without any record */
#define SLEEP_MS	100
#define ROOM		(64U << 10)	/* bytes of a read() */

static const uint64_t usual_rates[] = { 100, 1000, 10000 };

struct waiting;

/**
 * struct watcher - a reader that notes when it got what.
 * @how: what kind of reader.
 * @ch: the channel.
 * @ring: the mapping's reader; it is open if @mapped.
 * @fd: descriptor for read(), or -1.
 * @epoll: what it sleeps on, or -1.
 * @buffer: for read().
 * @tap: BPF's reader, or NULL.
 * @arrivals: room for @count of them.
 * @count: records that shall come.
 * @t: what came, @t.records of them in @arrivals.
 */
struct watcher {
	const struct waiting *how;
	struct channel *ch;
	struct evring ring;
	bool mapped;
	int fd;
	int epoll;
	char *buffer;
	struct tap *tap;
	struct arrival *arrivals;
	uint64_t count;
	struct tally t;
};

/**
 * struct waiting - a way to wait for records and to get them.
 * @name: for the tables.
 * @wakes: the channel wakes it; one that it does not must never cost a wake-up.
 * @missing: why this machine does not have it, or NULL if it does; may be NULL.
 * @open: get ready; watcher_close() follows also after a failure.
 * @wait: until there may be something, at most SLEEP_MS.
 * @take: note everything that is there.
 */
struct waiting {
	const char *name;
	bool wakes;
	const char *(*missing)(void);
	int (*open)(struct watcher *w);
	int (*wait)(struct watcher *w);
	int (*take)(struct watcher *w);
};

/* The time is taken first: checking a record does not delay what is told of it. */
static int arrive(struct watcher *w, uint32_t type, const void *payload, uint32_t len,
		  uint64_t emitted)
{
	struct arrival *a = &w->arrivals[w->t.records];
	struct evring_event_generator event;
	uint64_t seen = clock_now();

	if (w->t.records == w->count)
		return fail("latency: a record more than the generator was asked for");
	if (verify_record(type, payload, len, PAYLOAD, &w->t))
		return -1;
	memcpy(&event, payload, sizeof(event));
	*a = (struct arrival){ event.number, emitted, seen };
	return 0;
}

static int open_mapped(struct watcher *w)
{
	const struct evring_opts opts = {
		.size = sizeof(opts),
		.start = EVRING_SEEK_LATEST,
		.flags = EVRING_OPT_POPULATE,
		.watermark_bytes = 1,
	};
	int err = evring_open(&w->ring, w->ch->path, &opts);

	if (err)
		return fail("%s: %s", w->ch->path, evring_explain(err));
	w->mapped = true;
	return 0;
}

static int take_mapped(struct watcher *w)
{
	struct evring_event ev;
	int got, err = 0;

	while (!err && (got = evring_next(&w->ring, &ev)) > 0) {
		if (ev.kind == EVRING_OVERRUN)
			w->t.overrun += ev.count;
		else if (ev.kind == EVRING_DROPPED)
			w->t.dropped += ev.count;
		else
			err = arrive(w, ev.type, ev.payload, ev.len, ev.time);
	}
	if (!err && got < 0)
		return fail("evring_next: %s", evring_explain(got));
	return err;
}

static int wait_mapped(struct watcher *w)
{
	int err = evring_wait(&w->ring, SLEEP_MS);

	return err < 0 && err != -EINTR ? fail("evring_wait: %s", evring_explain(err)) : 0;
}

static int wait_not(struct watcher *w)
{
	(void)w;
	return 0;
}

static int sleep_on_epoll(struct watcher *w)
{
	struct epoll_event event;

	if (epoll_wait(w->epoll, &event, 1, SLEEP_MS) < 0 && errno != EINTR)
		return fail("epoll_wait: %s", strerror(errno));
	return 0;
}

static int add_to_epoll(struct watcher *w, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event))
		return fail("epoll: %s", strerror(errno));
	return 0;
}

static int open_epoll_mapped(struct watcher *w)
{
	return open_mapped(w) || add_to_epoll(w, evring_fd(&w->ring)) ? -1 : 0;
}

static int wait_epoll_mapped(struct watcher *w)
{
	int more = evring_position(&w->ring);

	if (more < 0)
		return fail("evring_position: %s", evring_explain(more));
	return more ? 0 : sleep_on_epoll(w);
}

static int open_epoll_read(struct watcher *w)
{
	struct evring_seek_args latest = { .size = sizeof(latest), .whence = EVRING_SEEK_LATEST };

	w->buffer = malloc(ROOM);
	if (!w->buffer)
		return fail("no memory");
	w->fd = open(w->ch->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (w->fd < 0 || ioctl(w->fd, EVRING_IOC_SEEK, &latest))
		return fail("%s: %s", w->ch->path, strerror(errno));
	return add_to_epoll(w, w->fd);
}

static int take_one(struct watcher *w, const struct evring_record *rec)
{
	const struct evring_loss *loss = (const void *)(rec + 1);

	switch (rec->type) {
	case EVRING_TYPE_RUN:
		return 0;
	case EVRING_TYPE_OVERRUN:
		w->t.overrun += loss->count;
		return 0;
	case EVRING_TYPE_DROPPED:
		w->t.dropped += loss->count;
		return 0;
	default:
		return arrive(w, rec->type, rec + 1, rec->size - (uint32_t)sizeof(*rec), rec->time);
	}
}

static int take_read(struct watcher *w)
{
	const struct evring_record *rec;
	const char *at, *end;
	ssize_t got;

	while ((got = read(w->fd, w->buffer, ROOM)) > 0) {
		end = w->buffer + got;
		for (at = w->buffer; at < end; at += (rec->size + 7U) & ~7U) {
			rec = (const void *)at;
			if (take_one(w, rec))
				return -1;
		}
	}
	if (got < 0 && errno != EAGAIN)
		return fail("read of %u bytes: %s", ROOM, strerror(errno));
	return 0;
}

static int arrive_by_tap(void *ctx, const void *payload, uint32_t len, uint64_t time)
{
	return arrive(ctx, EVRING_TYPE_GENERATOR, payload, len, time);
}

static int open_tap(struct watcher *w, bool perf)
{
	w->tap = tap_open(perf, arrive_by_tap, w);
	return w->tap ? 0 : -1;
}

static int open_tap_ring(struct watcher *w)
{
	return open_tap(w, false);
}

static int open_tap_perf(struct watcher *w)
{
	return open_tap(w, true);
}

/* libbpf waits and takes in one call. */
static int wait_tap(struct watcher *w)
{
	int err = tap_poll(w->tap, SLEEP_MS);

	w->t.dropped = tap_lost(w->tap);
	return err;
}

static int take_nothing(struct watcher *w)
{
	(void)w;
	return 0;
}

static const struct waiting waitings[] = {
	{ "epoll, mapped", true, NULL, open_epoll_mapped, wait_epoll_mapped, take_mapped },
	{ "evring_wait()", true, NULL, open_mapped, wait_mapped, take_mapped },
	{ "epoll, read()", true, NULL, open_epoll_read, sleep_on_epoll, take_read },
	{ "polling, mapped", false, NULL, open_mapped, wait_not, take_mapped },
	{ "epoll, BPF ring", false, tap_missing, open_tap_ring, wait_tap, take_nothing },
	{ "epoll, BPF perf", false, tap_missing, open_tap_perf, wait_tap, take_nothing },
};

#define NWAITINGS	(ARRAY_SIZE(waitings))

static int watcher_open(struct watcher *w, const struct waiting *how, struct channel *ch,
			uint64_t count)
{
	memset(w, 0, sizeof(*w));
	w->how = how;
	w->ch = ch;
	w->fd = -1;
	w->epoll = -1;
	w->count = count;
	/* Written once, so that no page of it is first touched while the time runs. */
	w->arrivals = malloc((count + 1) * sizeof(*w->arrivals));
	if (!w->arrivals)
		return fail("no memory for %llu records: give a lower --rate or --duration",
			    (unsigned long long)count);
	memset(w->arrivals, 0xff, (count + 1) * sizeof(*w->arrivals));
	return how->open(w);
}

static void watcher_close(struct watcher *w)
{
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->fd >= 0)
		close(w->fd);
	if (w->mapped)
		evring_close(&w->ring);
	if (w->tap)
		tap_close(w->tap);
	free(w->buffer);
	free(w->arrivals);
}

/* Until all that was asked for is accounted for. */
static int watch(struct watcher *w)
{
	uint64_t last = clock_now(), before;

	while (tally_total(&w->t) < w->count && !interrupted()) {
		before = tally_total(&w->t);
		if (w->how->wait(w) || w->how->take(w))
			return -1;
		if (tally_total(&w->t) != before)
			last = clock_now();
		else if (clock_now() - last > PATIENCE_NS)
			break;
	}
	if (interrupted())
		return fail("interrupted");
	return verify_accounting(w->how->name, &w->t, w->count);
}

/* The generator runs beside the reader, which may not cost it a wake-up unless it sleeps. */
static int measure_watcher(struct watcher *w, const struct options *opts, uint64_t rate,
			   struct sample *s)
{
	cpu_set_t cpus;
	struct burst b = {
		.flags = EVRING_GENERATOR_IRQ,
		.payload = PAYLOAD,
		.count = w->count,
		.rate = rate,
		.cpus = &cpus,
	};
	uint64_t before, after, cpu = clock_cpu(), begun = clock_now();
	uint32_t source;
	int err;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu_first(&opts->producers), &cpus);
	if (channel_wakeups(w->ch, &before) || channel_start(w->ch, &b, &source))
		return -1;
	err = watch(w);
	s->elapsed_ns = clock_now() - begun;
	s->cpu_ns = clock_cpu() - cpu;
	s->records = w->t.records;
	s->bytes = w->t.records * PAYLOAD;
	s->overrun = w->t.overrun;
	s->dropped = w->t.dropped;
	if (channel_stop(w->ch, source) || err || channel_wakeups(w->ch, &after))
		return -1;
	s->wakeups = after - before;
	if (s->wakeups && !w->how->wakes)
		return fail("%s: the producer paid for %llu wake-ups of a reader that never sleeps",
			    w->how->name, (unsigned long long)s->wakeups);
	return 0;
}

static int run_once(struct channel *ch, const struct options *opts, const struct waiting *how,
		    uint64_t rate, struct histogram *all, struct sample *s)
{
	double seconds = options_duration(opts, opts->quick ? DURATION_QUICK : DURATION);
	uint64_t count = 1 + (uint64_t)((double)rate * seconds);
	struct watcher w;
	int err = watcher_open(&w, how, ch, count > 1 ? count : 2);

	if (!err)
		err = measure_watcher(&w, opts, rate, s);
	if (!err)
		err = arrival_evaluate(w.arrivals, w.t.records, rate, all, s);
	watcher_close(&w);
	return err;
}

/* What of the table there is here. */
static bool has[NWAITINGS];

static void find_out(void)
{
	const char *why;
	size_t i;

	for (i = 0; i < NWAITINGS; i++) {
		why = waitings[i].missing ? waitings[i].missing() : NULL;
		has[i] = !why;
		if (why)
			note("latency: %s is left out: %s", waitings[i].name, why);
	}
}

static int add_results(struct report *r, uint64_t rate)
{
	struct result *res;
	size_t i;

	for (i = 0; i < NWAITINGS; i++) {
		if (!has[i])
			continue;
		res = report_add(r, MODE_LATENCY, waitings[i].name, "", PAYLOAD);
		if (!res)
			return -1;
		res->rate = rate;
		res->latency = calloc(1, sizeof(*res->latency));
		if (!res->latency)
			return fail("no memory");
	}
	return 0;
}

/* One run of each reader; results from number @at on. */
static int run_all(struct channel *ch, const struct options *opts, uint64_t rate, bool counts,
		   struct report *r, size_t at)
{
	struct sample s = { 0 };
	size_t i;

	for (i = 0; i < NWAITINGS; i++) {
		if (!has[i])
			continue;
		if (run_once(ch, opts, &waitings[i], rate, counts ? r->results[at].latency : NULL,
			     &s))
			return -1;
		if (counts)
			report_sample(r, at, &s);
		at++;
	}
	return 0;
}

/* The readers take turns within a repeat, so that a disturbance hits them all. */
static int run_rate(struct channel *ch, const struct options *opts, uint64_t rate,
		    struct report *r)
{
	unsigned int run, runs = opts->warmup + opts->repeats;
	size_t first = r->nresults;

	if (add_results(r, rate))
		return -1;
	for (run = 0; run < runs; run++) {
		progress("latency: %llu records/s, run %u of %u", (unsigned long long)rate,
			 run + 1, runs);
		if (run_all(ch, opts, rate, run >= opts->warmup, r, first))
			return -1;
	}
	return 0;
}

/** latency_run() - from due to seen, by each way to wait, at each rate. */
int latency_run(const struct options *opts, struct report *r)
{
	const uint64_t *rates = opts->nrates ? opts->rates : usual_rates;
	size_t i, n = opts->nrates ? opts->nrates : ARRAY_SIZE(usual_rates);
	struct channel ch;
	int err = channel_make(&ch, opts, PAYLOAD);

	if (!cpu_apart(opts))
		note("latency: the generator's interrupts and the reader share CPU %d",
		     opts->consumer);
	find_out();
	for (i = 0; i < n && !err; i++)
		err = run_rate(&ch, opts, rates[i], r);
	channel_remove(&ch);
	return err;
}
