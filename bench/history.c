// SPDX-License-Identifier: GPL-2.0
/* How much kernel memory a buffer takes for the history that can be read of it. */
#include "channel.h"
#include "peer.h"

#define ROUNDS	4U	/* rings full that are emitted */

static bool keeps_newest(const struct peer *p)
{
	return p->flags & PEER_OVERWRITES;
}

/* The numbers of @n records from @first on, added up as a sum of record_word() has them. */
static uint32_t sum_of_numbers(uint64_t first, uint64_t n)
{
	return (uint32_t)(n * first + n * (n - 1) / 2);
}

/* Is what was read the end of what was emitted, or its beginning, without a gap? */
static int check_kept(const struct peer_buffer *b, const struct tally *t,
		      const struct peer_result *res, uint64_t attempted)
{
	bool newest = keeps_newest(b->peer);

	if (!newest && peer_compare(b, t, res))
		return -1;
	if (!t->records || t->records == attempted)
		return fail("history: %s kept %llu of %llu records of %u bytes; give another --ring",
			    b->peer->name, (unsigned long long)t->records,
			    (unsigned long long)attempted, b->payload);
	if ((uint32_t)t->sum == sum_of_numbers(newest ? attempted - t->records : 0, t->records))
		return 0;
	return fail("history: %s, %u-byte payload: the %llu records read are not the %s of %llu",
		    b->peer->name, b->payload, (unsigned long long)t->records,
		    newest ? "newest" : "oldest", (unsigned long long)attempted);
}

/* Several rings full, and half a block: so full the one that is written to is on average. */
static uint64_t records_of(const struct peer_buffer *b)
{
	return (ROUNDS * b->opts->ring + b->opts->block / 2) / record_stride(b->payload);
}

/* Nothing of it is a time: once is enough. */
static int measure(struct peer_buffer *b, const cpu_set_t *cpu, struct sample *s)
{
	struct peer_burst burst = {
		.count = records_of(b),
		.cpus = cpu,
		.varied = true,
	};
	struct peer_result res;
	struct tally t = { 0 };

	progress("history: %u bytes, %s", b->payload, b->peer->name);
	if (peer_emit(b, &burst, &res) || b->peer->kind->read(b, &t, true) ||
	    check_kept(b, &t, &res, burst.count) || b->peer->kind->memory(b, &s->buffer))
		return -1;
	s->records = t.records;
	s->bytes = t.records * b->payload;
	s->overrun = res.stored - t.records;
	s->dropped = res.dropped;
	return 0;
}

static int run_size(const struct options *opts, uint32_t payload, const cpu_set_t *cpu,
		    struct report *r)
{
	struct peer_buffer *all;
	struct sample s = { 0 };
	int i, err = 0, n = peers_open(&all, opts, payload, PEER_HISTORY, true);

	if (n < 0)
		return -1;
	for (i = 0; i < n && !err; i++) {
		err = measure(&all[i], cpu, &s);
		if (!err && !report_add(r, MODE_HISTORY, all[i].peer->name,
					keeps_newest(all[i].peer) ? "newest" : "oldest", payload))
			err = -1;
		if (!err)
			report_sample(r, r->nresults - 1, &s);
	}
	peers_close(all, n);
	return err;
}

/** history_run() - what evring and its peers keep of four rings full that nobody read. */
int history_run(const struct options *opts, struct report *r)
{
	size_t before = r->nresults;
	cpu_set_t cpu;
	unsigned int i;

	CPU_ZERO(&cpu);
	CPU_SET((size_t)cpu_first(&opts->producers), &cpu);
	for (i = 0; i < opts->nsizes; i++)
		if (run_size(opts, opts->sizes[i], &cpu, r))
			return -1;
	if (r->nresults > before)
		return 0;
	note("history: skipped: none of the peers that it measures was asked for and can run here");
	return EXIT_SKIPPED;
}
