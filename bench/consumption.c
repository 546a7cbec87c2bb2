// SPDX-License-Identifier: GPL-2.0
/* What reading costs those who read evring's peers. */
#include "peer.h"

/*
 * One run. Reading empties most of them, so each is filled anew, with records that all
 * differ; that is not timed.
 */
static int consume_once(struct peer_buffer *b, const cpu_set_t *cpu, struct sample *s)
{
	struct peer_burst burst = {
		.count = peer_records(b->opts, b->payload, 1),
		.cpus = cpu,
		.varied = true,
	};
	struct peer_result res;
	struct tally t = { 0 };
	uint64_t start, used;

	if (peer_emit(b, &burst, &res))
		return -1;
	used = clock_thread();
	start = clock_now();
	if (b->peer->kind->read(b, &t, false))
		return -1;
	s->elapsed_ns = clock_now() - start;
	s->cpu_ns = clock_thread() - used;
	s->records = t.records;
	s->bytes = t.records * b->payload;
	s->dropped = res.dropped;
	return peer_compare(b, &t, &res);
}

static int measure(struct peer_buffer *all, int n, const cpu_set_t *cpu, struct report *r)
{
	const struct options *opts = r->opts;
	size_t first = r->nresults;
	struct sample s = { 0 };
	unsigned int run;
	int i;

	for (i = 0; i < n; i++)
		if (!report_add(r, MODE_CONSUME, all[i].peer->name, "", all[i].payload))
			return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = 0; i < n; i++) {
			progress("consume: %u bytes, run %u of %u, %s", all[i].payload, run + 1,
				 opts->warmup + opts->repeats, all[i].peer->name);
			if (consume_once(&all[i], cpu, &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, first + (size_t)i, &s);
		}
	}
	return 0;
}

/** peers_consume() - the cost of a record to each peer's consumer; nobody emits meanwhile. */
int peers_consume(const struct options *opts, uint32_t payload, struct report *r)
{
	struct peer_buffer *all;
	cpu_set_t one;
	int err, n = peers_open(&all, opts, payload, PEER_READS, false);

	if (n < 0)
		return -1;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu_first(&opts->producers), &one);
	err = peers_verify(all, n, "consume", &one);
	if (!err)
		err = measure(all, n, &one, r);
	peers_close(all, n);
	return err;
}
