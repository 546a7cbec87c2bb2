// SPDX-License-Identifier: GPL-2.0
/*
 * A record that is delivered is what was emitted, byte for byte, while the ring goes round under
 * the reader (DESIGN, I3): payloads from 16 bytes to the largest that a record can carry, emitted
 * from a copy and in place, read by each way of reading. For each record the checksum, the size
 * and every byte of filling are worked out anew; sequence numbers are accounted for once. The ring
 * is small, so that overruns do happen: a test without any has tested nothing.
 *
 * vm: --smp 2
 * timeout: 240
 */
#include "tally.h"

#define NAME "delivery"

struct way {
	const char *name;
	/* Take what is there; 0 if there was nothing. */
	int (*take)(struct evring *r, struct tally *t);
	uint32_t opts;
};

static int take_next(struct evring *r, struct tally *t)
{
	return (int)tally_next(t, r, 1000);
}

/* In place: what was found wrong counts only if the record was whole until then. */
static int take_peek(struct evring *r, struct tally *t)
{
	static struct tally before;
	struct evring_event ev;
	int n = 0;

	while (n < 1000 && evring_peek(r, &ev) == 1) {
		n++;
		if (ev.kind != EVRING_RECORD) {
			tally_event(t, &ev);
			evring_advance(r);
			continue;
		}
		before.cpu[ev.cpu] = t->cpu[ev.cpu];
		before.flaw = t->flaw;
		tally_event(t, &ev);
		if (!evring_valid(r, &ev)) {
			t->cpu[ev.cpu] = before.cpu[ev.cpu];
			t->flaw = before.flaw;
		}
		evring_advance(r);
	}
	return n;
}

static int take_batch(struct evring *r, struct tally *t)
{
	static struct tally before;
	const struct evring_record *record;
	struct evring_batch b;
	int got = evring_batch_begin(r, &b);
	uint64_t seq;

	if (got == 2) {
		tally_event(t, &b.loss);
		return 1;
	}
	if (got != 1)
		return 0;
	before.cpu[b.cpu] = t->cpu[b.cpu];
	before.flaw = t->flaw;
	for (seq = b.seq; (record = evring_batch_next(&b)); seq++) {
		struct evring_record head = *(const volatile struct evring_record *)record;

		tally_record(t, b.cpu, seq, head.time, head.type, record + 1, b.len);
	}
	if (evring_batch_end(r, &b) != 1) {
		t->cpu[b.cpu] = before.cpu[b.cpu];
		t->flaw = before.flaw;
	}
	return 1;
}

static const struct way ways[] = {
	{ "next", take_next, 0 },
	{ "next, block order", take_next, EVRING_OPT_BLOCK_ORDER },
	{ "peek", take_peek, 0 },
	{ "batch", take_batch, 0 },
};

static const struct load {
	const char *name;
	uint32_t min, max, block;
	uint64_t count;
	uint32_t flags;
} loads[] = {
	{ "16 bytes", 16, 16, 4096, 150000, 0 },
	{ "16 to 23 bytes", 16, 23, 4096, 150000, EVRING_GENERATOR_RESERVE },
	{ "16 to 300 bytes", 16, 300, 4096, 40000, 0 },
	{ "a block full", 4080, 4080, 4096, 3000, 0 },
	{ "16 to 65519 bytes", 16, 65519, 65536, 250, EVRING_GENERATOR_RESERVE },
	{ "65519 bytes", 65519, 65519, 65536, 150, 0 },
};

/* The reader comes late: the ring has gone round once, however slow the machine emits. */
static void come_late(const struct run *run)
{
	int fd = channel_open(NAME, O_RDONLY);

	while (channel_stats(fd).accepted < run->g.count && !run_over(run))
		sched_yield();
	close(fd);
}

static void deliver(const struct way *way, const struct load *load)
{
	static struct tally t;
	struct evring_opts opts = { .size = sizeof(opts), .flags = way->opts };
	struct run run = { .name = NAME, .g = { .flags = load->flags, .payload_min = load->min,
						.payload_max = load->max, .count = load->count } };
	struct evring_stats st;
	struct evring r;
	char who[100];

	snprintf(who, sizeof(who), "%s, %s", load->name, way->name);
	memset(&t, 0, sizeof(t));
	t.min[0] = load->min;
	t.max[0] = load->max;
	channel_create(NAME, 1, load->block);
	ring_open(&r, NAME, &opts);
	run_start(&run);
	come_late(&run);
	while (!run_over(&run))
		if (!way->take(&r, &t))
			sched_yield();
	run_join(&run);
	while (way->take(&r, &t))
		;
	evring_get_stats(&r, &st);

	tally_ok(&t, who);
	tally_exact(&t, who, online_cpus(), load->count);
	ok(tally_sum(&t, 0) && tally_sum(&t, 1), "some were read and some overrun",
	   "this run had %llu records and %llu overrun", (unsigned long long)tally_sum(&t, 0),
	   (unsigned long long)tally_sum(&t, 1));
	ok(st.received == tally_sum(&t, 0) && st.overrun == tally_sum(&t, 1) &&
	   st.dropped == tally_sum(&t, 2), "evring_get_stats() tells the same", "it does not");
	ok_equal(run.g.failed, 0, "nothing was dropped");
	evring_close(&r);
	channel_remove(NAME);
}

int main(void)
{
	for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
		for (size_t l = 0; l < ARRAY_SIZE(loads); l++)
			deliver(&ways[w], &loads[l]);
	return result();
}
