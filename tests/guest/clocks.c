// SPDX-License-Identifier: GPL-2.0
/*
 * The clocks that a channel can have. A record's time stamp lies between two readings of that
 * clock around its emission, by evring_time_ns() for the cycles clock too, which is refused where
 * the counter is not to be trusted, unless trust_tsc says so. The stamps of a CPU do not go back.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "clocks"
#define RECORDS 2000
#define SLACK_NS 100000		/* the factors' and the fast clocks' inexactness */

static const struct {
	const char *name;
	uint32_t clock;
	clockid_t id;
} clocks[] = {
	{ "monotonic", EVRING_CLOCK_MONOTONIC, CLOCK_MONOTONIC },
	{ "boottime", EVRING_CLOCK_BOOTTIME, CLOCK_BOOTTIME },
	{ "realtime", EVRING_CLOCK_REALTIME, CLOCK_REALTIME },
	{ "cycles", EVRING_CLOCK_CYCLES, CLOCK_MONOTONIC },
};

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static void trust(const char *yes)
{
	must(file_put("/sys/module/evring/parameters/trust_tsc", yes), "trust_tsc");
}

static int create(uint32_t clock)
{
	struct evring_create_args args = { .size = sizeof(args), .clock = clock };

	channel_remove(NAME);
	set_name(args.name, NAME);
	return ioctl(control_fd(), EVRING_IOC_CREATE, &args);
}

static void try_clock(size_t i)
{
	uint64_t before, after, ns, last[2] = { 0 };
	unsigned int n = 0, outside = 0, back = 0;
	struct evring_event ev;
	struct evring r;

	must(create(clocks[i].clock), "CREATE");
	ring_open(&r, NAME, NULL);
	before = now(clocks[i].id);
	generate_some(NAME, 3, RECORDS, 16, 16);
	after = now(clocks[i].id);
	while (evring_next(&r, &ev) == 1) {
		if (ev.kind != EVRING_RECORD)
			continue;
		ns = evring_time_ns(&r, ev.time);
		outside += ns + SLACK_NS < before || ns > after + SLACK_NS;
		back += ev.time < last[ev.cpu];
		last[ev.cpu] = ev.time;
		n++;
	}
	printf("# %s\n", clocks[i].name);
	ok_equal(n, 2 * RECORDS, "all records come");
	ok_equal(outside, 0, "each is stamped within the time of its emission");
	ok_equal(back, 0, "the stamps of a CPU do not go back");
	evring_close(&r);
	channel_remove(NAME);
}

static void try_none(void)
{
	struct evring_event ev;
	unsigned int n = 0;
	struct evring r;

	must(create(EVRING_CLOCK_NONE), "CREATE");
	ring_open(&r, NAME, NULL);
	generate_some(NAME, 3, RECORDS, 16, 16);
	while (evring_next(&r, &ev) == 1)
		n += ev.kind == EVRING_RECORD && !ev.time;
	ok_equal(n, 2 * RECORDS, "without a clock all stamps are 0");
	evring_close(&r);
	channel_remove(NAME);
}

int main(void)
{
	bool constant = !create(EVRING_CLOCK_CYCLES);

	ok(constant || errno == EOPNOTSUPP, "without trust the cycles clock works or is refused",
	   "errno %d", errno);
	trust("Y");
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		try_clock(i);
	try_none();
	trust("N");
	ok_errno(create(EVRING_CLOCK_NONE + 2), EINVAL, "an unknown clock is refused");
	channel_remove(NAME);
	return result();
}
