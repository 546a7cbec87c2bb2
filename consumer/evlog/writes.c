// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "writes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void writes_open(struct writes *w, unsigned int depth)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	/* Twice as many: the rest of a short write is one more. */
	w->refused = io_uring_queue_init(depth * 2, &w->ring, 0);
	w->use_ring = !w->refused;
}

const char *writes_refusal(int error)
{
	switch (error) {
	case -ENOSYS:
		return "this kernel has none";
	case -EPERM:
	case -EACCES:
		return "the system forbids it, see sysctl kernel.io_uring_disabled";
	case -ENOMEM:
		return "no memory for it, see ulimit -l";
	default:
		return strerror(-error);
	}
}

void writes_close(struct writes *w)
{
	if (w->use_ring)
		io_uring_queue_exit(&w->ring);
}

static void done(struct writes *w, struct write *one, int error)
{
	one->error = error;
	one->busy = false;
	w->inflight--;
}

static void write_plain(struct writes *w, struct write *one)
{
	ssize_t n;

	while (one->done < one->len) {
		n = pwrite(w->fd, one->data + one->done, one->len - one->done,
			   (off_t)(one->offset + one->done));
		if (n > 0) {
			one->done += (size_t)n;
		} else if (!n || errno != EINTR) {
			done(w, one, n ? -errno : -EIO);
			return;
		}
	}
	done(w, one, 0);
}

static void queue(struct writes *w, struct write *one)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&w->ring);

	if (!sqe) {
		writes_submit(w);
		sqe = io_uring_get_sqe(&w->ring);
	}
	if (!sqe) {
		done(w, one, -EBUSY);
		return;
	}
	io_uring_prep_write(sqe, w->fd, one->data + one->done,
			    (unsigned int)(one->len - one->done), one->offset + one->done);
	io_uring_sqe_set_data(sqe, one);
	w->queued++;
}

void writes_start(struct writes *w, struct write *one)
{
	one->done = 0;
	one->error = 0;
	one->busy = true;
	w->inflight++;
	if (w->use_ring)
		queue(w, one);
	else
		write_plain(w, one);
}

void writes_submit(struct writes *w)
{
	int rc;

	while (w->queued) {
		rc = io_uring_submit(&w->ring);
		if (rc > 0)
			w->queued -= (unsigned int)rc < w->queued ? (unsigned int)rc : w->queued;
		else if (rc != -EINTR && rc != -EAGAIN && rc != -EBUSY)
			return; /* they stay queued: writes_wait() fails by it */
		else
			writes_poll(w);
	}
}

/* A write has ended: notes it, and sends the rest of a short one again. */
static void complete(struct writes *w, struct io_uring_cqe *cqe)
{
	struct write *one = io_uring_cqe_get_data(cqe);
	int res = cqe->res;

	io_uring_cqe_seen(&w->ring, cqe);
	if (res > 0)
		one->done += (size_t)res;
	else if (res != -EAGAIN && res != -EINTR) {
		done(w, one, res ? res : -EIO);
		return;
	}
	if (one->done < one->len)
		queue(w, one);
	else
		done(w, one, 0);
}

void writes_poll(struct writes *w)
{
	struct io_uring_cqe *cqe;

	while (w->use_ring && !io_uring_peek_cqe(&w->ring, &cqe))
		complete(w, cqe);
}

void writes_wait(struct writes *w, const struct write *one)
{
	struct io_uring_cqe *cqe;
	int rc;

	while (one->busy) {
		writes_submit(w);
		rc = io_uring_wait_cqe(&w->ring, &cqe);
		if (!rc)
			complete(w, cqe);
		else if (rc != -EINTR && rc != -EAGAIN)
			done(w, (struct write *)(uintptr_t)one, rc);
	}
}
