// SPDX-License-Identifier: GPL-2.0
/*
 * Exact accounting (DESIGN, I4), with 1, 2 and 16 CPUs: on every CPU a task and hard interrupts
 * emit at once, the interrupts in the middle of the task's emitting, some records too large to be
 * stored. Readers of each kind get, for each CPU, received + overrun + dropped = attempted; the
 * records of each source come in its order, and of each CPU in the order of their time stamps.
 *
 * vm: --smp 2
 * vm: --smp 1
 * vm: --smp 16
 * timeout: 240
 */
#include "tally.h"

#define NAME "accounting"
/* Blocks of 4 KiB carry up to 4080 bytes: of the interrupts' records some are too large. */
#define IRQ_MAX 4300
#define TASK_MAX 200

/* It fills in place, between reserve and commit: that is where interrupts mostly find it. */
static struct run task = { .name = NAME, .g = { .payload_min = 16, .payload_max = TASK_MAX,
						.flags = EVRING_GENERATOR_RESERVE } };
static struct run irq = { .name = NAME, .g = { .payload_min = 16, .payload_max = IRQ_MAX,
					       .flags = EVRING_GENERATOR_IRQ } };

static struct tally by_next, by_batch, by_read;

static bool emitting(void)
{
	return !run_over(&task) || !run_over(&irq);
}

static void *read_next(void *arg)
{
	struct evring *r = arg;
	bool more = true;

	while (more) {
		more = emitting();
		tally_next(&by_next, r, UINT64_MAX);
		if (more && evring_wait(r, 50) < 0)
			bail("evring_wait");
	}
	return NULL;
}

/* Looks in place, and keeps only what was whole. */
static void take_batch(struct evring *r, struct evring_batch *b)
{
	static struct tally before;
	const struct evring_record *record;
	uint64_t seq = b->seq;

	before = by_batch;
	while ((record = evring_batch_next(b))) {
		struct evring_record head = *(const volatile struct evring_record *)record;

		tally_record(&by_batch, b->cpu, seq++, head.time, head.type, record + 1, b->len);
	}
	if (evring_batch_end(r, b) != 1)
		by_batch = before;
}

static void *read_batch(void *arg)
{
	struct evring *r = arg;
	struct evring_batch b;
	bool more = true;
	int got;

	while (more) {
		more = emitting();
		while ((got = evring_batch_begin(r, &b)) > 0) {
			if (got == 1)
				take_batch(r, &b);
			else
				tally_event(&by_batch, &b.loss);
		}
		/* Slower than the others: it sleeps without asking to be woken. */
		if (more)
			sleep_ms(5);
	}
	return NULL;
}

static void *read_calls(void *arg)
{
	static char buffer[64 << 10];
	struct walk w = { 0 };
	int fd = *(int *)arg;
	bool more = true;
	ssize_t n;

	while (more) {
		more = emitting();
		while ((n = read(fd, buffer, sizeof(buffer))) > 0)
			tally_read(&by_read, &w, buffer, (size_t)n);
		if (errno != EAGAIN)
			bail("read: %s", strerror(errno));
		if (more)
			poll_for(fd, 50);
	}
	return NULL;
}

static uint64_t nested(const struct tally *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < TALLY_CPUS; i++)
		sum += t->cpu[i].nested;
	return sum;
}

static void sources_exact(const struct tally *t, unsigned int ncpus)
{
	uint64_t received = 0, overrun = tally_sum(t, 1);

	for (unsigned int cpu = 0; cpu < ncpus; cpu++)
		received += t->cpu[cpu].of_source[0] + t->cpu[cpu].of_source[1];
	ok_equal(received + overrun, task.g.emitted + irq.g.emitted,
		 "received + overrun is what the generators say was accepted");
	ok_equal(tally_sum(t, 2), task.g.failed + irq.g.failed,
		 "dropped is what they say was not");
}

int main(void)
{
	unsigned int ncpus = online_cpus();
	struct evring_channel_stats stats;
	pthread_t readers[3];
	struct evring next, batch;
	int fd;

	task.g.count = 30000;
	/* Seconds long, so that the tasks fall into it however slow the guest is. */
	irq.g.rate = ncpus > 4 ? 300 : 1000;
	irq.g.count = irq.g.rate * (ncpus > 4 ? 8 : 4);
	by_next.min[0] = by_batch.min[0] = by_read.min[0] = 16;
	by_next.max[0] = by_batch.max[0] = by_read.max[0] = TASK_MAX;
	by_next.min[1] = by_batch.min[1] = by_read.min[1] = 16;
	by_next.max[1] = by_batch.max[1] = by_read.max[1] = IRQ_MAX;

	channel_create(NAME, 1, 4096);
	ring_open(&next, NAME, NULL);
	ring_open(&batch, NAME, NULL);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	pthread_create(&readers[0], NULL, read_next, &next);
	pthread_create(&readers[1], NULL, read_batch, &batch);
	pthread_create(&readers[2], NULL, read_calls, &fd);
	run_start(&irq);
	while (!channel_stats(fd).accepted)
		sleep_ms(1);
	run_start(&task);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		pthread_join(readers[i], NULL);
	run_join(&irq);
	run_join(&task);

	tally_ok(&by_next, "next");
	tally_exact(&by_next, "next", ncpus, task.g.count + irq.g.count);
	sources_exact(&by_next, ncpus);
	tally_ok(&by_batch, "batch");
	tally_exact(&by_batch, "batch", ncpus, task.g.count + irq.g.count);
	sources_exact(&by_batch, ncpus);
	tally_ok(&by_read, "read()");
	tally_exact(&by_read, "read()", ncpus, task.g.count + irq.g.count);
	sources_exact(&by_read, ncpus);

	stats = channel_stats(fd);
	ok_equal(stats.accepted, task.g.emitted + irq.g.emitted, "STATS: accepted");
	ok_equal(stats_dropped(&stats), task.g.failed + irq.g.failed, "STATS: dropped");
	ok(stats.dropped[EVRING_DROP_TOO_LARGE] && irq.g.emitted > ncpus, "some were too large, most were not",
	   "%llu", (unsigned long long)stats.dropped[EVRING_DROP_TOO_LARGE]);
	ok(nested(&by_next) + nested(&by_batch) + nested(&by_read) > 0,
	   "interrupts came in the middle of the task's emitting", "they did not");
	ok_equal(stats.blocks_open, ncpus, "each CPU owns one block, and none was left behind");
	evring_close(&next);
	evring_close(&batch);
	close(fd);
	channel_remove(NAME);
	return result();
}
