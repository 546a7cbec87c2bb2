/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a reader of generators' records gets, counted and checked for each CPU (DESIGN, I3 and
 * I4): every byte of every record, the order, every sequence number accounted for once.
 */
#ifndef EVRING_TESTS_GUEST_TALLY_H
#define EVRING_TESTS_GUEST_TALLY_H

#include "harness.h"
#include <pthread.h>
#include "evring.h"

#define TALLY_CPUS	64
#define TALLY_SOURCES	2	/* in a task, in an interrupt */
#define COMMON_HARDIRQ	0x08

/**
 * struct tally - what a reader got.
 * @cpu: for each CPU: sequence number expected next; records received, overrun and dropped;
 *	records of each source, and the number that the last one carried, plus one; the
 *	task's thread, and the interrupts' records that were made on top of it.
 * @flaw: the first thing that was wrong, or NULL.
 * @flaw_cpu: where.
 * @flaw_seq: where.
 * @min: payload_min and payload_max of each source's run, to check sizes; 0: any.
 * @max: likewise.
 */
struct tally {
	struct {
		uint64_t seq;
		uint64_t received;
		uint64_t overrun;
		uint64_t dropped;
		uint64_t of_source[TALLY_SOURCES];
		uint64_t number[TALLY_SOURCES];
		uint64_t time;
		int32_t task;
		uint64_t nested;
	} cpu[TALLY_CPUS];
	const char *flaw;
	uint32_t flaw_cpu;
	uint64_t flaw_seq;
	uint32_t min[TALLY_SOURCES];
	uint32_t max[TALLY_SOURCES];
};

HARNESS void tally_flaw(struct tally *t, uint32_t cpu, uint64_t seq, const char *flaw)
{
	if (t->flaw || !flaw)
		return;
	t->flaw = flaw;
	t->flaw_cpu = cpu;
	t->flaw_seq = seq;
}

/** tally_record() - a record was delivered. */
HARNESS void tally_record(struct tally *t, uint32_t cpu, uint64_t seq, uint64_t time,
			  uint32_t type, const void *p, uint32_t bytes)
{
	const struct evring_event_generator *e = p;
	uint32_t source;

	if (cpu >= TALLY_CPUS) {
		tally_flaw(t, cpu, seq, "there is no such CPU");
		return;
	}
	if (type != EVRING_TYPE_GENERATOR || bytes < sizeof(*e)) {
		tally_flaw(t, cpu, seq, "not a record of the generator's");
		return;
	}
	source = e->common.flags & COMMON_HARDIRQ ? 1 : 0;
	tally_flaw(t, cpu, seq, generator_flaw(cpu, p, bytes, t->min[source], t->max[source]));
	if (seq != t->cpu[cpu].seq)
		tally_flaw(t, cpu, seq, seq < t->cpu[cpu].seq ? "it came before or out of order" :
			   "records before it are not accounted for");
	if (time < t->cpu[cpu].time)
		tally_flaw(t, cpu, seq, "it is older than the record before it");
	if (e->number < t->cpu[cpu].number[source])
		tally_flaw(t, cpu, seq, "its source emitted it earlier");
	t->cpu[cpu].seq = seq + 1;
	t->cpu[cpu].time = time;
	t->cpu[cpu].number[source] = e->number + 1ULL;
	t->cpu[cpu].of_source[source]++;
	if (!source)
		t->cpu[cpu].task = e->common.pid;
	else if (t->cpu[cpu].task && t->cpu[cpu].task == e->common.pid)
		t->cpu[cpu].nested++;
	t->cpu[cpu].received++;
}

/** tally_loss() - a loss was told. */
HARNESS void tally_loss(struct tally *t, bool overrun, uint32_t cpu, uint64_t seq, uint64_t count)
{
	if (cpu >= TALLY_CPUS) {
		tally_flaw(t, cpu, seq, "a loss on a CPU that there is not");
		return;
	}
	if (!count)
		tally_flaw(t, cpu, seq, "a loss of nothing");
	if (!overrun) {
		t->cpu[cpu].dropped += count;
		return;
	}
	if (seq != t->cpu[cpu].seq)
		tally_flaw(t, cpu, seq, "an overrun does not start where the records ended");
	t->cpu[cpu].seq = seq + count;
	t->cpu[cpu].overrun += count;
}

HARNESS void tally_event(struct tally *t, const struct evring_event *ev)
{
	if (ev->kind == EVRING_RECORD)
		tally_record(t, ev->cpu, ev->seq, ev->time, ev->type, ev->payload, ev->len);
	else
		tally_loss(t, ev->kind == EVRING_OVERRUN, ev->cpu, ev->seq, ev->count);
}

/** tally_next() - by evring_next() what there is, up to @most events. Returns how many. */
HARNESS uint64_t tally_next(struct tally *t, struct evring *r, uint64_t most)
{
	struct evring_event ev;
	uint64_t n = 0;

	while (n < most && evring_next(r, &ev) == 1) {
		tally_event(t, &ev);
		n++;
	}
	return n;
}

/** tally_read() - all that a read() returned; @w goes through all of a descriptor's reads. */
HARNESS void tally_read(struct tally *t, struct walk *w, const void *data, size_t bytes)
{
	const struct evring_record *record;

	walk_feed(w, data, bytes);
	while ((record = walk_next(w))) {
		const struct evring_loss *loss = payload(record);

		if (record->type == EVRING_TYPE_OVERRUN || record->type == EVRING_TYPE_DROPPED)
			tally_loss(t, record->type == EVRING_TYPE_OVERRUN, loss->cpu, loss->seq,
				   loss->count);
		else
			tally_record(t, w->cpu, w->seq, record->time, record->type, payload(record),
				     payload_bytes(record));
	}
	tally_flaw(t, w->cpu, w->next_seq, w->broken);
}

/** tally_sum() - of all CPUs: received (0), overrun (1), dropped (2). */
HARNESS uint64_t tally_sum(const struct tally *t, int which)
{
	uint64_t sum = 0;

	for (int i = 0; i < TALLY_CPUS; i++)
		sum += which == 0 ? t->cpu[i].received : which == 1 ? t->cpu[i].overrun :
		       t->cpu[i].dropped;
	return sum;
}

/** tally_ok() - nothing was wrong with what @who got. */
HARNESS void tally_ok(const struct tally *t, const char *who)
{
	char what[200];

	snprintf(what, sizeof(what), "%s: every record is whole and in its place", who);
	ok(!t->flaw, what, "CPU %u, sequence number %llu: %s", t->flaw_cpu,
	   (unsigned long long)t->flaw_seq, t->flaw);
	printf("# %s: %llu received, %llu overrun, %llu dropped\n", who,
	       (unsigned long long)tally_sum(t, 0), (unsigned long long)tally_sum(t, 1),
	       (unsigned long long)tally_sum(t, 2));
}

/** tally_exact() - received + overrun + dropped is what each CPU of @ncpus attempted. */
HARNESS void tally_exact(const struct tally *t, const char *who, unsigned int ncpus,
			 uint64_t attempted)
{
	char what[200];
	unsigned int cpu;

	snprintf(what, sizeof(what), "%s: received + overrun + dropped = attempted, on each CPU", who);
	for (cpu = 0; cpu < ncpus; cpu++)
		if (t->cpu[cpu].received + t->cpu[cpu].overrun + t->cpu[cpu].dropped != attempted)
			break;
	ok(cpu == ncpus, what, "CPU %u: %llu + %llu + %llu, not %llu", cpu,
	   (unsigned long long)t->cpu[cpu % TALLY_CPUS].received,
	   (unsigned long long)t->cpu[cpu % TALLY_CPUS].overrun,
	   (unsigned long long)t->cpu[cpu % TALLY_CPUS].dropped, (unsigned long long)attempted);
}

/* --- a generator that runs while we read ---------------------------------------------- */

/**
 * struct run - a generator in the background.
 * @name: the channel.
 * @g: what was asked for; when it is over, the results.
 * @thread: waits for it.
 * @over: it is.
 */
struct run {
	const char *name;
	struct evring_generator_args g;
	pthread_t thread;
	bool over;
};

HARNESS void *run_thread(void *arg)
{
	struct run *run = arg;

	run->g.flags |= EVRING_GENERATOR_WAIT;
	generate(run->name, &run->g);
	__atomic_store_n(&run->over, true, __ATOMIC_RELEASE);
	return NULL;
}

HARNESS void run_start(struct run *run)
{
	if (pthread_create(&run->thread, NULL, run_thread, run))
		bail("no thread");
}

HARNESS bool run_over(const struct run *run)
{
	return __atomic_load_n(&run->over, __ATOMIC_ACQUIRE);
}

HARNESS void run_join(struct run *run)
{
	pthread_join(run->thread, NULL);
}

HARNESS void ring_open(struct evring *r, const char *name, const struct evring_opts *opts)
{
	int err = evring_open(r, name, opts);

	if (err)
		bail("evring_open: %s", evring_explain(err));
}

#endif /* EVRING_TESTS_GUEST_TALLY_H */
