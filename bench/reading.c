// SPDX-License-Identifier: GPL-2.0
/* Backends that let the kernel copy: read() and io_uring. */
#include "backend.h"
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * A buffer for one record may be too short for what read() must tell before
 * it (RUN, OVERRUN, DROPPED): then one call asks for this much more.
 */
#define EXTRA_ROOM	128U

static void count_other(const struct evring_record *rec, struct tally *t)
{
	const struct evring_loss *loss = (const void *)(rec + 1);

	if (rec->type == EVRING_TYPE_PADDING)
		t->discarded++;
	else if (rec->type == EVRING_TYPE_OVERRUN)
		t->overrun += loss->count;
	else if (rec->type == EVRING_TYPE_DROPPED)
		t->dropped += loss->count;
}

/* Walk what a read brought; every record in it is whole. */
static void parse(const char *at, size_t len, struct tally *t)
{
	const char *end = at + len;
	const struct evring_record *rec;
	uint64_t records = 0, sum = 0;

	while (at < end) {
		rec = (const void *)at;
		if (__builtin_expect(rec->type - EVRING_TYPE_PADDING <
				     EVRING_TYPE_EVENTS - EVRING_TYPE_PADDING, 0)) {
			count_other(rec, t);
		} else {
			records++;
			sum += record_word(rec + 1);
		}
		at += (rec->size + 7U) & ~7U;
	}
	t->records += records;
	t->sum += sum;
}

static int read_prepare(struct consumer *c)
{
	size_t stride = record_stride(c->payload);

	c->room = c->backend->buffer ? c->backend->buffer : stride;
	if (c->room < stride)
		c->room = stride;
	c->buffer = aligned_alloc(4096, (c->room + EXTRA_ROOM + 4095) & ~(size_t)4095);
	if (!c->buffer)
		return fail("no memory");
	c->fd = open(c->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (c->fd < 0)
		return fail("%s: %s", c->path, strerror(errno));
	return 0;
}

static int read_seek(struct consumer *c, enum evring_whence whence)
{
	struct evring_seek_args args = { .size = sizeof(args), .whence = whence };

	if (ioctl(c->fd, EVRING_IOC_SEEK, &args))
		return fail("%s: SEEK: %s", c->path, strerror(errno));
	return 0;
}

static int read_watermark(struct consumer *c, uint64_t bytes, uint64_t usecs)
{
	struct evring_watermark_args args = { .size = sizeof(args), .bytes = bytes, .usecs = usecs };

	if (ioctl(c->fd, EVRING_IOC_WATERMARK, &args))
		return fail("%s: WATERMARK: %s", c->path, strerror(errno));
	return 0;
}

static int read_wait(struct consumer *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return fail("%s: poll: %s", c->path, strerror(errno));
	return 0;
}

static void read_finish(struct consumer *c)
{
	if (c->fd >= 0)
		close(c->fd);
}

const struct access read_access = {
	.prepare = read_prepare,
	.seek = read_seek,
	.watermark = read_watermark,
	.wait = read_wait,
	.finish = read_finish,
};

/** read_run() - read() until it says that there is no more. */
int read_run(struct consumer *c, struct tally *t)
{
	ssize_t got;

	for (;;) {
		got = read(c->fd, c->buffer, c->room);
		if (got < 0 && errno == EMSGSIZE)
			got = read(c->fd, c->buffer, c->room + EXTRA_ROOM);
		if (got <= 0)
			break;
		parse(c->buffer, (size_t)got, t);
	}
	if (!got || errno == EAGAIN)
		return 0;
	return fail("%s: read of %zu bytes: %s", c->path, c->room, strerror(errno));
}

static int uring_prepare(struct consumer *c)
{
	int err = read_prepare(c);

	if (err)
		return err;
	err = io_uring_queue_init(4, &c->uring, 0);
	if (err)
		return fail("io_uring cannot be set up: %s; leave it out with -b", strerror(-err));
	c->has_uring = true;
	if (c->backend->flags & BACKEND_FIXED_FILE)
		err = io_uring_register_files(&c->uring, &c->fd, 1);
	return err ? fail("io_uring: registering the file: %s", strerror(-err)) : 0;
}

static void uring_finish(struct consumer *c)
{
	if (c->has_uring)
		io_uring_queue_exit(&c->uring);
	read_finish(c);
}

const struct access uring_access = {
	.prepare = uring_prepare,
	.seek = read_seek,
	.watermark = read_watermark,
	.wait = read_wait,
	.finish = uring_finish,
};

/*
 * One read by io_uring: bytes, or -errno. RWF_NOWAIT, or an empty channel
 * would keep the request until something is emitted.
 */
static int uring_read(struct consumer *c)
{
	bool fixed = c->backend->flags & BACKEND_FIXED_FILE;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&c->uring);
	struct io_uring_cqe *cqe;
	int err;

	io_uring_prep_read(sqe, fixed ? 0 : c->fd, c->buffer, (unsigned int)c->room, (__u64)-1);
	sqe->rw_flags = RWF_NOWAIT;
	if (fixed)
		sqe->flags |= IOSQE_FIXED_FILE;
	err = io_uring_submit_and_wait(&c->uring, 1);
	if (err < 0)
		return err;
	err = io_uring_wait_cqe(&c->uring, &cqe);
	if (err)
		return err;
	err = cqe->res;
	io_uring_cqe_seen(&c->uring, cqe);
	return err;
}

/** uring_run() - read by io_uring until there is no more. */
int uring_run(struct consumer *c, struct tally *t)
{
	int got;

	while ((got = uring_read(c)) > 0)
		parse(c->buffer, (size_t)got, t);
	if (!got || got == -EAGAIN)
		return 0;
	return fail("%s: io_uring read of %zu bytes: %s", c->path, c->room, strerror(-got));
}
