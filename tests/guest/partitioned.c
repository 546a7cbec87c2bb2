// SPDX-License-Identifier: GPL-2.0
/*
 * A partitioned channel: a flood on one CPU leaves the records of the others alone, and a gating
 * reader that does not keep up with one CPU costs no other CPU a record. In a pooled channel the
 * same flood takes them, or there would be nothing to show.
 *
 * vm: --smp 2
 * vm: --smp 3
 */
#include "tally.h"

#define NAME "partitioned"
#define FEW 200		/* several blocks: the one that is open, nobody takes */
#define FLOOD 100000

static void create(uint32_t flags)
{
	channel_create_as(NAME, (struct evring_create_args){ .data_size = 256 << 10,
							     .block_size = 4096, .flags = flags });
}

/* Records of CPU 1 and CPU 0 that a new reader gets. */
static void read_all(uint64_t received[2], struct tally *t)
{
	struct evring r;

	memset(t, 0, sizeof(*t));
	ring_open(&r, NAME, NULL);
	for (unsigned int cpu = 0; cpu < r.ncpus; cpu++)
		t->cpu[cpu].seq = r.cursors[cpu].seq;
	tally_next(t, &r, UINT64_MAX);
	received[0] = t->cpu[0].received;
	received[1] = t->cpu[1].received;
	evring_close(&r);
}

int main(void)
{
	struct evring_opts opts = { .size = sizeof(opts), .flags = EVRING_OPT_LOSSLESS };
	static struct tally t;
	uint64_t received[2];
	struct evring gating;
	uint64_t features;
	int fd;

	create(0);
	generate_some(NAME, 2, FEW, 48, 48);
	generate_some(NAME, 1, FLOOD, 48, 48);
	read_all(received, &t);
	ok(received[1] < FEW, "pooled: a flood takes what another CPU emitted before", "it did not");

	create(EVRING_CREATE_PARTITIONED);
	fd = channel_open(NAME, O_RDONLY);
	features = channel_info(fd).features;
	ok(features & EVRING_FEATURE_PARTITIONED, "INFO tells it", "features %llx",
	   (unsigned long long)features);
	generate_some(NAME, 2, FEW, 48, 48);
	generate_some(NAME, 1, FLOOD, 48, 48);
	read_all(received, &t);
	tally_ok(&t, "partitioned");
	ok_equal(received[1], FEW, "partitioned: every record of the other CPU is there");
	ok(received[0] > 500, "and as many of the flooded one as its part holds", "%llu",
	   (unsigned long long)received[0]);

	ring_open(&gating, NAME, &opts);
	generate_some(NAME, 1, FLOOD, 48, 48);
	ok(channel_stats(fd).dropped[EVRING_DROP_NO_ROOM] > 0,
	   "a gating reader that does not keep up: drops on the flooded CPU", "no drop");
	generate_some(NAME, 2, FEW, 48, 48);
	evring_close(&gating);
	read_all(received, &t);
	ok_equal(received[1], 2 * FEW, "none on the other");
	close(fd);
	channel_remove(NAME);
	return result();
}
