// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "output.h"

#include "writes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keeps the first error, and the least offset that any error concerns. */
static void fail(struct output *o, int error, uint64_t offset)
{
	if (!o->error)
		o->error = error;
	if (offset < o->failed_at)
		o->failed_at = offset;
}

static void wait_writable(struct output *o)
{
	struct pollfd pfd = { .fd = o->fd, .events = POLLOUT };

	poll(&pfd, 1, 1000);
}

static void free_buffers(struct output *o)
{
	unsigned int i;

	for (i = 0; i < o->nbufs; i++)
		free(o->bufs[i].data);
	o->nbufs = 0;
}

static int make_buffers(struct output *o, unsigned int n)
{
	for (o->nbufs = 0; o->nbufs < n; o->nbufs++) {
		o->bufs[o->nbufs].data = malloc(OUTPUT_BUFFER_SIZE);
		if (!o->bufs[o->nbufs].data) {
			free_buffers(o);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Makes the io_uring with the file registered as number 0. */
static int make_ring(struct output *o)
{
	int rc = io_uring_queue_init(OUTPUT_BUFFERS * 2, &o->ring, 0);

	if (rc)
		return rc;
	rc = io_uring_register_files(&o->ring, &o->fd, 1);
	if (rc)
		io_uring_queue_exit(&o->ring);
	return rc;
}

int output_open(struct output *o, const char *path)
{
	struct stat st;
	int rc;

	memset(o, 0, sizeof(*o));
	o->failed_at = UINT64_MAX;
	o->fd = STDOUT_FILENO;
	o->name = path ? path : "standard output";
	if (path) {
		o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
		if (o->fd < 0 || fstat(o->fd, &st)) {
			rc = -errno;
			fprintf(stderr, "evlog: cannot write to %s: %s\n", path, strerror(errno));
			goto err_close;
		}
		o->regular = S_ISREG(st.st_mode);
		rc = make_ring(o);
		o->use_ring = !rc;
		if (rc)
			fprintf(stderr, "evlog: no io_uring (%s): %s is written by write()\n",
				writes_refusal(rc), path);
	}
	rc = make_buffers(o, o->use_ring && o->regular ? OUTPUT_BUFFERS : 1);
	if (rc) {
		fprintf(stderr, "evlog: no memory for output buffers\n");
		goto err_ring;
	}
	return 0;

err_ring:
	if (o->use_ring)
		io_uring_queue_exit(&o->ring);
err_close:
	if (path && o->fd >= 0)
		close(o->fd);
	return rc;
}

/* Puts the rest of a buffer on its way. */
static void submit(struct output *o, struct output_buffer *b)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&o->ring);
	int rc;

	if (!sqe) {
		fail(o, -EBUSY, b->offset + b->done);
		return;
	}
	io_uring_prep_write(sqe, 0, b->data + b->done, (unsigned int)(b->len - b->done),
			    o->regular ? b->offset + b->done : (uint64_t)-1);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data(sqe, b);
	b->busy = true;
	o->inflight++;
	do {
		rc = io_uring_submit(&o->ring);
	} while (rc == -EINTR || rc == -EAGAIN);
	if (rc < 0) {
		b->busy = false;
		o->inflight--;
		fail(o, rc, b->offset + b->done);
	}
}

/* A write has ended: notes it, and sends the rest of a short one again. */
static void complete(struct output *o, struct output_buffer *b, int res)
{
	b->busy = false;
	o->inflight--;
	if (res > 0) {
		b->done += (size_t)res;
		o->written += (uint64_t)res;
	} else if (res == -EAGAIN) {
		wait_writable(o);
	} else if (res != -EINTR) {
		fail(o, res ? res : -EIO, b->offset + b->done);
		return;
	}
	if (b->done < b->len)
		submit(o, b);
}

/* Takes one completion; waits for it or not. Return: whether there was one. */
static bool reap(struct output *o, bool wait)
{
	struct io_uring_cqe *cqe;
	struct output_buffer *b;
	int rc, res;

	do {
		rc = wait ? io_uring_wait_cqe(&o->ring, &cqe) : io_uring_peek_cqe(&o->ring, &cqe);
	} while (wait && (rc == -EINTR || rc == -EAGAIN));
	if (rc) {
		if (wait) {
			fail(o, rc, 0);
			o->inflight = 0;
		}
		return false;
	}
	b = io_uring_cqe_get_data(cqe);
	res = cqe->res;
	io_uring_cqe_seen(&o->ring, cqe);
	complete(o, b, res);
	return true;
}

static void write_plain(struct output *o, struct output_buffer *b)
{
	ssize_t n;

	while (b->done < b->len) {
		n = write(o->fd, b->data + b->done, b->len - b->done);
		if (n > 0) {
			b->done += (size_t)n;
			o->written += (uint64_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			wait_writable(o);
		} else if (n == 0 || errno != EINTR) {
			fail(o, n ? -errno : -EIO, b->offset + b->done);
			return;
		}
	}
}

/* Turns to a buffer that is not in flight; waits until there is one. */
static void next_buffer(struct output *o)
{
	struct output_buffer *b;

	o->current = (o->current + 1) % o->nbufs;
	b = &o->bufs[o->current];
	while (b->busy && reap(o, true))
		;
	b->len = 0;
	b->done = 0;
	b->offset = o->offset;
}

int output_flush(struct output *o)
{
	struct output_buffer *b = &o->bufs[o->current];

	if (o->error || !b->len)
		return o->error;
	o->offset += b->len;
	if (o->use_ring) {
		submit(o, b);
		while (o->inflight && reap(o, false))
			;
	} else {
		write_plain(o, b);
	}
	next_buffer(o);
	return o->error;
}

int output_write(struct output *o, const char *data, size_t len)
{
	struct output_buffer *b;
	size_t n;

	while (len && !o->error) {
		b = &o->bufs[o->current];
		n = OUTPUT_BUFFER_SIZE - b->len;
		if (n > len)
			n = len;
		memcpy(b->data + b->len, data, n);
		b->len += n;
		data += n;
		len -= n;
		if (b->len == OUTPUT_BUFFER_SIZE)
			output_flush(o);
	}
	return o->error;
}

int output_settle(struct output *o)
{
	output_flush(o);
	while (o->inflight && reap(o, true))
		;
	return o->error;
}

int output_sync(struct output *o)
{
	output_settle(o);
	if (o->regular && !o->error && fdatasync(o->fd))
		fail(o, -errno, o->offset);
	return o->error;
}

int output_close(struct output *o)
{
	output_settle(o);
	if (o->regular) {
		if (o->error && o->failed_at < o->offset) {
			if (ftruncate(o->fd, (off_t)o->failed_at))
				fprintf(stderr, "evlog: %s: cannot cut off what failed: %s\n",
					o->name, strerror(errno));
			else
				o->written = o->failed_at;
		}
		if (fsync(o->fd))
			fail(o, -errno, o->failed_at);
	}
	if (o->use_ring)
		io_uring_queue_exit(&o->ring);
	if (close(o->fd))
		fail(o, -errno, o->failed_at);
	free_buffers(o);
	return o->error;
}

bool output_is_moved(const struct output *o)
{
	struct stat ours, named;

	return fstat(o->fd, &ours) || stat(o->name, &named) || ours.st_dev != named.st_dev ||
	       ours.st_ino != named.st_ino;
}

void output_explain(const struct output *o, int error)
{
	fprintf(stderr, "evlog: cannot write to %s: %s%s", o->name, strerror(-error),
		error == -ENOSPC ? ": make room there" :
		error == -EFBIG ? ": see ulimit -f" : "");
	if (o->regular)
		fprintf(stderr, "; the file ends after the %llu bytes that could be written",
			(unsigned long long)o->written);
	fputc('\n', stderr);
}
