// SPDX-License-Identifier: GPL-2.0
/* What reading a pre-filled ring costs. */
#include "backend.h"
#include "channel.h"
#include "peer.h"
#include "verify.h"

#include <stdlib.h>

/**
 * struct filling - a filled ring, and what every consumer must find in it.
 * @payload: bytes of payload of each record.
 * @records: records in the ring.
 * @expected: what the pass that checked every record found.
 */
struct filling {
	uint32_t payload;
	uint64_t records;
	struct tally expected;
};

/* The generator on one CPU, so that the ring holds one run of records. */
static int fill(struct channel *ch, const struct options *opts, struct filling *f)
{
	struct burst b = { .payload = f->payload };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)cpu_first(&opts->producers), &one);
	f->records = channel_capacity(ch, f->payload);
	b.count = options_records(opts, f->records);
	if (b.count > f->records)
		note("%u-byte payload: %llu records fit; --ring must grow for %llu",
		     f->payload, (unsigned long long)f->records, (unsigned long long)b.count);
	else
		f->records = b.count;
	b.count = f->records;
	b.cpus = &one;
	return channel_fill(ch, &b);
}

/* Every record, by the mapping and by read(): both must find the same. */
static int verify(struct channel *ch, struct filling *f)
{
	struct evring ring;
	struct tally copied = { 0 };
	int err = evring_open(&ring, ch->path, NULL);

	if (err)
		return fail("%s: %s", ch->path, evring_explain(err));
	err = evring_seek(&ring, EVRING_SEEK_OLDEST, 0);
	err = err ? fail("%s: seek: %s", ch->path, evring_explain(err)) :
		    verify_mapped(&ring, f->payload, f->records, &f->expected);
	evring_close(&ring);
	if (err || verify_read(ch->path, f->payload, f->records, &copied))
		return -1;
	if (f->expected.records != f->records)
		return fail("%u-byte payload: %llu of %llu records found", f->payload,
			    (unsigned long long)f->expected.records,
			    (unsigned long long)f->records);
	if (copied.sum != f->expected.sum || copied.records != f->records)
		return fail("%u-byte payload: read() and the mapping differ", f->payload);
	return 0;
}

static int run_once(struct consumer *c, const struct filling *f, struct sample *s)
{
	struct tally t = { 0 };
	uint64_t cpu, start;

	if (c->backend->access->seek(c, EVRING_SEEK_OLDEST))
		return -1;
	cpu = clock_cpu();
	start = clock_now();
	if (c->backend->run(c, &t))
		return -1;
	s->elapsed_ns = clock_now() - start;
	s->cpu_ns = clock_cpu() - cpu;
	s->records = t.records;
	s->bytes = t.records * f->payload;
	s->overrun = t.overrun;
	s->dropped = t.dropped;
	if (t.records != f->expected.records || t.sum != f->expected.sum || t.discarded)
		return fail("%s, %u-byte payload: %llu records, sum %llx; due %llu, sum %llx",
			    c->backend->name, f->payload, (unsigned long long)t.records,
			    (unsigned long long)t.sum, (unsigned long long)f->expected.records,
			    (unsigned long long)f->expected.sum);
	return 0;
}

/* The repeats of all backends interleaved, so that a disturbance hits them all. */
static int measure(const struct options *opts, const struct filling *f, struct consumer *all,
		   int n, struct report *r, size_t first)
{
	struct sample s = { 0 };
	unsigned int run;
	int i;

	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = 0; i < n; i++) {
			progress("consume: %u bytes, run %u of %u, %s", f->payload, run + 1,
				 opts->warmup + opts->repeats, all[i].backend->name);
			if (run_once(&all[i], f, &s))
				return -1;
			if (interrupted())
				return fail("interrupted");
			if (run >= opts->warmup)
				report_sample(r, first + (size_t)i, &s);
		}
	}
	return 0;
}

static int measure_all(const struct options *opts, const struct channel *ch,
		       const struct filling *f, struct report *r)
{
	size_t first = r->nresults;
	struct consumer *all;
	int i, n, err = 0;

	n = consumers_open(&all, opts, ch->path, f->payload);
	if (n < 0)
		return -1;
	for (i = 0; i < n && !err; i++)
		if (!report_add(r, MODE_CONSUME, all[i].backend->name, "", f->payload))
			err = -1;
	if (!err)
		err = measure(opts, f, all, n, r, first);
	consumers_close(all, n);
	return err;
}

static int run_size(const struct options *opts, uint32_t payload, struct report *r)
{
	struct filling f = { .payload = payload };
	struct channel ch;
	int err = channel_make(&ch, opts, payload);

	progress("consume: %u bytes, filling and checking", payload);
	if (!err)
		err = fill(&ch, opts, &f);
	if (!err)
		err = verify(&ch, &f);
	if (!err)
		err = measure_all(opts, &ch, &f, r);
	channel_remove(&ch);
	return err;
}

/** consume_run() - every backend on every payload size, and evring's peers. */
int consume_run(const struct options *opts, struct report *r)
{
	unsigned int i;

	for (i = 0; i < opts->nsizes; i++)
		if (run_size(opts, opts->sizes[i], r) || peers_consume(opts, opts->sizes[i], r))
			return -1;
	return 0;
}
