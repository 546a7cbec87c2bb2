// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that a descriptor can do, from several threads at once, on descriptors that others close
 * and reopen under their hands, with random and bad arguments, while the channels themselves are
 * removed and made again and generators come and go. No call does more than fail; the kernel's log
 * stays clean; when all is closed no reader, no source and no use of the module is left.
 *
 * vm: --smp 2
 * timeout: 180
 */
#include "tally.h"

#define CHANNELS 2
#define SLOTS 6
#define THREADS 6
#define SECONDS 8

static const char *const names[CHANNELS] = { "ioctl_races0", "ioctl_races1" };
static int slots[SLOTS];
static bool stop;
static uint64_t calls;

/* Bytes that are sometimes right. */
static void scramble(void *args, size_t bytes, uint64_t *state)
{
	uint8_t *p = args;

	for (size_t i = 0; i < bytes; i++)
		if (random_next(state) % 8 == 0)
			p[i] = (uint8_t)(random_next(state) >> 11);
}

static void ask(int fd, uint64_t *state)
{
	static const unsigned long requests[] = {
		EVRING_IOC_INFO, EVRING_IOC_STATS, EVRING_IOC_SEEK, EVRING_IOC_SEEK, EVRING_IOC_WATERMARK,
		EVRING_IOC_POSITION, EVRING_IOC_POSITION, EVRING_IOC_ACK, EVRING_IOC_ACK,
	};
	unsigned long request = requests[random_next(state) % ARRAY_SIZE(requests)];
	uint64_t seqs[TALLY_CPUS];
	union {
		struct evring_info info;
		struct evring_channel_stats stats;
		struct evring_seek_args seek;
		struct evring_watermark_args watermark;
		struct evring_position_args position;
	} a = { 0 };

	/* All sizes are in the request, all sizes come first. */
	a.info.size = _IOC_SIZE(request);
	for (size_t i = 0; i < TALLY_CPUS; i++)
		seqs[i] = random_next(state) >> (random_next(state) % 64);
	if (request == EVRING_IOC_SEEK) {
		a.seek.whence = random_next(state) % 4;
		a.seek.value = a.seek.whence >= EVRING_SEEK_TIME ? seqs[0] : 0;
		a.seek.cpu = a.seek.whence == EVRING_SEEK_SEQ ? (uint32_t)(seqs[1] % 3) : 0;
	} else if (request == EVRING_IOC_POSITION || request == EVRING_IOC_ACK) {
		a.position.ncpus = (uint32_t)(random_next(state) % 3);
		a.position.seqs = random_next(state) % 16 ? (uintptr_t)seqs : 8;
	} else if (request == EVRING_IOC_WATERMARK) {
		a.watermark.bytes = seqs[0] % 40000;
		a.watermark.usecs = seqs[1] % 3000;
	}
	if (random_next(state) % 8 == 0)
		scramble(&a, sizeof(a), state);
	ioctl(fd, request, &a);
}

/* What waits for a grace period, seldom. */
static void ask_slow(int fd, uint64_t *state)
{
	uint64_t seqs[TALLY_CPUS];
	struct evring_gate_args gate = { .size = sizeof(gate), .ncpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
					 .flags = random_next(state) % 3 == 0, .seqs = (uintptr_t)seqs };
	struct evring_freeze_args freeze = { .size = sizeof(freeze) };

	switch (random_next(state) % 4) {
	case 0:
		ioctl(fd, EVRING_IOC_FREEZE, &freeze);
		ioctl(fd, EVRING_IOC_THAW, &freeze);
		break;
	case 1:
		ioctl(fd, EVRING_IOC_THAW, &freeze);
		break;
	default:
		ioctl(fd, EVRING_IOC_GATE, &gate);
	}
}

static void look(int fd, uint64_t *state)
{
	size_t bytes = (1 + random_next(state) % 40) * 4096;
	const volatile uint8_t *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return;
	for (size_t i = 0; i < bytes; i += 4096)
		(void)map[i];
	munmap((void *)(uintptr_t)map, bytes);
}

/* A new descriptor into the slot; whoever uses the old one loses it in the middle. */
static void reopen(int *slot, uint64_t *state)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/dev/evring/%s", names[random_next(state) % CHANNELS]);
	fd = open(path, (random_next(state) % 2 ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
	fd = __atomic_exchange_n(slot, fd, __ATOMIC_ACQ_REL);
	if (fd >= 0)
		close(fd);
}

static void *play(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	char buffer[5000];

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		int *slot = &slots[random_next(&state) % SLOTS];
		int fd = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		switch (random_next(&state) % 16) {
		case 0:
			reopen(slot, &state);
			break;
		case 1:
		case 2:
			read(fd, buffer, random_next(&state) % sizeof(buffer));
			break;
		case 3:
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, (int)(random_next(&state) % 3));
			break;
		case 4:
			look(fd, &state);
			break;
		case 5:
			if (random_next(&state) % 8 == 0)
				ask_slow(fd, &state);
			break;
		case 6:
			write(fd, buffer, random_next(&state) % 100);
			break;
		case 7:
			ioctl(fd, (unsigned long)random_next(&state), buffer);
			break;
		default:
			ask(fd, &state);
		}
		__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void make(const char *name, uint64_t *state)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = 64 << 10, .mode = 0600,
					   .block_size = 4096, .evict_us = 20000,
					   .flags = (uint32_t)(random_next(state) % 4) };
	struct evring_attach_args gen = { .kind = EVRING_SOURCE_GENERATOR,
		.generator = { .payload_min = 16, .payload_max = 200, .rate = 2000,
			       .flags = random_next(state) % 2 ? EVRING_GENERATOR_IRQ : 0 } };

	channel_remove(name);
	set_name(args.name, name);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
	attach(name, &gen);
}

int main(void)
{
	pthread_t threads[THREADS];
	uint64_t state = 99, until = now_ns() + SECONDS * 1000000000ULL, made = 0;

	memset(slots, 0xff, sizeof(slots));
	for (int i = 0; i < CHANNELS; i++)
		make(names[i], &state);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, play, (void *)(i + 1)))
			bail("no thread");
	while (now_ns() < until) {
		sleep_ms((long)(random_next(&state) % 100));
		make(names[random_next(&state) % CHANNELS], &state);
		made++;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("# %llu calls, %llu channels\n", (unsigned long long)calls, (unsigned long long)made);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] >= 0)
			close(slots[i]);
	for (int i = 0; i < CHANNELS; i++) {
		int fd = channel_open(names[i], O_RDONLY);
		bool alone = channel_stats(fd).readers == 1;

		ok(alone, "no reader is left", "%u", channel_stats(fd).readers - 1);
		ok_errno(channel_remove(names[i]), 0, "the channel can be removed");
		ok_equal(channel_stats(fd).sources, 0, "no source is left");
		close(fd);
	}
	return result();
}
