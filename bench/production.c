// SPDX-License-Identifier: GPL-2.0
/* What emitting costs evring's peers, and what nothing can be cheaper than. */
#include "peer.h"

/* One run of one peer, into a buffer that was emptied before. */
static int emit_once(struct peer_buffer *b, struct sample *s)
{
	const cpu_set_t *cpus = &b->opts->producers;
	struct peer_burst burst = {
		.count = peer_records(b->opts, b->payload, (unsigned int)CPU_COUNT(cpus)),
		.cpus = cpus,
	};
	struct tally before = { 0 };
	struct peer_result res;

	if (b->peer->flags & PEER_STORES && b->peer->kind->read(b, &before, false))
		return -1;
	if (peer_emit(b, &burst, &res))
		return -1;
	if (res.dropped)
		return fail("%s: %llu records were dropped though there was room", b->peer->name,
			    (unsigned long long)res.dropped);
	/* Each CPU had the time to itself: the cost is that of one of them. */
	s->elapsed_ns = res.elapsed_ns;
	s->records = burst.count;
	s->bytes = burst.count * b->payload;
	return 0;
}

static int measure(struct peer_buffer *all, int n, const struct options *opts, uint32_t payload,
		   struct report *r)
{
	size_t first = r->nresults;
	struct sample s = { 0 };
	unsigned int run;
	int i;

	for (i = 0; i < n; i++)
		if (!report_add(r, MODE_EMIT, all[i].peer->name, "none", payload))
			return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = 0; i < n; i++) {
			progress("emit: %u bytes, run %u of %u, %s", payload, run + 1,
				 opts->warmup + opts->repeats, all[i].peer->name);
			if (emit_once(&all[i], &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, first + (size_t)i, &s);
		}
	}
	return 0;
}

/** peers_emit() - the cost of a record to each peer's producer; nobody reads meanwhile. */
int peers_emit(const struct options *opts, uint32_t payload, struct report *r)
{
	struct peer_buffer *all;
	int err, n = peers_open(&all, opts, payload, PEER_EMITS, true);

	if (n < 0)
		return -1;
	err = peers_verify(all, n, "emit", &opts->producers);
	if (!err)
		err = measure(all, n, opts, payload, r);
	peers_close(all, n);
	return err;
}
