// SPDX-License-Identifier: GPL-2.0
/*
 * SEEK by time and by sequence number, for read(): the first record not older than a time on
 * each CPU; a sequence number of one CPU, while the others stay.
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "seek"
#define COUNT 3000

static char buffer[1 << 20];
static uint64_t times[2][COUNT];

static int seek(int fd, uint32_t whence, uint64_t value, uint32_t cpu)
{
	struct evring_seek_args args = { .size = sizeof(args), .whence = whence, .value = value,
					 .cpu = cpu };

	return ioctl(fd, EVRING_IOC_SEEK, &args);
}

/* Reads all there is: for each CPU the first sequence number, or UINT64_MAX; and how many. */
static void read_all(int fd, uint64_t first[2], uint64_t count[2])
{
	struct walk w = { 0 };
	ssize_t n;

	for (int cpu = 0; cpu < 2; cpu++) {
		first[cpu] = UINT64_MAX;
		count[cpu] = 0;
	}
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		const struct evring_record *record;

		walk_feed(&w, buffer, (size_t)n);
		while ((record = walk_next(&w))) {
			if (w.cpu > 1 || record->type != EVRING_TYPE_GENERATOR)
				bail("a record of type %x on CPU %u", record->type, w.cpu);
			if (!count[w.cpu]++)
				first[w.cpu] = w.seq;
			if (w.seq < COUNT)
				times[w.cpu][w.seq] = record->time;
		}
		if (w.broken)
			bail("%s", w.broken);
	}
}

/* The first record of @cpu that is not older than @time. */
static uint64_t not_older(int cpu, uint64_t time)
{
	uint64_t seq = 0;

	while (seq < COUNT && times[cpu][seq] < time)
		seq++;
	return seq;
}

int main(void)
{
	uint64_t first[2], count[2], state = 1;
	bool right = true;
	int fd;

	channel_create(NAME, 2 << 20, 4096);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	generate_some(NAME, 3, COUNT, 48, 48);
	read_all(fd, first, count);
	ok(count[0] == COUNT && count[1] == COUNT, "all can be read", "%llu and %llu",
	   (unsigned long long)count[0], (unsigned long long)count[1]);

	for (int i = 0; i < 200 && right; i++) {
		uint64_t r = random_next(&state);
		uint64_t time = times[r & 1][(r >> 1) % COUNT] + (r >> 60) % 2;

		must(seek(fd, EVRING_SEEK_TIME, time, 0), "SEEK by time");
		read_all(fd, first, count);
		for (int cpu = 0; cpu < 2; cpu++) {
			uint64_t want = not_older(cpu, time);

			right &= count[cpu] == COUNT - want &&
				 first[cpu] == (want < COUNT ? want : UINT64_MAX);
			if (!right)
				printf("# CPU %d: from %llu, not %llu\n", cpu,
				       (unsigned long long)first[cpu], (unsigned long long)want);
		}
	}
	ok(right, "SEEK by time: the first record of each CPU that is not older", "see above");

	for (int i = 0; i < 200 && right; i++) {
		uint64_t want = random_next(&state) % COUNT;
		uint32_t cpu = i & 1;

		must(seek(fd, EVRING_SEEK_SEQ, want, cpu), "SEEK by sequence number");
		read_all(fd, first, count);
		right = first[cpu] == want && count[cpu] == COUNT - want && !count[!cpu];
		if (!right)
			printf("# CPU %u: %llu from %llu, not from %llu; %llu of the other\n", cpu,
			       (unsigned long long)count[cpu], (unsigned long long)first[cpu],
			       (unsigned long long)want, (unsigned long long)count[!cpu]);
	}
	ok(right, "SEEK by sequence number: that record of that CPU; the other stays", "see above");

	ok_errno(seek(fd, EVRING_SEEK_TIME, UINT64_MAX, 0), 0, "SEEK to the far future");
	ok_errno(read(fd, buffer, sizeof(buffer)), EAGAIN, "nothing is there");
	ok_errno(seek(fd, EVRING_SEEK_SEQ, UINT64_MAX, 0), 0, "SEEK beyond the last record");
	ok_errno(read(fd, buffer, sizeof(buffer)), EAGAIN, "nothing is there");
	ok_equal((uint64_t)poll_for(fd, 50), 0, "poll() says so too");
	generate_some(NAME, 1, 1, 48, 48);
	ok_equal((uint64_t)poll_for(fd, 1000), POLLIN, "until there is more");
	read_all(fd, first, count);
	ok(first[0] == COUNT && count[0] == 1, "which is what is read then", "from %llu",
	   (unsigned long long)first[0]);
	ok_errno(seek(fd, EVRING_SEEK_SEQ, 0, 1000000), EINVAL, "SEEK on a CPU that there is not");
	ok_errno(seek(fd, EVRING_SEEK_TIME, 0, 1), EINVAL, "SEEK by time of one CPU");
	ok_errno(seek(fd, EVRING_SEEK_SEQ + 1, 0, 0), EINVAL, "an unknown SEEK");
	close(fd);
	channel_remove(NAME);
	return result();
}
