// SPDX-License-Identifier: GPL-2.0
/*
 * kill -9 of readers, wherever they are: reading the mapping, asleep in poll(), in read(),
 * between POSITION and poll(), while records are being emitted. Producers do not notice,
 * another reader loses nothing by it, no reader stays counted, and the channel can be removed.
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "reader_killed"
#define ROUNDS 60

static char buffer[64 << 10];

static void read_mapping(int fd)
{
	const volatile uint8_t *map = channel_map(fd, 0);
	uint64_t size = channel_info(fd).map_size;

	for (;;)
		for (uint64_t i = 0; i < size; i += 64)
			(void)map[i];
}

static void read_calls(int fd)
{
	while (read(fd, buffer, sizeof(buffer)) >= 0)
		;
}

static void poll_calls(int fd)
{
	struct evring_seek_args seek = { .size = sizeof(seek), .whence = EVRING_SEEK_LATEST };

	for (;;) {
		poll_for(fd, -1);
		ioctl(fd, EVRING_IOC_SEEK, &seek);
	}
}

static void position_calls(int fd)
{
	uint64_t seqs[64];
	struct evring_position_args args = { .size = sizeof(args), .seqs = (uintptr_t)seqs };

	memset(seqs, 0xff, sizeof(seqs));
	args.ncpus = channel_info(fd).ncpus < 64 ? channel_info(fd).ncpus : 64;
	for (;;)
		if (!ioctl(fd, EVRING_IOC_POSITION, &args) && !args.more)
			poll_for(fd, -1);
}

static void (*const readers[])(int fd) = { read_mapping, read_calls, poll_calls, position_calls };

static void kill_readers(void)
{
	pid_t pids[ARRAY_SIZE(readers)];
	uint64_t state = 1;

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
			pids[i] = child();
			if (!pids[i]) {
				readers[i](channel_open(NAME, O_RDONLY));
				_exit(1);
			}
		}
		usleep((unsigned int)(random_next(&state) % 30000));
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
			kill(pids[i], SIGKILL);
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
			if (child_status(pids[i]) != 256 + SIGKILL)
				ok(false, "a reader lives until it is killed", "it ended by itself");
	}
}

int main(void)
{
	struct evring_generator_args g = { .payload_min = 16, .payload_max = 100, .rate = 20000 };
	struct evring_channel_stats before, after;
	int fd;

	channel_create(NAME, 256 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	generate(NAME, &g);
	before = channel_stats(fd);
	kill_readers();
	after = channel_stats(fd);
	ok(after.accepted > before.accepted + ROUNDS, "producers go on", "%llu records",
	   (unsigned long long)(after.accepted - before.accepted));
	ok_equal(stats_dropped(&after), 0, "they drop nothing");
	ok_equal(after.readers, 1, "only the reader that lives is counted");
	ok(read(fd, buffer, sizeof(buffer)) > 0, "it can still read", "%s", strerror(errno));
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	close(fd);
	return result();
}
