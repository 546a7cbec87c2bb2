// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "writes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIRECT_ALIGN	4096U	/* of memory, length and place in the file: no disk wants more */
#define GATHERED_MAX	(256U << 10)	/* bytes of a request: more saves next to nothing */

void writes_open(struct writes *w, unsigned int depth)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->direct = -1;
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

static void close_direct(struct writes *w)
{
	if (w->direct >= 0)
		close(w->direct);
	w->direct = -1;
}

int writes_file(struct writes *w, int fd, bool direct)
{
	char path[32];

	close_direct(w);
	w->fd = fd;
	w->buffers = false;
	if (!direct || fd < 0 || !w->use_ring)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	w->direct = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	return w->direct < 0 ? -errno : 0;
}

void writes_close(struct writes *w)
{
	close_direct(w);
	if (w->use_ring)
		io_uring_queue_exit(&w->ring);
}

static void done(struct write *one, int error)
{
	one->error = error;
	one->busy = false;
}

/*
 * It fails as a whole: which of the writes on their way have been made nobody can tell any more.
 * Each is made again by its writes_wait().
 */
static void give_up_ring(struct writes *w, int error)
{
	fprintf(stderr, "evlog: io_uring fails (%s): the log is written by write() from now on\n",
		strerror(-error));
	io_uring_queue_exit(&w->ring);
	w->use_ring = false;
	w->refused = error;
	w->queued = 0;
	w->first = NULL;
}

static void submit(struct writes *w)
{
	int rc;

	while (w->queued) {
		rc = io_uring_submit(&w->ring);
		if (rc > 0)
			w->queued -= (unsigned int)rc < w->queued ? (unsigned int)rc : w->queued;
		else if (rc != -EINTR && rc != -EAGAIN && rc != -EBUSY)
			give_up_ring(w, rc ? rc : -EIO);
		else
			writes_poll(w);
	}
}

static void write_plain(const struct writes *w, struct write *one)
{
	ssize_t n;

	while (one->done < one->len) {
		n = pwrite(w->fd, one->data + one->done, one->len - one->done,
			   (off_t)(one->offset + one->done));
		if (n > 0) {
			one->done += (size_t)n;
		} else if (!n || errno != EINTR) {
			done(one, n ? -errno : -EIO);
			return;
		}
	}
	done(one, 0);
}

/*
 * No worker of the kernel's was to be had for @one and those behind it: nothing was written, and
 * nothing is wrong with the file.
 */
static void write_all_plain(const struct writes *w, struct write *one)
{
	struct write *next;

	for (; one; one = next) {
		next = one->next;
		write_plain(w, one);
	}
}

/* @one and those behind it have failed. */
static void done_all(struct write *one, int error)
{
	struct write *next;

	for (; one; one = next) {
		next = one->next;
		done(one, error);
	}
}

static bool is_aligned(const struct write *one, size_t len)
{
	return !(((uintptr_t)(one->data + one->done) | (one->offset + one->done) | len) &
		 (DIRECT_ALIGN - 1));
}

/* What is left of @one and of those behind it, @len bytes, in one request. */
static void queue(struct writes *w, struct write *one, size_t len)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&w->ring);

	if (!sqe) {
		submit(w);
		sqe = w->use_ring ? io_uring_get_sqe(&w->ring) : NULL;
	}
	if (!sqe)
		return; /* it has been given up */
	one->direct = w->direct >= 0 && !w->buffers && is_aligned(one, len);
	io_uring_prep_write(sqe, one->direct ? w->direct : w->fd, one->data + one->done, (unsigned int)len,
			    one->offset + one->done);
	io_uring_sqe_set_data(sqe, one);
	w->queued++;
}

static void queue_gathered(struct writes *w)
{
	struct write *first = w->first;

	w->first = NULL;
	if (first)
		queue(w, first, w->gathered);
}

static bool follows(const struct writes *w, const struct write *one)
{
	return w->first && w->gathered + one->len <= GATHERED_MAX &&
	       w->last->data + w->last->len == one->data &&
	       w->last->offset + w->last->len == one->offset &&
	       (w->direct < 0 || is_aligned(one, one->len) == is_aligned(w->last, w->last->len));
}

static void gather(struct writes *w, struct write *one)
{
	if (follows(w, one)) {
		w->last->next = one;
	} else {
		queue_gathered(w);
		w->first = one;
		w->gathered = 0;
	}
	w->last = one;
	w->gathered += one->len;
}

void writes_start(struct writes *w, struct write *one)
{
	one->done = 0;
	one->error = 0;
	one->busy = true;
	one->next = NULL;
	if (w->use_ring)
		gather(w, one);
	else
		write_plain(w, one);
}

void writes_submit(struct writes *w)
{
	queue_gathered(w);
	submit(w);
}

/* @n bytes of @one and those behind it are written. Return: the first that is not whole, or NULL. */
static struct write *advance(struct write *one, size_t n)
{
	struct write *next;
	size_t part;

	for (; one; one = next) {
		next = one->next;
		part = one->len - one->done < n ? one->len - one->done : n;
		one->done += part;
		n -= part;
		if (one->done < one->len)
			break;
		done(one, 0);
	}
	return one;
}

static size_t left(const struct write *one)
{
	size_t sum = 0;

	for (; one; one = one->next)
		sum += one->len - one->done;
	return sum;
}

static bool is_passing(int error)
{
	return error == -EAGAIN || error == -EINTR;
}

/* A request has ended: notes what is written by it, and sends the rest of a short one again. */
static void complete(struct writes *w, struct io_uring_cqe *cqe)
{
	struct write *one = io_uring_cqe_get_data(cqe);
	int res = cqe->res;

	io_uring_cqe_seen(&w->ring, cqe);
	/* It was opened so, but then the disk or the file system wants it otherwise. */
	if (res == -EINVAL && one->direct) {
		w->buffers = true;
		res = -EAGAIN;
	}
	if (res == -ECANCELED) {
		write_all_plain(w, one);
		return;
	}
	if (res <= 0 && !is_passing(res)) {
		done_all(one, res ? res : -EIO);
		return;
	}
	one = advance(one, res > 0 ? (size_t)res : 0);
	if (one)
		queue(w, one, left(one));
}

void writes_poll(struct writes *w)
{
	struct io_uring_cqe *cqe;

	while (w->use_ring && !io_uring_peek_cqe(&w->ring, &cqe))
		complete(w, cqe);
}

void writes_wait(struct writes *w, struct write *one)
{
	struct io_uring_cqe *cqe;
	int rc;

	while (one->busy && w->use_ring) {
		writes_submit(w);
		if (!w->use_ring)
			break;
		rc = io_uring_wait_cqe(&w->ring, &cqe);
		if (!rc)
			complete(w, cqe);
		else if (!is_passing(rc))
			give_up_ring(w, rc);
	}
	if (one->busy)
		write_plain(w, one);
}
