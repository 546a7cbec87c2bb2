// SPDX-License-Identifier: GPL-2.0
/*
 * Three observers at different speeds on one channel: one that never rests, one that takes a little
 * at a time, one that looks only now and then and is overrun. Each accounts for every record; the
 * quick one loses nothing on account of the others; and as none of them ever asked to be woken,
 * the producers woke nobody (DESIGN, I6).
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "observers"
#define RATE 4000
#define SECONDS 4
/* What the ring holds, and half as much again. */
#define RARELY 13000

static struct run run = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200, .rate = RATE,
					       .count = RATE * SECONDS } };

struct observer {
	const char *name;
	long sleep_ms;
	uint64_t sleep_records;
	size_t at_once;
	struct evring ring;
	struct tally tally;
	pthread_t thread;
};

static struct observer observers[] = {
	{ .name = "quick", .sleep_ms = 1, .at_once = 1000000 },
	{ .name = "slow", .sleep_ms = 20, .at_once = 50 },
	{ .name = "rare", .sleep_ms = 1, .sleep_records = RARELY, .at_once = 1000000 },
};

static int take(void *ctx, const struct evring_event *ev)
{
	tally_event(ctx, ev);
	return 0;
}

static void rest(struct observer *o)
{
	int fd = evring_fd(&o->ring);
	uint64_t until = channel_stats(fd).accepted + o->sleep_records;

	do {
		sleep_ms(o->sleep_ms);
	} while (channel_stats(fd).accepted < until && !run_over(&run));
}

static void *observe(void *arg)
{
	struct observer *o = arg;
	bool more = true;

	while (more) {
		more = !run_over(&run);
		if (evring_drain(&o->ring, take, &o->tally, o->at_once) < 0)
			bail("evring_drain");
		rest(o);
	}
	while (evring_drain(&o->ring, take, &o->tally, 1000) > 0)
		;
	return NULL;
}

int main(void)
{
	struct evring_channel_stats stats;

	/* Room for about a second. */
	channel_create(NAME, 1 << 20, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(observers); i++) {
		observers[i].tally.min[0] = 16;
		observers[i].tally.max[0] = 200;
		ring_open(&observers[i].ring, NAME, NULL);
		pthread_create(&observers[i].thread, NULL, observe, &observers[i]);
	}
	run_start(&run);
	for (size_t i = 0; i < ARRAY_SIZE(observers); i++)
		pthread_join(observers[i].thread, NULL);
	run_join(&run);
	stats = channel_stats(evring_fd(&observers[0].ring));

	for (size_t i = 0; i < ARRAY_SIZE(observers); i++) {
		tally_ok(&observers[i].tally, observers[i].name);
		tally_exact(&observers[i].tally, observers[i].name, online_cpus(), run.g.count);
		evring_close(&observers[i].ring);
	}
	ok_equal(tally_sum(&observers[0].tally, 1), 0, "the quick one was not overrun");
	ok(tally_sum(&observers[2].tally, 1) > 0, "the rare one was", "it was not");
	ok_equal(stats.readers, ARRAY_SIZE(observers), "all were counted");
	ok_equal(stats.wakeups, 0, "nobody was woken");
	ok_equal(stats.positions, 0, "nobody told where it stands");
	channel_remove(NAME);
	return result();
}
