// SPDX-License-Identifier: GPL-2.0
/* Emitting and reading at once, on CPUs of their own. */
#include "backend.h"
#include "channel.h"
#include "peer.h"
#include "verify.h"

#define RECORDS		200000U
#define PATIENCE_NS	20000000000U	/* without any progress */
#define LOOKS		4096U		/* in vain, before asking the kernel */
#define SLEEP_MS	20

/*
 * A batch: as much as relay's reader is woken for. At most so long it waits, which is small beside
 * a run, whose end no batch may be left for.
 */
#define BATCHES		64U	/* in a ring */
#define BATCH_USECS	1000U

/* What a consumer does when there is nothing to read. */
static const struct idling {
	const char *name;
	bool sleeps;
	bool batches;
} idlings[] = {
	{ "spin", false, false },
	{ "sleep", true, false },
	{ "batch", true, true },
};

#define NIDLINGS	(ARRAY_SIZE(idlings))

/**
 * struct flow - one run.
 * @ch: the channel.
 * @attempted: records that the generators attempt in this run.
 * @before: records that were accepted or dropped before it.
 */
struct flow {
	struct channel *ch;
	uint64_t attempted;
	uint64_t before;
};

/* Has everything been emitted? 1 yes, 0 no. */
static int emitted_all(const struct flow *f)
{
	uint64_t total;

	if (channel_total(f->ch, &total))
		return -1;
	return total - f->before >= f->attempted;
}

/*
 * Nothing is there to read: sleep, or look again a while. Returns 1 if
 * nothing will come any more.
 */
static int idle(const struct flow *f, struct consumer *c, bool sleeps, unsigned int *looks)
{
	if (sleeps && c->backend->access->wait(c, SLEEP_MS))
		return -1;
	if (++*looks % (sleeps ? 1 : LOOKS))
		return 0;
	return emitted_all(f);
}

/* Read until all is accounted for; @last: when the last of it was. */
static int consume(const struct flow *f, struct consumer *c, bool sleeps, struct tally *t,
		   uint64_t *last)
{
	unsigned int looks = 0;
	uint64_t before;
	int over = 0;

	*last = clock_now();
	while (tally_total(t) < f->attempted && !interrupted()) {
		before = tally_total(t);
		if (c->backend->run(c, t))
			return -1;
		if (tally_total(t) != before) {
			*last = clock_now();
			continue;
		}
		if (over || clock_now() - *last > PATIENCE_NS)
			break;
		over = idle(f, c, sleeps, &looks);
		if (over < 0)
			return -1;
	}
	if (interrupted())
		return fail("interrupted");
	return verify_accounting(c->backend->name, t, f->attempted);
}

static int set_watermark(const struct channel *ch, struct consumer *c, const struct idling *how)
{
	return c->backend->access->watermark(c, how->batches ? ch->info.data_size / BATCHES : 0,
					     how->batches ? BATCH_USECS : 0);
}

static int run_once(struct channel *ch, const struct options *opts, struct consumer *c,
		    const struct idling *how, struct sample *s)
{
	struct burst b = {
		.flags = EVRING_GENERATOR_FIXED,
		.payload = c->payload,
		.count = options_records(opts, RECORDS),
		.cpus = &opts->producers,
	};
	struct flow f = { .ch = ch, .attempted = b.count * (uint64_t)CPU_COUNT(b.cpus) };
	struct tally t = { 0 };
	uint64_t start, cpu, last;
	uint32_t source;
	int err;

	if (set_watermark(ch, c, how) || c->backend->access->seek(c, EVRING_SEEK_LATEST) ||
	    channel_total(ch, &f.before))
		return -1;
	cpu = clock_cpu();
	start = clock_now();
	if (channel_start(ch, &b, &source))
		return -1;
	err = consume(&f, c, how->sleeps, &t, &last);
	s->cpu_ns = clock_cpu() - cpu;
	s->elapsed_ns = last - start;
	s->records = t.records;
	s->bytes = t.records * c->payload;
	s->overrun = t.overrun;
	s->dropped = t.dropped;
	return channel_stop(ch, source) || err ? -1 : 0;
}

/* Every record that gets through beside running generators, looked at. */
static int verify(struct channel *ch, const struct options *opts, uint32_t payload)
{
	struct burst b = {
		.payload = payload,
		.count = options_records(opts, RECORDS),
		.cpus = &opts->producers,
	};
	const struct evring_opts latest = { .size = sizeof(latest), .start = EVRING_SEEK_LATEST };
	struct tally t = { 0 };
	struct evring ring;
	uint32_t source;
	int err = evring_open(&ring, ch->path, &latest);

	if (err)
		return fail("%s: %s", ch->path, evring_explain(err));
	err = channel_start(ch, &b, &source);
	if (!err) {
		err = verify_mapped(&ring, payload, b.count * (uint64_t)CPU_COUNT(b.cpus), &t);
		err |= channel_stop(ch, source);
	}
	evring_close(&ring);
	return err ? -1 : 0;
}

static int measure_run(struct channel *ch, const struct options *opts, struct consumer *all,
		       int n, struct report *r, size_t at, bool counts)
{
	struct sample s = { 0 };
	size_t how;
	int i;

	for (i = 0; i < n; i++) {
		for (how = 0; how < NIDLINGS; how++, at++) {
			progress("stream: %u bytes, %s, %s", all[i].payload, all[i].backend->name,
				 idlings[how].name);
			if (run_once(ch, opts, &all[i], &idlings[how], &s))
				return -1;
			if (counts)
				report_sample(r, at, &s);
		}
	}
	return 0;
}

static int measure(struct channel *ch, const struct options *opts, struct consumer *all, int n,
		   struct report *r)
{
	size_t first = r->nresults, how;
	unsigned int run;
	int i;

	for (i = 0; i < n; i++)
		for (how = 0; how < NIDLINGS; how++)
			if (!report_add(r, MODE_STREAM, all[i].backend->name, idlings[how].name,
					all[i].payload))
				return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++)
		if (measure_run(ch, opts, all, n, r, first, run >= opts->warmup))
			return -1;
	return 0;
}

static int run_size(const struct options *opts, uint32_t payload, struct report *r)
{
	struct consumer *all;
	struct channel ch;
	int n, err = channel_make(&ch, opts, payload);

	if (!err)
		err = verify(&ch, opts, payload);
	if (!err) {
		n = consumers_open(&all, opts, ch.path, payload);
		err = n < 0 ? -1 : measure(&ch, opts, all, n, r);
		if (n >= 0)
			consumers_close(all, n);
	}
	channel_remove(&ch);
	return err;
}

/** stream_run() - every backend beside a running generator, and evring's peers. */
int stream_run(const struct options *opts, struct report *r)
{
	unsigned int i;

	if (!cpu_apart(opts)) {
		note("stream: skipped, it needs a CPU to emit and another to read");
		return EXIT_SKIPPED;
	}
	for (i = 0; i < opts->nsizes; i++)
		if (run_size(opts, opts->sizes[i], r) || peers_stream(opts, opts->sizes[i], r))
			return -1;
	return 0;
}
