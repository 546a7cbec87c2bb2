// SPDX-License-Identifier: GPL-2.0
/*
 * evlog but for its source, over a channel that is a test double: failing FORMAT POLICY FILE COUNT.
 *
 * A thread emits COUNT records on two CPUs, then the channel is removed. With --on-error wait,
 * POLICY wait or durable, the ring is held, and what it had no room for is emitted again. Printed:
 * how many records the CPUs accepted, how many events evlog has written, how many it could not,
 * how many were overrun, and how often the disk failed. Exits as evlog does.
 *
 *	FAILING_SYNC=N	each Nth time that the disk is to keep what was written it fails, and what
 *			was written since the last time is gone; and the first time after writes
 *			through io_uring have failed
 *	FAILING_PLAIN=1	there is no io_uring
 *	FAILING_WRITE=N	each Nth write fails while records come, of those through io_uring if there
 *			is one
 *	FAILING_WHILE=FILE	all through io_uring fail while FILE is there
 *	FAILING_AHEAD=N	so many records are there before evlog reads: there is much to write at once
 *	FAILING_SIZE=N	--rotate-size
 */
#define _GNU_SOURCE
#define EVRING_DOUBLE_IMPLEMENTATION
#include "evring_double.h"

#include "clock.h"
#include "drain.h"
#include "rig.h"

#include <dlfcn.h>
#include <liburing.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PAYLOAD	120U

static struct evring_double *channel;
static unsigned long count, ahead;
static bool ended;	/* no more records come */

/* --- a disk --------------------------------------------------------------------------------- */

#define FILES	256U

/**
 * struct kept - what the disk has of a file.
 * @inode: of the file; 0: of none.
 * @bytes: its bytes,
 * @size: and how many.
 */
struct kept {
	ino_t inode;
	char *bytes;
	size_t size;
};

static struct kept kept[FILES];
static unsigned int syncs, failures;
static bool owed;	/* writes have failed, and no sync has told of it */

static struct kept *find_kept(ino_t inode)
{
	unsigned int i;

	for (i = 0; i < FILES && kept[i].inode && kept[i].inode != inode; i++)
		;
	if (i == FILES)
		abort();
	kept[i].inode = inode;
	return &kept[i];
}

static bool sync_fails(void)
{
	const char *every = getenv("FAILING_SYNC");
	bool fails = !(++syncs % strtoul(every, NULL, 10)) || owed;

	owed = false;
	return fails;
}

static int sync_or_fail(int fd)
{
	struct kept *k;
	struct stat st;
	char path[32];
	size_t size;

	if (!getenv("FAILING_SYNC") || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	/* It may be open for writing alone. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	k = find_kept(st.st_ino);
	size = (size_t)st.st_size;
	k->bytes = realloc(k->bytes, size + 1);
	if (!sync_fails()) {
		k->size = size;
		if (pread(fd, k->bytes, size, 0) != (ssize_t)size)
			abort();
		close(fd);
		return 0;
	}
	failures++;
	if (size > k->size)
		memset(k->bytes + k->size, 0, size - k->size);
	if (syscall(SYS_pwrite64, fd, k->bytes, size, 0) != (long)size)
		abort();
	close(fd);
	errno = EIO;
	return -1;
}

/* In place of the C library's. */
int fdatasync(int fd)
{
	return sync_or_fail(fd);
}

int fsync(int fd)
{
	return sync_or_fail(fd);
}

static bool is_plain(void)
{
	return *(getenv("FAILING_PLAIN") ?: "");
}

/* It is a write's turn to fail. */
static bool is_next(void)
{
	static unsigned int writes;
	const char *every = getenv("FAILING_WRITE");

	return every && !__atomic_load_n(&ended, __ATOMIC_RELAXED) &&
	       !(++writes % strtoul(every, NULL, 10));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	if (!is_plain() || !is_next())
		return syscall(SYS_pwrite64, fd, bytes, size, at);
	failures++;
	errno = EIO;
	return -1;
}

/* Those that are about to be submitted: one in so many, or all, go to where there is never room. */
int io_uring_submit(struct io_uring *ring)
{
	static int (*real)(struct io_uring *ring);
	static int full = -1;
	const char *file = getenv("FAILING_WHILE");
	bool all = file && !access(file, F_OK);
	struct io_uring_sqe *sqe;
	unsigned int i;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, __func__);
	if (full < 0)
		full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	for (i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++) {
		if (!all && !is_next())
			continue;
		sqe = &ring->sq.sqes[i & *ring->sq.kring_mask];
		sqe->flags = 0;
		sqe->fd = full;
		owed = owed || all;
		failures++;
	}
	return real(ring);
}

int io_uring_queue_init(unsigned int entries, struct io_uring *ring, unsigned int flags)
{
	int (*real)(unsigned int entries, struct io_uring *ring, unsigned int flags) =
		(int (*)(unsigned int, struct io_uring *, unsigned int))dlsym(RTLD_NEXT, __func__);

	return is_plain() ? -ENOSYS : real(entries, ring, flags);
}

/* --- a producer ------------------------------------------------------------------------------- */

/* @held: what there is no room for is emitted again. */
static void emit(unsigned long number, bool held)
{
	struct {
		struct evring_common common;
		char text[PAYLOAD - sizeof(struct evring_common)];
	} event = { .common = { .type = EVRING_TYPE_USER, .pid = 1 } };

	snprintf(event.text, sizeof(event.text), "number %lu of a long line", number);
	while (evring_double_emit(channel, number & 1, EVRING_TYPE_USER, &event, sizeof(event)) &&
	       held)
		usleep(1000);
}

static void *produce(void *held)
{
	unsigned long i;

	for (i = ahead; i < count; i++) {
		emit(i, held);
		/* Not faster than that, so that there is time to make room. */
		if (i % 64 == 63)
			usleep(5000);
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	evring_double_remove(channel);
	return NULL;
}

/* --- evlog ------------------------------------------------------------------------------------ */

static void choose(struct session *s, char **argv)
{
	const char *size = getenv("FAILING_SIZE");

	s->opt.format = sink_format_find(argv[1]);
	s->opt.output = argv[3];
	s->opt.deadline_ns = 1000000;
	s->opt.rotation.size = size ? strtoull(size, NULL, 10) : 0;
	s->opt.durable = !strcmp(argv[2], "durable");
	s->lossless = s->opt.durable || !strcmp(argv[2], "wait");
	s->opt.on_error = s->lossless ? ON_ERROR_WAIT :
			  strcmp(argv[2], "drop") ? ON_ERROR_STOP : ON_ERROR_DROP;
	s->trouble = (struct trouble){ .policy = s->opt.on_error, .name = argv[3],
				       .pause = drain_pause, .ctx = s };
}

int main(int argc, char **argv)
{
	struct evring_double_opts opts = { .size = sizeof(opts), .data_size = 256 << 10 };
	static struct session s;
	unsigned long i;
	pthread_t thread;
	int failed, error;

	if (argc != 5)
		return 2;
	count = strtoul(argv[4], NULL, 10);
	ahead = strtoul(getenv("FAILING_AHEAD") ?: "0", NULL, 10);
	channel = evring_double_create("failing", &opts);
	choose(&s, argv);
	if (!channel || rig_open(&s, channel, s.opt.format->open))
		return 1;
	for (i = 0; i < ahead; i++)
		emit(i, false);
	pthread_create(&thread, NULL, produce, s.lossless ? &s : NULL);
	failed = drain_run(&s);
	error = s.sink->ops->close(s.sink);
	if (error)
		s.sink->ops->explain(s.sink, error);
	printf("%llu %llu %llu %llu %u\n",
	       (unsigned long long)evring_double_accepted(channel, 0) +
	       (unsigned long long)evring_double_accepted(channel, 1), (unsigned long long)s.events,
	       (unsigned long long)s.unwritten, (unsigned long long)s.overrun, failures);
	/* The producer of a run that failed is held for good. */
	_exit(fflush(stdout) || failed || error);
}
