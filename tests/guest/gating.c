// SPDX-License-Identifier: GPL-2.0
/*
 * Gating readers (DESIGN, I7): to one that acknowledges nothing is lost unless the channel counts
 * it as dropped, with observers beside it that may be overrun. One that does not acknowledge
 * holds the producers up until it leaves, is closed, is killed, or the channel's deadline has
 * passed, which it is told. Acknowledgements never go back, nor beyond what was emitted.
 *
 * vm: --smp 2
 * vm: --smp 4
 * timeout: 240
 */
#include "tally.h"

#define NAME "gating"
#define RING (256 << 10)
#define MANY 20000	/* records on one CPU: more than the ring holds */

static struct run task = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200,
						.count = 200000 } };
static struct run irq = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200, .count = 500,
					       .rate = 1000, .flags = EVRING_GENERATOR_IRQ } };
static struct tally by_gating, by_observer;

static bool emitting(void)
{
	return !run_over(&task) || !run_over(&irq);
}

static void *read_gating(void *arg)
{
	struct evring *r = arg;
	bool more = true;

	while (more) {
		more = emitting();
		tally_next(&by_gating, r, UINT64_MAX);
		if (more && evring_wait(r, 50) < 0)
			bail("evring_wait of the gating reader");
	}
	return NULL;
}

static void *read_observer(void *arg)
{
	struct evring *r = arg;
	bool more = true;

	while (more) {
		more = emitting();
		tally_next(&by_observer, r, UINT64_MAX);
		if (more)
			sleep_ms(20);
	}
	return NULL;
}

static void create(uint64_t evict_us)
{
	channel_create_as(NAME, (struct evring_create_args){ .data_size = RING, .block_size = 4096,
							     .evict_us = evict_us });
}

static void open_gating(struct evring *r, uint32_t flags)
{
	struct evring_opts opts = { .size = sizeof(opts), .flags = EVRING_OPT_LOSSLESS | flags };

	ring_open(r, NAME, &opts);
}

static uint64_t dropped(int fd)
{
	struct evring_channel_stats stats = channel_stats(fd);

	return stats_dropped(&stats);
}

static void nothing_is_lost(void)
{
	unsigned int ncpus = online_cpus();
	struct evring_channel_stats stats;
	pthread_t readers[2];
	struct evring gating, observer;

	create(0);
	ring_open(&observer, NAME, NULL);
	open_gating(&gating, 0);
	pthread_create(&readers[0], NULL, read_gating, &gating);
	pthread_create(&readers[1], NULL, read_observer, &observer);
	run_start(&task);
	run_start(&irq);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		pthread_join(readers[i], NULL);
	run_join(&task);
	run_join(&irq);
	stats = channel_stats(evring_fd(&gating));

	tally_ok(&by_gating, "gating");
	ok_equal(tally_sum(&by_gating, 1), 0, "gating: nothing is overrun");
	tally_exact(&by_gating, "gating", ncpus, task.g.count + irq.g.count);
	ok_equal(tally_sum(&by_gating, 2), stats_dropped(&stats), "gating: drops are what STATS tells");
	ok_equal(tally_sum(&by_gating, 0), stats.accepted, "gating: received is what was accepted");
	tally_ok(&by_observer, "observer");
	tally_exact(&by_observer, "observer", ncpus, task.g.count + irq.g.count);
	printf("# %llu records, %llu acknowledgements\n", (unsigned long long)stats.accepted,
	       (unsigned long long)stats.positions);
	evring_close(&gating);
	evring_close(&observer);
}

static void holds_until_it_leaves(void)
{
	struct evring gating, second;
	uint64_t before;
	int fd;

	create(0);
	fd = channel_open(NAME, O_RDONLY);
	open_gating(&gating, 0);
	generate_some(NAME, 1, MANY, 48, 48);
	before = dropped(fd);
	ok(before > 0 && before < MANY, "producers drop what does not fit", "%llu of %d",
	   (unsigned long long)before, MANY);
	open_gating(&second, 0);
	ok_equal((uint64_t)-evring_ungate(&gating), 0, "a reader can leave");
	ok_equal((uint64_t)-evring_ungate(&gating), EINVAL, "but not twice");
	ok_equal((uint64_t)-evring_ack(&gating), EINVAL, "nor acknowledge then");
	generate_some(NAME, 1, MANY, 48, 48);
	ok(dropped(fd) > before, "a second one that joined meanwhile holds on", "no drop");
	evring_close(&second);
	before = dropped(fd);
	generate_some(NAME, 1, MANY, 48, 48);
	ok_equal(dropped(fd), before, "when it is closed, producers go on");
	evring_close(&gating);
	close(fd);
}

static void killed(void)
{
	struct evring gating;
	int fd, pipes[2];
	uint64_t before;
	pid_t pid;
	char c;

	create(0);
	fd = channel_open(NAME, O_RDONLY);
	must(pipe(pipes), "pipe");
	pid = child();
	if (!pid) {
		open_gating(&gating, 0);
		must(write(pipes[1], "", 1), "write");
		for (;;)
			pause();
	}
	must(read(pipes[0], &c, 1), "read");
	generate_some(NAME, 3, MANY, 48, 48);
	before = dropped(fd);
	ok(before > 0, "a reader that does nothing holds the producers up", "no drop");
	kill(pid, SIGKILL);
	child_status(pid);
	generate_some(NAME, 3, MANY, 48, 48);
	ok_equal(dropped(fd), before, "kill -9 of it frees them");
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void evicted(void)
{
	struct evring gating, other, idle;
	struct evring_event ev;
	uint64_t before;
	int told = 0, err;

	create(2000000);
	open_gating(&idle, EVRING_OPT_MANUAL_ACK);
	sleep_ms(3000);
	ok_equal((uint64_t)-evring_ack(&idle), 0, "who has nothing to acknowledge is not evicted");
	evring_close(&idle);

	open_gating(&gating, EVRING_OPT_MANUAL_ACK);
	open_gating(&other, 0);
	generate_some(NAME, 1, MANY, 48, 48);
	before = dropped(evring_fd(&other));
	/* On a machine that emits so slowly that the deadline passes first, it cannot be told. */
	ok(before > 0 || channel_stats(evring_fd(&other)).evictions,
	   "until the deadline the producers are held up", "no drop");
	sleep_ms(3000);
	generate_some(NAME, 1, MANY, 48, 48);
	ok_equal(dropped(evring_fd(&other)), before, "after it they go on");
	ok_equal((uint64_t)-evring_ack(&gating), ETIMEDOUT, "who was evicted is told");
	ok_equal((uint64_t)-evring_ack(&gating), EINVAL, "once");
	ok_equal(channel_stats(evring_fd(&other)).evictions, 2, "STATS counts evictions");
	while ((err = evring_next(&other, &ev)))
		told += err == -ETIMEDOUT;
	told += evring_wait(&other, 0) == -ETIMEDOUT;
	ok_equal((uint64_t)told, 1, "told once also where it acknowledges by itself");
	ok_equal((uint64_t)evring_wait(&other, 0), 0, "then it is an observer like others");
	ok_equal((uint64_t)-evring_gate(&other), 0, "which may gate again");
	evring_close(&other);
	evring_close(&gating);
}

static int ack(int fd, uint64_t seq, unsigned int ncpus)
{
	struct evring_position_args args = { .size = sizeof(args), .ncpus = ncpus };
	uint64_t seqs[64];

	for (unsigned int i = 0; i < ncpus; i++)
		seqs[i] = seq;
	args.seqs = (uintptr_t)seqs;
	return ioctl(fd, EVRING_IOC_ACK, &args);
}

static void raw_calls(void)
{
	struct evring_gate_args gate = { .size = sizeof(gate) };
	int fd, ro;
	uint64_t seqs[64] = { 0 }, before;
	unsigned int ncpus;

	create(0);
	ro = channel_open(NAME, O_RDONLY);
	fd = channel_open(NAME, O_RDWR);
	ncpus = channel_info(fd).ncpus;
	gate.ncpus = ncpus;
	gate.seqs = (uintptr_t)seqs;
	generate_some(NAME, 1, 10, 48, 48);
	ok_errno(ioctl(ro, EVRING_IOC_GATE, &gate), EBADF, "GATE takes a writable descriptor");
	ok_errno(ack(ro, 0, ncpus), EBADF, "so does ACK");
	ok_errno(ack(fd, 0, ncpus), EINVAL, "ACK without GATE");
	gate.ncpus--;
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), EINVAL, "GATE with room for too few CPUs");
	gate.ncpus++;
	gate.seqs = 8;
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), EFAULT, "GATE with a bad address");
	gate.seqs = (uintptr_t)seqs;
	generate_some(NAME, 1, MANY, 48, 48);
	ok_equal(dropped(fd), 0, "after which it does not gate");
	gate.flags = 2;
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), EINVAL, "GATE with an unknown flag");
	gate.flags = EVRING_GATE_LEAVE;
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), EINVAL, "leaving without having joined");
	gate.flags = 0;
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), 0, "GATE");
	ok_equal(seqs[0], MANY + 10, "it answers where the guarantee starts");
	ok_errno(ioctl(fd, EVRING_IOC_GATE, &gate), EALREADY, "GATE once more");

	generate_some(NAME, 1, 1000, 48, 48);
	ok_errno(ack(fd, UINT64_MAX, ncpus), 0, "an ACK beyond what was emitted");
	ok_errno(ack(fd, 0, ncpus), 0, "and one that goes back");
	generate_some(NAME, 1, 2000, 48, 48);
	ok_equal(dropped(fd), 0, "it did not go back");
	generate_some(NAME, 1, MANY, 48, 48);
	before = dropped(fd);
	ok(before > 0, "nor did the other let go what came later", "no drop");
	close(fd);
	generate_some(NAME, 1, MANY, 48, 48);
	ok_equal(dropped(ro), before, "closed without leaving: producers go on");
	close(ro);
}

int main(void)
{
	nothing_is_lost();
	holds_until_it_leaves();
	killed();
	evicted();
	raw_calls();
	channel_remove(NAME);
	return result();
}
