// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU goes and comes back under load. On all CPUs tasks and hard interrupts emit, readers read the
 * mapping and by read(), one of them lossless, and CPUs are taken offline and online again. For each
 * reader received + overrun + dropped is exactly what the generators attempted (DESIGN, I4); the
 * records of the CPU that went stay readable, and it emits again when it is back.
 *
 * vm: --smp 4
 * timeout: 240
 */
#include "tally.h"

#define NAME "hotplug"
#define ROUNDS 8
#define COUNT 6000
#define RATE 6000

static struct tally seen[3];
static struct walk walk;
static struct evring ring[2];
static char buffer[64 << 10];
static int fd;

static bool online(unsigned int cpu, bool on)
{
	char path[100];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	return !file_put(path, on ? "1" : "0");
}

static int take(void)
{
	struct evring_event ev;
	ssize_t bytes;
	int n = 0;

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 300 && evring_next(&ring[i], &ev) == 1; k++, n++)
			tally_event(&seen[i], &ev);
	bytes = read(fd, buffer, sizeof(buffer));
	if (bytes > 0)
		tally_read(&seen[2], &walk, buffer, (size_t)bytes);
	return n + (bytes > 0);
}

/* Each run numbers its records from 0. */
static void new_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
		for (size_t cpu = 0; cpu < TALLY_CPUS; cpu++)
			memset(seen[i].cpu[cpu].number, 0, sizeof(seen[i].cpu[cpu].number));
}

/* A run in a task and one in interrupts; meanwhile CPUs go and come. How many they attempted. */
static uint64_t play(unsigned int round, unsigned int *turns)
{
	struct run runs[2] = {
		{ .name = NAME, .g = { .payload_min = 16, .payload_max = 200, .count = COUNT,
				       .rate = RATE } },
		{ .name = NAME, .g = { .flags = EVRING_GENERATOR_IRQ, .payload_min = 16,
				       .payload_max = 100, .count = COUNT / 2, .rate = RATE / 2 } },
	};
	unsigned int cpu = 1 + round % 3;
	uint64_t down = now_ns() + (100 + round * 70) * 1000000ULL, up = UINT64_MAX;

	new_numbers();
	for (int i = 0; i < 2; i++)
		run_start(&runs[i]);
	while (!run_over(&runs[0]) || !run_over(&runs[1])) {
		if (!take())
			usleep(500);
		if (now_ns() > down) {
			if (!online(cpu, false))
				skip("CPU %u cannot be taken offline", cpu);
			down = UINT64_MAX;
			up = now_ns() + 200000000ULL;
		}
		if (now_ns() > up && online(cpu, true)) {
			up = UINT64_MAX;
			++*turns;
		}
	}
	for (int i = 0; i < 2; i++)
		run_join(&runs[i]);
	if (up != UINT64_MAX && online(cpu, true))
		++*turns;
	while (take())
		;
	return runs[0].g.emitted + runs[0].g.failed + runs[1].g.emitted + runs[1].g.failed;
}

int main(void)
{
	static const char *const names[] = { "an observer", "a lossless reader", "read()" };
	struct evring_opts lossless = { .size = sizeof(lossless), .flags = EVRING_OPT_LOSSLESS };
	unsigned int cpus = online_cpus(), turns = 0;
	uint64_t attempted = 0, last[TALLY_CPUS];
	char what[100];

	if (cpus < 4 || access("/sys/devices/system/cpu/cpu1/online", W_OK))
		skip("CPUs cannot be taken offline here");
	channel_create(NAME, 256 << 10, 4096);
	ring_open(&ring[0], NAME, NULL);
	ring_open(&ring[1], NAME, &lossless);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	for (unsigned int round = 0; round < ROUNDS; round++)
		attempted += play(round, &turns);
	ok_equal(turns, ROUNDS, "a CPU went and came back in each round");
	ok_equal(online_cpus(), cpus, "all are online again");
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		tally_ok(&seen[i], names[i]);
		snprintf(what, sizeof(what), "%s: received + overrun + dropped = attempted", names[i]);
		ok_equal(tally_sum(&seen[i], 0) + tally_sum(&seen[i], 1) + tally_sum(&seen[i], 2),
			 attempted, what);
	}
	ok_equal(tally_sum(&seen[1], 1), 0, "the lossless reader was not overrun");

	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		last[cpu] = seen[2].cpu[cpu].received;
	new_numbers();
	generate_some(NAME, 0, 10, 16, 16);
	while (take())
		;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		last[0] += seen[2].cpu[cpu].received - last[cpu] == 10 ? 0 : 1ULL << 32;
	ok(last[0] < 1ULL << 32, "and every CPU emits", "one does not");
	for (int i = 0; i < 2; i++)
		evring_close(&ring[i]);
	close(fd);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	return result();
}
