// SPDX-License-Identifier: GPL-2.0
/*
 * CVE-2024-41009, overlapping reservations: BPF's ring buffer took the consumer's place from a page
 * that the consumer could write, and a place moved ahead let two records have one memory.
 *
 * Here a place is told by ioctl and goes nowhere but into the teller's own cursor, or, acknowledged,
 * into a floor that never goes back. Threads tell absurd places - beyond the head, back and forth,
 * near 2^31, 2^32, 2^63 and 2^64 - by POSITION, SEEK and ACK, on descriptors of their own and on one
 * that they share, while all CPUs emit. Every record stays whole, an observer's account is exact,
 * and a lossless reader beside a hostile one loses nothing that was not counted as dropped.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "position_absurd"
#define COUNT 40000
#define RATE 15000
#define HOSTILE 4

static struct tally seen[2];
static bool stop;
static int shared = -1;
static uint64_t calls;

static uint64_t absurd(uint64_t *state)
{
	static const uint64_t around[] = { 0, COUNT, 1ULL << 31, 1ULL << 32, 1ULL << 63, 0 };
	uint64_t what = random_next(state);

	if (what % 8 == 7)
		return random_next(state);
	return around[what % ARRAY_SIZE(around)] + (random_next(state) % 5 - 2) *
	       (what & 0x100 ? 1 : random_next(state) % COUNT);
}

/* ACK and GATE where the number is odd; every call may fail, none may do harm. */
static void *hostile(void *arg)
{
	uint64_t state = (uintptr_t)arg, seqs[TALLY_CPUS];
	int own = channel_open(NAME, O_RDWR);
	uint32_t ncpus = channel_info(own).ncpus;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct evring_position_args args = { .size = sizeof(args), .seqs = (uintptr_t)seqs };
		struct evring_gate_args gate = { .size = sizeof(gate), .ncpus = ncpus,
						 .seqs = (uintptr_t)seqs };
		struct evring_seek_args seek = { .size = sizeof(seek), .whence = EVRING_SEEK_SEQ };
		int fd = random_next(&state) % 2 ? own : shared;

		args.ncpus = (uint32_t)(random_next(&state) % (ncpus + 2));
		for (uint32_t i = 0; i < ncpus; i++)
			seqs[i] = absurd(&state);
		switch (random_next(&state) % 6) {
		case 0:
			seek.cpu = (uint32_t)(random_next(&state) % (ncpus + 1));
			seek.value = absurd(&state);
			ioctl(fd, EVRING_IOC_SEEK, &seek);
			break;
		case 1:
		case 2:
			ioctl(fd, EVRING_IOC_POSITION, &args);
			break;
		case 3:
			if (random_next(&state) % 64)
				break;
			gate.flags = random_next(&state) % 2 ? EVRING_GATE_LEAVE : 0;
			ioctl(fd, EVRING_IOC_GATE, &gate);
			break;
		default:
			ioctl(fd, EVRING_IOC_ACK, &args);
			break;
		}
		__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	}
	close(own);
	return NULL;
}

int main(void)
{
	struct evring_opts lossless = { .size = sizeof(lossless), .flags = EVRING_OPT_LOSSLESS };
	struct run run = { .name = NAME, .g = { .payload_min = 16, .payload_max = 120,
						.count = COUNT, .rate = RATE } };
	pthread_t threads[HOSTILE];
	struct evring r[2];

	channel_create(NAME, 256 << 10, 4096);
	shared = channel_open(NAME, O_RDWR);
	ring_open(&r[0], NAME, NULL);
	ring_open(&r[1], NAME, &lossless);
	for (size_t i = 0; i < HOSTILE; i++)
		if (pthread_create(&threads[i], NULL, hostile, (void *)(i + 1)))
			bail("no thread");
	run_start(&run);
	while (!run_over(&run))
		if (!tally_next(&seen[0], &r[0], 200) && !tally_next(&seen[1], &r[1], 200))
			evring_wait(&r[1], 10);
	run_join(&run);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < HOSTILE; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 2; i++)
		tally_next(&seen[i], &r[i], UINT64_MAX);

	printf("# %llu hostile calls\n", (unsigned long long)calls);
	tally_ok(&seen[0], "an observer");
	tally_exact(&seen[0], "an observer", online_cpus(), COUNT);
	tally_ok(&seen[1], "a lossless reader");
	tally_exact(&seen[1], "a lossless reader", online_cpus(), COUNT);
	ok_equal(tally_sum(&seen[1], 1), 0, "a lossless reader was not overrun");
	ok_equal(tally_sum(&seen[0], 2), run.g.failed, "drops are those that the producers counted");
	for (int i = 0; i < 2; i++)
		evring_close(&r[i]);
	close(shared);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	return result();
}
