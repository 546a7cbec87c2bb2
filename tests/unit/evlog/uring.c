// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into evlog: an io_uring that fails as EVLOG_URING tells.
 *
 *   absent   there is none: ENOSYS
 *   short    every write is short, of one byte at last
 *   bad      the third write fails, by ETIME, after those that follow it are done
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>

static int is(const char *what)
{
	const char *how = getenv("EVLOG_URING");

	return how && !strcmp(how, what);
}

int io_uring_queue_init(unsigned int entries, struct io_uring *ring, unsigned int flags)
{
	int (*real)(unsigned int entries, struct io_uring *ring, unsigned int flags);

	*(void **)&real = dlsym(RTLD_NEXT, "io_uring_queue_init");
	return is("absent") ? -ENOSYS : real(entries, ring, flags);
}

/* The submission that evlog has just prepared is the last one. */
static void spoil(struct io_uring *ring)
{
	static struct __kernel_timespec delay = { .tv_nsec = 300000000 };
	static unsigned int n;
	struct io_uring_sqe *sqe;

	sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];
	n++;
	if (is("short") && sqe->len > 1)
		sqe->len = sqe->len > 100000 ? 70001 : sqe->len / 2;
	if (is("bad") && n == 3) {
		sqe->opcode = IORING_OP_TIMEOUT;
		sqe->flags = 0;
		sqe->addr = (unsigned long)&delay;
		sqe->len = 1;
		sqe->off = 0;
	}
}

int io_uring_submit(struct io_uring *ring)
{
	int (*real)(struct io_uring *ring);

	*(void **)&real = dlsym(RTLD_NEXT, "io_uring_submit");
	spoil(ring);
	return real(ring);
}
