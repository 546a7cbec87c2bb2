// SPDX-License-Identifier: GPL-2.0
/* What emitting costs the producer. */
#include "backend.h"
#include "channel.h"
#include "peer.h"
#include "verify.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS		500000U

/** enum watching - what an observer does meanwhile. */
enum watching {
	WATCH_NONE,	/* there is none */
	WATCH_IDLE,	/* has the channel mapped, and does nothing */
	WATCH_ARMED,	/* is to be woken when half of the ring is to be read, which is not reached */
	WATCH_GATING,	/* gates, with all acknowledged at the start */
	WATCH_SLEEPING,	/* sleeps until woken, reads, sleeps again */
	WATCH_POLLING,	/* looks at the ring all the time */
};

static const struct variant {
	const char *call;
	const char *observer;
	uint32_t flags;
	enum watching watching;
	unsigned int observers;
} variants[] = {
	{ "emit", "none", 0, WATCH_NONE, 0 },
	{ "emit", "idle", 0, WATCH_IDLE, 1 },
	{ "emit", "8 idle", 0, WATCH_IDLE, 8 },
	{ "emit", "64 idle", 0, WATCH_IDLE, 64 },
	{ "emit", "asleep", 0, WATCH_ARMED, 1 },
	{ "emit", "gating", 0, WATCH_GATING, 1 },
	{ "emit", "sleeping", 0, WATCH_SLEEPING, 1 },
	{ "emit", "polling", 0, WATCH_POLLING, 1 },
	{ "reserve", "none", EVRING_GENERATOR_RESERVE, WATCH_NONE, 0 },
};

#define NVARIANTS	(ARRAY_SIZE(variants))

/**
 * struct observer - readers that the producer should not feel.
 * @backend: how they read.
 * @readers: they; the first is the thread's.
 * @n: how many are open.
 * @stop: asks its thread to come to its end.
 * @ready: its thread is at work.
 * @err: what went wrong in its thread.
 */
struct observer {
	struct backend backend;
	struct consumer *readers;
	unsigned int n;
	enum watching watching;
	pthread_t thread;
	bool stop;
	bool ready;
	int err;
};

static void *observe(void *arg)
{
	struct observer *o = arg;
	struct consumer *c = &o->readers[0];
	struct tally t = { 0 };

	__atomic_store_n(&o->ready, true, __ATOMIC_RELEASE);
	while (!o->err && !__atomic_load_n(&o->stop, __ATOMIC_ACQUIRE)) {
		if (o->watching == WATCH_SLEEPING)
			o->err = c->backend->access->wait(c, 20);
		if (!o->err)
			o->err = c->backend->run(c, &t);
	}
	return NULL;
}

static bool has_thread(enum watching watching)
{
	return watching == WATCH_SLEEPING || watching == WATCH_POLLING;
}

static void close_readers(struct observer *o)
{
	while (o->n)
		consumer_close(&o->readers[--o->n]);
	free(o->readers);
}

/* Who gates here takes nothing, and who is asleep here shall not be woken. */
static bool fits_half(enum watching watching)
{
	return watching == WATCH_ARMED || watching == WATCH_GATING;
}

/* So many records of each CPU that half of the ring is not full of all. */
static uint64_t half_ring(const struct channel *ch, const struct options *opts, uint32_t payload)
{
	return channel_capacity(ch, payload) / 2 / 16 * 15 / (uint64_t)CPU_COUNT(&opts->producers);
}

/* The first reader, as it stands while the producer is at work. */
static int settle(struct consumer *c, enum watching watching, const struct channel *ch)
{
	int err = 0;

	if (watching == WATCH_GATING)
		err = evring_gate(&c->ring);
	if (watching == WATCH_ARMED)
		err = evring_watermark(&c->ring, ch->info.data_size / 2, 0);
	if (watching == WATCH_ARMED && !err)
		err = evring_position(&c->ring);
	if (err > 0)
		return fail("emit: there is something to read already");
	return err ? fail("%s: %s", c->path, evring_explain(err)) : 0;
}

static int open_readers(struct observer *o, const struct variant *v, const struct channel *ch,
			uint32_t payload)
{
	int err = 0;

	o->backend = backends[0];
	if (v->watching == WATCH_GATING)
		o->backend.flags |= EVRING_OPT_WRITABLE;
	o->readers = calloc(v->observers, sizeof(*o->readers));
	if (!o->readers)
		return fail("no memory for observers");
	while (!err && o->n < v->observers)
		err = consumer_open(&o->readers[o->n++], &o->backend, ch->path, payload);
	return err ? err : settle(&o->readers[0], v->watching, ch);
}

/* Its thread inherits our CPU, the consumer's. */
static int observer_start(struct observer *o, const struct variant *v, const struct channel *ch,
			  uint32_t payload)
{
	int err;

	memset(o, 0, sizeof(*o));
	o->watching = v->watching;
	if (!v->observers)
		return 0;
	err = open_readers(o, v, ch, payload);
	if (!err && has_thread(v->watching)) {
		err = pthread_create(&o->thread, NULL, observe, o);
		if (err)
			fail("no thread for an observer: %s", strerror(err));
	}
	if (err) {
		close_readers(o);
		return -1;
	}
	while (has_thread(v->watching) && !__atomic_load_n(&o->ready, __ATOMIC_ACQUIRE))
		sched_yield();
	return 0;
}

static int observer_stop(struct observer *o)
{
	__atomic_store_n(&o->stop, true, __ATOMIC_RELEASE);
	if (has_thread(o->watching))
		pthread_join(o->thread, NULL);
	close_readers(o);
	return o->err;
}

static int emit_once(struct channel *ch, const struct burst *b, struct sample *s)
{
	struct burst_result res;

	if (channel_emit(ch, b, &res))
		return -1;
	/* Each CPU had the time to itself: the cost is that of one of them. */
	s->elapsed_ns = res.elapsed_ns;
	s->records = b->count;
	s->bytes = b->count * b->payload;
	s->dropped = res.failed;
	return interrupted() ? fail("interrupted") : 0;
}

static int run_variant(struct channel *ch, const struct options *opts, const struct variant *v,
		       uint32_t payload, struct sample *s)
{
	struct burst b = {
		.flags = EVRING_GENERATOR_FIXED | v->flags,
		.payload = payload,
		.count = options_records(opts, RECORDS),
		.cpus = &opts->producers,
	};
	struct observer o;
	int err;

	if (fits_half(v->watching) && b.count > half_ring(ch, opts, payload))
		b.count = half_ring(ch, opts, payload);
	if (observer_start(&o, v, ch, payload))
		return -1;
	err = emit_once(ch, &b, s);
	return observer_stop(&o) || err ? -1 : 0;
}

/* A reader that was there before the burst must find it whole, or be told. */
static int verify(struct channel *ch, const struct options *opts, uint32_t payload, uint32_t flags)
{
	struct burst b = {
		.flags = EVRING_GENERATOR_FIXED | flags,
		.payload = payload,
		.count = options_records(opts, RECORDS),
		.cpus = &opts->producers,
	};
	const struct evring_opts latest = { .size = sizeof(latest), .start = EVRING_SEEK_LATEST };
	struct burst_result res;
	struct tally t = { 0 };
	struct evring ring;
	int err = evring_open(&ring, ch->path, &latest);

	if (err)
		return fail("%s: %s", ch->path, evring_explain(err));
	err = channel_emit(ch, &b, &res);
	if (!err)
		err = verify_mapped(&ring, payload, res.attempted, &t);
	evring_close(&ring);
	return err;
}

static bool can_run(const struct options *opts, const struct variant *v)
{
	return cpu_apart(opts) || !has_thread(v->watching);
}

static int measure(struct channel *ch, const struct options *opts, uint32_t payload,
		   struct report *r)
{
	size_t first = r->nresults, at, i;
	struct sample s = { 0 };
	unsigned int run;

	for (i = 0; i < NVARIANTS; i++)
		if (can_run(opts, &variants[i]) &&
		    !report_add(r, MODE_EMIT, variants[i].call, variants[i].observer, payload))
			return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = 0, at = first; i < NVARIANTS; i++) {
			if (!can_run(opts, &variants[i]))
				continue;
			progress("emit: %u bytes, run %u of %u, %s, observer %s", payload, run + 1,
				 opts->warmup + opts->repeats, variants[i].call,
				 variants[i].observer);
			if (run_variant(ch, opts, &variants[i], payload, &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, at, &s);
			at++;
		}
	}
	return 0;
}

static int run_size(const struct options *opts, uint32_t payload, struct report *r)
{
	struct channel ch;
	int err = channel_make(&ch, opts, payload);

	if (!err)
		err = verify(&ch, opts, payload, 0);
	if (!err)
		err = verify(&ch, opts, payload, EVRING_GENERATOR_RESERVE);
	if (!err)
		err = measure(&ch, opts, payload, r);
	channel_remove(&ch);
	return err;
}

/** emit_run() - the producer's cost, with and without observers, and that of evring's peers. */
int emit_run(const struct options *opts, struct report *r)
{
	unsigned int i;

	if (!cpu_apart(opts))
		note("emit: no CPU for an observer that is at work: only idle ones are measured");
	for (i = 0; i < opts->nsizes; i++)
		if (run_size(opts, opts->sizes[i], r) || peers_emit(opts, opts->sizes[i], r))
			return -1;
	return 0;
}
