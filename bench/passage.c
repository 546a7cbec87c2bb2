// SPDX-License-Identifier: GPL-2.0
/* evring's peers end to end: emitting and reading at once, on CPUs of their own. */
#include "peer.h"

#include <pthread.h>
#include <string.h>

#define RECORDS		200000U
#define SLEEP_MS	20
#define TRIES		10	/* for a run in which nothing leaks */
#define LEAKED		1	/* records are gone and nobody told */

/* What a consumer does when there is nothing to read. */
static const struct idling {
	const char *name;
	bool sleeps;
} idlings[] = {
	{ "spin", false },
	{ "sleep", true },
};

/**
 * struct emitting - the thread that has records emitted.
 * @b: to where.
 * @burst: what.
 * @res: what came of it.
 * @err: it failed, and said why.
 * @done: it has come to its end.
 */
struct emitting {
	struct peer_buffer *b;
	struct peer_burst burst;
	struct peer_result res;
	int err;
	bool done;
};

static void *emit(void *arg)
{
	struct emitting *e = arg;

	e->err = peer_emit(e->b, &e->burst, &e->res);
	__atomic_store_n(&e->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Read until the emitting is over and nothing is left; @last: when the last record came. */
static int consume(struct emitting *e, bool sleeps, struct tally *t, uint64_t *last)
{
	const struct peer_kind *kind = e->b->peer->kind;
	uint64_t before;
	bool done;

	for (;;) {
		done = __atomic_load_n(&e->done, __ATOMIC_ACQUIRE);
		before = t->records;
		if (kind->read(e->b, t, false))
			return -1;
		if (t->records != before)
			*last = clock_now();
		else if (done)
			return 0;
		else if (sleeps && kind->wait(e->b, SLEEP_MS))
			return -1;
	}
}

/* LEAKED, if the peer is known to do it: nothing is measured by that run. */
static int run_once(struct peer_buffer *b, bool sleeps, struct sample *s)
{
	struct emitting e = {
		.b = b,
		.burst = {
			.count = options_records(b->opts, RECORDS),
			.cpus = &b->opts->producers,
			.beside = true,
		},
	};
	uint64_t start, last, used = clock_thread();
	struct tally t = { 0 };
	pthread_t thread;
	int err;

	start = clock_now();
	last = start;
	err = pthread_create(&thread, NULL, emit, &e);
	if (err)
		return fail("no thread to emit: %s", strerror(err));
	err = consume(&e, sleeps, &t, &last);
	s->cpu_ns = clock_thread() - used;
	pthread_join(thread, NULL);
	if (err || e.err)
		return -1;
	s->elapsed_ns = last - start;
	s->records = t.records;
	s->bytes = t.records * b->payload;
	s->dropped = e.res.dropped;
	if (b->peer->flags & PEER_LEAKS && t.records < e.res.stored) {
		note("stream: %s, %u-byte payload: %llu of %llu records vanished untold; run again",
		     b->peer->name, b->payload, (unsigned long long)(e.res.stored - t.records),
		     (unsigned long long)e.res.stored);
		return LEAKED;
	}
	return peer_compare(b, &t, &e.res);
}

static int run_whole(struct peer_buffer *b, bool sleeps, struct sample *s)
{
	unsigned int tries;
	int err = LEAKED;

	for (tries = 0; err == LEAKED && tries < TRIES; tries++)
		err = run_once(b, sleeps, s);
	return err == LEAKED ? fail("%s: no run in %u was whole", b->peer->name, TRIES) : err;
}

static bool can_idle(const struct peer_buffer *b, const struct idling *how)
{
	return !how->sleeps || b->peer->flags & PEER_WAITS;
}

static int measure_run(struct peer_buffer *all, int n, struct report *r, size_t at, bool counts)
{
	struct sample s = { 0 };
	size_t how;
	int i;

	for (i = 0; i < n; i++) {
		for (how = 0; how < ARRAY_SIZE(idlings); how++) {
			if (!can_idle(&all[i], &idlings[how]))
				continue;
			progress("stream: %u bytes, %s, %s", all[i].payload, all[i].peer->name,
				 idlings[how].name);
			if (run_whole(&all[i], idlings[how].sleeps, &s))
				return -1;
			if (counts)
				report_sample(r, at, &s);
			at++;
		}
	}
	return 0;
}

static int measure(struct peer_buffer *all, int n, const struct options *opts, struct report *r)
{
	size_t first = r->nresults, how;
	unsigned int run;
	int i;

	for (i = 0; i < n; i++)
		for (how = 0; how < ARRAY_SIZE(idlings); how++)
			if (can_idle(&all[i], &idlings[how]) &&
			    !report_add(r, MODE_STREAM, all[i].peer->name, idlings[how].name,
					all[i].payload))
				return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++)
		if (measure_run(all, n, r, first, run >= opts->warmup))
			return -1;
	return 0;
}

/** peers_stream() - each peer end to end. A full buffer drops what is new. */
int peers_stream(const struct options *opts, uint32_t payload, struct report *r)
{
	struct peer_buffer *all;
	int err, n = peers_open(&all, opts, payload, PEER_STREAMS, false);

	if (n < 0)
		return -1;
	err = peers_verify(all, n, "stream", &opts->producers);
	if (!err)
		err = measure(all, n, opts, r);
	peers_close(all, n);
	return err;
}
