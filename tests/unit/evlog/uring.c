// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into evlog: an io_uring that fails as EVLOG_URING tells.
 *
 *   absent   there is none: ENOSYS
 *   short    every write is short, of one byte at last
 *   tell     nothing fails; standard error is told how many bytes a request has
 *   cached   no file can be opened with O_DIRECT: EINVAL
 *   wary     the first request of whole pages is made one that O_DIRECT refuses
 *   bad      the third write fails, by ETIME, after those that follow it are done
 *   canceled the second request is not made, as the kernel has no worker for it: ECANCELED
 *   gone     the third request never ends, and nothing more is told of any: EBADR
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdarg.h>
#include <stdio.h>
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

int open(const char *path, int flags, ...)
{
	int (*real)(const char *path, int flags, ...);
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (flags & O_DIRECT && is("cached")) {
		errno = EINVAL;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "open");
	return real(path, flags, mode);
}

static unsigned int n;

/* Such a request ends by ETIME. */
static void delay(struct io_uring_sqe *sqe, struct __kernel_timespec *by)
{
	sqe->opcode = IORING_OP_TIMEOUT;
	sqe->flags = 0;
	sqe->addr = (unsigned long)by;
	sqe->len = 1;
	sqe->off = 0;
}

/* The submission that evlog has just prepared is the last one. */
static void spoil(struct io_uring *ring)
{
	static struct __kernel_timespec soon = { .tv_nsec = 300000000 }, never = { .tv_sec = 3600 };
	static unsigned int wary;
	struct io_uring_sqe *sqe;

	sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];
	n++;
	if (is("tell"))
		fprintf(stderr, "request %u\n", sqe->len);
	if (is("short") && sqe->len > 1)
		sqe->len = sqe->len > 100000 ? 70001 : sqe->len / 2;
	if (is("wary") && !(sqe->len % 4096) && !wary++)
		sqe->len--;
	if (is("bad") && n == 3)
		delay(sqe, &soon);
	if (is("gone") && n == 3)
		delay(sqe, &never);
	if (is("canceled") && n == 2) {
		sqe->opcode = IORING_OP_NOP;
		sqe->flags = 0;
	}
}

/* The last one, which was spoilt and has ended, has ended so. */
static void end_by(struct io_uring *ring, __u64 data, int error)
{
	struct io_uring_cqe *cqe;
	unsigned int head;

	io_uring_for_each_cqe(ring, head, cqe)
		if (cqe->user_data == data)
			cqe->res = error;
}

int __io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned int submit,
		       unsigned int wait, sigset_t *mask)
{
	int (*real)(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned int submit,
		    unsigned int wait, sigset_t *mask);

	*(void **)&real = dlsym(RTLD_NEXT, "__io_uring_get_cqe");
	return is("gone") && n >= 3 ? -EBADR : real(ring, cqe, submit, wait, mask);
}

int io_uring_submit(struct io_uring *ring)
{
	__u64 last = ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask].user_data;
	int (*real)(struct io_uring *ring);
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "io_uring_submit");
	spoil(ring);
	rc = real(ring);
	if (is("canceled") && n == 2)
		end_by(ring, last, -ECANCELED);
	return rc;
}
