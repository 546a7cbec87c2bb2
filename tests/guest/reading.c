// SPDX-License-Identifier: GPL-2.0
/*
 * read() of a channel: whole records only. A buffer too small for the next one gets EMSGSIZE and
 * loses nothing, also one with room for what tells of its CPU and not for the record; O_NONBLOCK
 * gets EAGAIN; a signal EINTR; a bad address EFAULT, and the records come again; no length, 0.
 * There is no position in the file (ESPIPE) and no writing. Threads that share a descriptor share
 * its records: each goes to one of them.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/uio.h>

#define NAME "reading"
#define RUN_BYTES 32	/* a record of type RUN */

static int fd;
static uint8_t buffer[128 << 10];

static ssize_t read_some(size_t bytes)
{
	memset(buffer, 0xee, sizeof(buffer));
	return read(fd, buffer, bytes);
}

static size_t records(ssize_t bytes)
{
	struct walk w = { .data = buffer, .bytes = bytes > 0 ? (size_t)bytes : 0 };
	size_t n = 0;

	while (walk_next(&w))
		n++;
	ok(!w.broken, "what was read is whole records", "%s", w.broken);
	return n;
}

static void nothing_there(void)
{
	ok_errno(read_some(sizeof(buffer)), EAGAIN, "nothing there and O_NONBLOCK");
	ok_errno(read_some(8), EAGAIN, "also into a small buffer");
	ok_equal((uint64_t)read_some(0), 0, "no length, nothing there");
}

/* Records of 16 + 32 bytes: each takes 48. */
static void small_buffers(void)
{
	static const size_t too_small[] = { 1, 8, 16, RUN_BYTES - 1, RUN_BYTES, RUN_BYTES + 1,
					    RUN_BYTES + 16, RUN_BYTES + 47 };
	char what[100];

	generate_some(NAME, 1, 5, 32, 32);
	ok_equal((uint64_t)read_some(0), 0, "no length, something there");
	for (size_t i = 0; i < ARRAY_SIZE(too_small); i++) {
		int other = channel_open(NAME, O_RDONLY);
		ssize_t n = read(other, buffer, too_small[i]);

		/* What tells of the CPU may be returned alone; then the record does not fit. */
		if (n == RUN_BYTES)
			n = read(other, buffer, too_small[i] - RUN_BYTES ? too_small[i] - RUN_BYTES : 1);
		snprintf(what, sizeof(what), "a buffer of %zu bytes", too_small[i]);
		ok_errno(n, EMSGSIZE, what);
		close(other);
	}
	ok_equal((uint64_t)read_some(RUN_BYTES + 48), RUN_BYTES + 48, "a buffer for exactly one");
	ok_equal(records(RUN_BYTES + 48), 1, "gets one");
	ok_errno(read_some(47), EMSGSIZE, "a byte less than the next, whose CPU is known");
	ok_equal((uint64_t)read_some(48 + 47), 48, "room for almost two gets one");
	ok_equal(buffer[48], 0xee, "and nothing is written behind it");
	ok_equal((uint64_t)read_some(sizeof(buffer)), 3 * 48, "the rest comes at once");
	nothing_there();
}

/* The compiler knows better than to read() there. */
static ssize_t read_at(uintptr_t address)
{
	return syscall(SYS_read, fd, address, 4096);
}

static void bad_addresses(void)
{
	uint8_t *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	must(munmap(two + 4096, 4096), "munmap");
	generate_some(NAME, 1, 10, 32, 32);
	ok_errno(read_at(16), EFAULT, "a bad address");
	ok_errno(read_at(0xffff888000000000UL), EFAULT, "a kernel address");
	ok_errno(read_at((uintptr_t)two + 4096 - 16), EFAULT, "an address that goes bad in the first record");
	n = read_at((uintptr_t)two + 4096 - 200);
	ok(n < 0 ? errno == EFAULT : n <= 200, "one that goes bad later", "%zd", n);
	ok_equal(records(read_some(sizeof(buffer))) + (n > 0 ? (size_t)(n - 1) / 48 : 0), 10,
		 "no record was lost by it");
	munmap(two, 4096);
}

static void scattered(void)
{
	uint8_t parts[40][7];
	struct iovec iov[ARRAY_SIZE(parts)];
	ssize_t n, m;

	for (size_t i = 0; i < ARRAY_SIZE(iov); i++)
		iov[i] = (struct iovec){ parts[i], sizeof(parts[i]) };
	generate_some(NAME, 1, 3, 32, 32);
	n = readv(fd, iov, ARRAY_SIZE(iov));
	ok_equal((uint64_t)n, 3 * 48, "readv() into pieces of 7 bytes");
	channel_seek(fd, EVRING_SEEK_OLDEST);
	m = read_some(sizeof(buffer));
	ok(m > n && !memcmp(buffer + m - n, parts, (size_t)n), "gets the same bytes", "it does not");
}

static void no_position(void)
{
	ok_errno(pread(fd, buffer, sizeof(buffer), 0), ESPIPE, "pread()");
	ok_errno(lseek(fd, 0, SEEK_SET), ESPIPE, "lseek()");
	ok_errno(write(fd, buffer, 16), EBADF, "write() to a descriptor open for reading");
}

static void no_writing(void)
{
	int rw = channel_open(NAME, O_RDWR);

	ok_errno(write(rw, buffer, 16), EINVAL, "write() to a channel that was not made for it");
	close(rw);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct itimerspec soon = { .it_value.tv_nsec = 200000000 };
	struct sigevent sev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	int other = channel_open(NAME, O_RDONLY);
	timer_t timer;

	channel_seek(other, EVRING_SEEK_LATEST);
	sigaction(SIGALRM, &sa, NULL);
	must(timer_create(CLOCK_MONOTONIC, &sev, &timer), "timer_create");
	must(timer_settime(timer, 0, &soon, NULL), "timer_settime");
	ok_errno(read(other, buffer, sizeof(buffer)), EINTR, "a signal ends read() that sleeps");
	timer_delete(timer);
	close(other);
}

/* --- two threads on one descriptor ---------------------------------------------------- */

#define SHARED 20000

static struct run run = { .name = NAME, .g = { .payload_min = 16, .payload_max = 64, .count = SHARED,
					       .rate = 20000, .cpus = { 1 } } };
static uint8_t seen[SHARED];
static uint32_t strange, twice;

static void *share(void *arg)
{
	static __thread uint8_t bytes[4096];
	bool more = true;

	(void)arg;
	while (more) {
		ssize_t n;

		more = !run_over(&run);
		while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
			struct walk w = { .data = bytes, .bytes = (size_t)n };
			const struct evring_record *record;

			while ((record = walk_next(&w))) {
				const struct evring_event_generator *e = payload(record);

				if (record->type != EVRING_TYPE_GENERATOR || e->number >= SHARED ||
				    generator_flaw(0, e, payload_bytes(record), 16, 64))
					__atomic_add_fetch(&strange, 1, __ATOMIC_RELAXED);
				else if (__atomic_exchange_n(&seen[e->number], 1, __ATOMIC_RELAXED))
					__atomic_add_fetch(&twice, 1, __ATOMIC_RELAXED);
			}
		}
		if (more)
			poll_for(fd, 20);
	}
	return NULL;
}

static void shared(void)
{
	pthread_t threads[2];
	uint32_t missing = 0;

	while (read_some(sizeof(buffer)) > 0)
		;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, share, NULL);
	run_start(&run);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	run_join(&run);
	for (size_t i = 0; i < SHARED; i++)
		missing += !seen[i];
	ok(!missing && !twice && !strange, "two threads on a descriptor get each record once",
	   "%u missing, %u twice, %u strange", missing, twice, strange);
}

int main(void)
{
	channel_create(NAME, 4 << 20, 4096);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	nothing_there();
	small_buffers();
	bad_addresses();
	scattered();
	no_position();
	no_writing();
	interrupted();
	shared();
	close(fd);
	channel_remove(NAME);
	return result();
}
