// SPDX-License-Identifier: GPL-2.0
/*
 * CVE-2021-3489, oversize: BPF's ring buffer granted a reservation larger than the ring, and what
 * was written to it ended in other memory.
 *
 * Here sizes around and beyond each limit - a block, the size field, the ring, 2^31, 2^32 - are tried
 * through the generator, by copy and in place, and through write() and writev(). What is within is
 * delivered whole, what is beyond is refused or counted as dropped for its size, and the records
 * before and after are as they were.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/uio.h>

#define NAME "oversize"
#define EACH 6U

static struct tally seen;
static uint32_t largest;

static void create(uint32_t block)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = 1 << 20,
					   .flags = EVRING_CREATE_USER_WRITE, .block_size = block,
					   .mode = 0600 };

	channel_remove(NAME);
	set_name(args.name, NAME);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
}

/* EACH records of @size by each way; then all must be told, as records or as drops. */
static bool generated(struct evring *r, int fd, uint32_t size)
{
	uint64_t fits = size <= largest ? EACH : 0;
	struct evring_channel_stats before = channel_stats(fd), after;

	for (uint32_t flags = 0; flags <= EVRING_GENERATOR_RESERVE; flags += EVRING_GENERATOR_RESERVE) {
		struct evring_generator_args g = { .flags = EVRING_GENERATOR_WAIT | flags,
						   .payload_min = size, .payload_max = size,
						   .count = EACH, .cpus = { 1 } };

		generate(NAME, &g);
		if (g.emitted != fits || g.failed != EACH - fits)
			return false;
		/* Each run numbers its records from 0. */
		seen.cpu[0].number[0] = 0;
		tally_next(&seen, r, UINT64_MAX);
	}
	after = channel_stats(fd);
	return after.accepted - before.accepted == 2 * fits &&
	       after.dropped[EVRING_DROP_TOO_LARGE] - before.dropped[EVRING_DROP_TOO_LARGE] ==
	       2 * (EACH - fits) && stats_dropped(&after) - stats_dropped(&before) == 2 * (EACH - fits);
}

static void generator(uint32_t block)
{
	static const uint32_t refused[] = {
		0, 1, 15, (128U << 10) + 1, 1U << 20, (1U << 20) + 1, INT32_MAX, 1U << 31,
		(1U << 31) + 16, UINT32_MAX - 16, UINT32_MAX - 7, UINT32_MAX - 1, UINT32_MAX,
	};
	uint32_t around[] = { block / 2, block, 0, EVRING_PAYLOAD_MAX, 1U << 16, (128U << 10) - 4 };
	uint32_t tried = 0;
	bool well = true;
	struct evring r;
	char what[100];
	int fd;

	create(block);
	fd = channel_open(NAME, O_RDONLY);
	largest = channel_info(fd).max_payload;
	around[2] = largest;
	ring_open(&r, NAME, NULL);
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		for (uint32_t d = 0; d <= 20; d++, tried++)
			well = well && generated(&r, fd, around[i] + d - 16);
	snprintf(what, sizeof(what), "blocks of %u: %u sizes within and beyond", block, tried);
	ok(well, what, "one of them was not stored or not counted as it should");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct evring_attach_args args = { .kind = EVRING_SOURCE_GENERATOR,
			.generator = { .flags = EVRING_GENERATOR_WAIT, .payload_min = refused[i],
				       .payload_max = refused[i], .count = 1 } };

		snprintf(what, sizeof(what), "a generator of %u bytes", refused[i]);
		ok_errno(attach(NAME, &args), EINVAL, what);
		args.generator.payload_min = 16;
		if (refused[i] > 16 && attach(NAME, &args) >= 0)
			ok(false, what, "as the upper bound alone it is not refused");
	}
	tally_ok(&seen, "the reader");
	tally_exact(&seen, "the reader", 1, 2ULL * EACH * tried);
	evring_close(&r);
	close(fd);
}

/* A byte of the write() number @n. */
static uint8_t text(uint64_t n, size_t i)
{
	return (uint8_t)(n * 31 + i * 7);
}

static void told(struct evring *r, uint64_t n, size_t bytes, const char *what)
{
	struct evring_event ev;
	bool same = evring_next(r, &ev) == 1 && ev.kind == EVRING_RECORD && ev.len == bytes + 8 &&
		    ev.type == EVRING_TYPE_USER;

	for (size_t i = 0; same && i < bytes; i++)
		same = ((const uint8_t *)ev.payload)[8 + i] == text(n, i);
	ok(same && !evring_next(r, &ev), what, "it is not the one record that was written");
}

static void writes(uint32_t block)
{
	static const size_t beyond[] = {
		1, 8, 16, 24, 4096, 65536, 1 << 20, (1UL << 31) - 4096, 1UL << 31, (1UL << 31) + 24,
		UINT32_MAX - 65536, UINT32_MAX - 16,
	};
	/* Reserved addresses, never touched; the start has bytes. */
	size_t room = 5UL << 30;
	uint8_t *from = mmap(NULL, room, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct iovec iov[3];
	struct evring r;
	uint64_t n = 0;
	size_t most;
	int fd;

	if (from == MAP_FAILED)
		bail("mmap of %zu bytes", room);
	create(block);
	fd = channel_open(NAME, O_WRONLY | O_NONBLOCK);
	ring_open(&r, NAME, NULL);
	most = channel_info(fd).max_payload - 8;
	for (size_t less = 0; less < 10; less++) {
		n++;
		for (size_t i = 0; i < most; i++)
			from[i] = text(n, i);
		if (write(fd, from, most - less) != (ssize_t)(most - less))
			ok(false, "write() of the most", "%s", strerror(errno));
		told(&r, n, most - less, "a write() up to the limit");
	}
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++)
		ok_errno(write(fd, from, most + beyond[i]), EMSGSIZE, "a write() beyond it");
	for (size_t i = 0; i < 3; i++)
		iov[i] = (struct iovec){ from + i * (most / 3), most / 3 };
	ok_equal((uint64_t)writev(fd, iov, 3), most / 3 * 3, "writev() of parts is one record");
	told(&r, n, most / 3 * 3, "of all their bytes");
	iov[2].iov_len = most;
	ok_errno(writev(fd, iov, 3), EMSGSIZE, "writev() of parts that come to too much");
	iov[1].iov_len = SIZE_MAX - most;
	ok_errno(writev(fd, iov, 3), EINVAL, "writev() of a sum that overflows");
	iov[1].iov_len = 1UL << 32;
	ok_errno(writev(fd, iov, 3), EMSGSIZE, "writev() of more than 2^32");
	must(write(fd, from, most), "write");
	told(&r, n, most, "nothing of all these was stored");
	evring_close(&r);
	close(fd);
	munmap(from, room);
}

int main(void)
{
	for (uint32_t block = EVRING_BLOCK_MIN; block <= EVRING_BLOCK_MAX; block *= 4) {
		generator(block);
		writes(block);
	}
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	return result();
}
