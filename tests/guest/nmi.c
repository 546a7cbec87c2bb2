// SPDX-License-Identifier: GPL-2.0
/*
 * Records are emitted by NMIs, which QEMU's monitor raises on all CPUs, in the middle of
 * tasks' emitting on the same CPUs: every record of both is whole and in its place, and
 * received + overrun + dropped is what both attempted, on each CPU. Once with emit, once
 * with reserve and commit, in between which an NMI finds a record half written; an observer
 * in a small ring that is overrun.
 *
 * vm: --smp 2 --nmi 100
 * timeout: 240
 */
#include "tally.h"

#define NAME "nmi"
#define PARAMETERS "/sys/module/evring_nmi/parameters/"
#define WANTED_NMIS	100
#define PAYLOAD_MIN	16
#define PAYLOAD_MAX	1500
#define CPUS		2

/* Load the test's module, with a fresh channel. */
static void load(void)
{
	module_load("evring_nmi", "name=" NAME " data_size=262144");
}

static void unload(void)
{
	ok_errno(channel_remove(NAME), EBUSY, "a channel that a module has made is its own");
	ok_errno(module_unload("evring_nmi"), 0, "the test's module goes");
}

/* The values of a counter on each CPU; returns their sum. */
static uint64_t counters(const char *path, uint64_t values[CPUS])
{
	FILE *f = fopen(path, "re");
	uint64_t sum = 0;

	for (int i = 0; i < CPUS; i++) {
		unsigned long long value;

		if (!f || fscanf(f, "%llu", &value) != 1)
			bail("%s has not %d numbers", path, CPUS);
		values[i] = value;
		sum += value;
	}
	fclose(f);
	return sum;
}

static uint64_t nmis(void)
{
	uint64_t values[CPUS];

	return counters(PARAMETERS "count", values);
}

/* How many records keep a CPU busy for @ms, measured without a reader. */
static uint64_t count_for(uint32_t ms, uint32_t flags)
{
	struct evring_generator_args g = { .flags = EVRING_GENERATOR_WAIT | flags,
					   .payload_min = PAYLOAD_MIN, .payload_max = PAYLOAD_MAX,
					   .count = 2000, .cpus = { 1 } };

	channel_create("nmi_pace", 0, 0);
	generate("nmi_pace", &g);
	must(channel_remove("nmi_pace"), "REMOVE");
	return 2000ULL * ms * 1000000 / (g.elapsed_ns ? g.elapsed_ns : 1) + 1000;
}

static void take(struct evring *r, struct tally *t, const struct run *run)
{
	bool over;

	do {
		over = run_over(run);
		tally_next(t, r, UINT64_MAX);
	} while (!over);
}

static void check(const struct tally *t, const char *who, uint64_t count)
{
	uint64_t attempted[CPUS], nested = 0;
	char what[200];

	counters(PARAMETERS "attempted", attempted);
	for (int i = 0; i < CPUS; i++) {
		snprintf(what, sizeof(what), "%s, CPU %d: received + overrun + dropped = attempted",
			 who, i);
		ok_equal(t->cpu[i].received + t->cpu[i].overrun + t->cpu[i].dropped,
			 count + attempted[i], what);
		nested += t->cpu[i].nested;
	}
	tally_ok(t, who);
	snprintf(what, sizeof(what), "%s: NMIs came while the tasks were emitting", who);
	ok(nested > 0, what, "not one did");
	printf("# %s: %llu NMIs, %llu records of theirs on top of a task's\n", who,
	       (unsigned long long)nmis(), (unsigned long long)nested);
}

static void emitting(const char *who, uint32_t flags)
{
	static struct tally t;
	struct run run = { .name = NAME, .g = { .flags = flags, .payload_min = PAYLOAD_MIN,
						.payload_max = PAYLOAD_MAX, .cpus = { 3 } } };
	struct evring r;

	memset(&t, 0, sizeof(t));
	run.g.count = count_for(8000, flags);
	load();
	ring_open(&r, NAME, NULL);
	run_start(&run);
	take(&r, &t, &run);
	run_join(&run);
	/* A CPU that is in the middle of an NMI ends it. */
	must(file_put(PARAMETERS "burst", "0"), "burst");
	sleep_ms(50);
	take(&r, &t, &run);
	ok(nmis() >= WANTED_NMIS, "enough NMIs came", "only %llu", (unsigned long long)nmis());
	check(&t, who, run.g.count);
	evring_close(&r);
	unload();
}

int main(void)
{
	if (online_cpus() != CPUS)
		skip("the test is for %d CPUs", CPUS);
	emitting("emit", 0);
	emitting("reserve and commit", EVRING_GENERATOR_RESERVE);
	return result();
}
