// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "output.h"

#include "trouble.h"
#include "writes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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

	for (i = 0; i < o->nbufs; i++) {
		free(o->bufs[i].data);
		free(o->bufs[i].lines);
	}
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
		o->bufs[o->nbufs].size = OUTPUT_BUFFER_SIZE;
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

static int make_file(struct output *o, const char *path)
{
	struct stat st;

	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (o->fd < 0 || fstat(o->fd, &st))
		return -errno;
	o->regular = S_ISREG(st.st_mode);
	o->refused = make_ring(o);
	o->use_ring = !o->refused;
	return 0;
}

int output_begin(struct output *o, const char *path)
{
	int rc = 0;

	memset(o, 0, sizeof(*o));
	o->failed_at = UINT64_MAX;
	o->fd = STDOUT_FILENO;
	o->name = path ? path : "standard output";
	if (path)
		rc = make_file(o, path);
	if (!rc)
		rc = make_buffers(o, o->use_ring && o->regular ? OUTPUT_BUFFERS : 1);
	if (!rc)
		return 0;
	if (o->use_ring)
		io_uring_queue_exit(&o->ring);
	if (path && o->fd >= 0)
		close(o->fd);
	return rc;
}

int output_open(struct output *o, const char *path)
{
	int rc = output_begin(o, path);

	if (rc)
		fprintf(stderr, "evlog: cannot write to %s: %s\n", o->name, strerror(-rc));
	else if (o->refused)
		fprintf(stderr, "evlog: no io_uring (%s): %s is written by write()\n",
			writes_refusal(o->refused), path);
	return rc;
}

void output_trust(struct output *o, struct trouble *trouble, bool durable)
{
	o->trouble = trouble;
	o->keeps = durable && o->regular && trouble->policy == ON_ERROR_WAIT;
}

static void write_plain(struct output *o, struct output_buffer *b)
{
	ssize_t n;

	while (b->done < b->len) {
		n = o->regular ? pwrite(o->fd, b->data + b->done, b->len - b->done,
					(off_t)(b->offset + b->done)) :
				 write(o->fd, b->data + b->done, b->len - b->done);
		if (n > 0) {
			b->done += (size_t)n;
			o->written += (uint64_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			wait_writable(o);
		} else if (n == 0 || errno != EINTR) {
			b->error = n ? -errno : -EIO;
			return;
		}
	}
	b->kept = o->keeps;
}

/* Puts the rest of a buffer on its way. */
static void submit(struct output *o, struct output_buffer *b)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&o->ring);
	int rc;

	if (!sqe) {
		b->error = -EBUSY;
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
		b->error = rc;
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
	} else if (res == -ECANCELED) {
		/* No worker of the kernel's was to be had; nothing is wrong with the file. */
		write_plain(o, b);
		return;
	} else if (res != -EINTR) {
		b->error = res ? res : -EIO;
		return;
	}
	if (b->done < b->len)
		submit(o, b);
	else
		b->kept = o->keeps;
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

static void start(struct output *o, struct output_buffer *b)
{
	if (o->use_ring)
		submit(o, b);
	else
		write_plain(o, b);
}

static void wait_all(struct output *o)
{
	while (o->inflight && reap(o, true))
		;
}

/* --- what failed ---------------------------------------------------------------------------- */

/* Of the buffers that could not be written, the one that comes first in the file; or NULL. */
static struct output_buffer *first_failed(struct output *o)
{
	struct output_buffer *first = NULL;
	unsigned int i;

	for (i = 0; i < o->nbufs; i++)
		if (o->bufs[i].error && (!first || o->bufs[i].offset < first->offset))
			first = &o->bufs[i];
	return first;
}

static void try_again(struct output *o)
{
	unsigned int i;

	for (i = 0; i < o->nbufs; i++) {
		if (!o->bufs[i].error)
			continue;
		o->bufs[i].error = 0;
		start(o, &o->bufs[i]);
	}
	wait_all(o);
}

/* Tries what failed until it is written, leaves it for later, or ends, as --on-error has it. */
static void mend(struct output *o)
{
	struct output_buffer *b;

	wait_all(o);
	while (!o->error && (b = first_failed(o))) {
		if (o->trouble && trouble_drop(o->trouble, b->error)) {
			o->held = true;
			return;
		}
		if (!o->trouble || !trouble_wait(o->trouble, b->error)) {
			fail(o, b->error, b->offset + b->done);
			return;
		}
		try_again(o);
	}
	o->held = false;
	if (o->trouble && !o->error)
		trouble_over(o->trouble);
}

int output_resume(struct output *o)
{
	if (!o->held || o->error || trouble_holds(o->trouble))
		return o->error;
	try_again(o);
	mend(o);
	return o->error;
}

/*
 * What a disk did not take when it was told to is not known: the kernel tells so once, and
 * then has all that was written for good.
 */
static void write_kept_again(struct output *o)
{
	unsigned int i;

	for (i = 0; i < o->nbufs; i++) {
		if (!o->bufs[i].kept)
			continue;
		o->bufs[i].kept = false;
		o->written -= o->bufs[i].len;
		o->bufs[i].done = 0;
		start(o, &o->bufs[i]);
	}
	output_settle(o);
}

static void bring_to_disk(struct output *o, int (*sync)(int fd))
{
	bool failed = false;
	unsigned int i;
	int error;

	while (sync(o->fd)) {
		error = -errno;
		failed = true;
		if (o->error || !o->trouble || !trouble_wait(o->trouble, error)) {
			fail(o, error, o->failed_at < o->offset ? o->failed_at : o->offset);
			return;
		}
		write_kept_again(o);
	}
	for (i = 0; i < o->nbufs; i++)
		o->bufs[i].kept = false;
	if (failed)
		trouble_over(o->trouble);
}

/* Behind the last line of @b that is in the file as a whole. */
static uint64_t end_of_lines(const struct output_buffer *b)
{
	uint32_t end = 0;
	size_t i;

	for (i = 0; i < b->nlines && b->lines[i].end <= b->done; i++)
		end = b->lines[i].end;
	return b->offset + end;
}

void output_abandon(struct output *o, void (*fn)(void *ctx, int32_t tag), void *ctx)
{
	struct output_buffer *b;
	unsigned int i;
	uint64_t cut;
	size_t n;

	try_again(o);
	o->held = false;
	b = first_failed(o);
	if (!b) {
		trouble_over(o->trouble);
		return;
	}
	cut = end_of_lines(b);
	for (i = 0; i < o->nbufs; i++) {
		b = &o->bufs[i];
		b->error = 0;
		for (n = 0; n < b->nlines; n++)
			if (b->offset + b->lines[n].end > cut)
				fn(ctx, b->lines[n].tag);
	}
	if (o->regular && ftruncate(o->fd, (off_t)cut))
		fail(o, -errno, cut);
	o->offset = cut;
	o->written = cut;
}

/* --- taking --------------------------------------------------------------------------------- */

/* Turns to a buffer that is free; waits until there is one. Return: 0, OUTPUT_HELD or -errno. */
static int next_buffer(struct output *o)
{
	unsigned int next = (o->current + 1) % o->nbufs;
	struct output_buffer *b = &o->bufs[next];

	while (b->busy && reap(o, true))
		;
	if (first_failed(o))
		mend(o);
	if (b->kept)
		output_sync(o);
	if (o->error || o->held)
		return o->error ? o->error : OUTPUT_HELD;
	o->current = next;
	o->filling = true;
	b->len = 0;
	b->done = 0;
	b->nlines = 0;
	b->offset = o->offset;
	return 0;
}

/*
 * Room ahead is a courtesy. On a disk that is nearly full it would be what others, such as who
 * compresses files, do not have: even for the moment that a filesystem tries and gives up.
 */
static bool is_roomy(const struct output *o, uint64_t bytes)
{
	struct statvfs disk;

	return !fstatvfs(o->fd, &disk) && (uint64_t)disk.f_bavail * disk.f_frsize / 2 >= bytes;
}

/*
 * Room on the disk for what comes, in one piece, so that a file that grows slowly is not
 * scattered over it. Where there is none any more, writing tells.
 */
static void reserve(struct output *o)
{
	if (!o->regular || o->offset <= o->reserved || !is_roomy(o, OUTPUT_STEP))
		return;
	if (!fallocate(o->fd, FALLOC_FL_KEEP_SIZE, (off_t)o->reserved,
		       (off_t)(o->offset + OUTPUT_STEP - o->reserved)))
		o->reserved = o->offset + OUTPUT_STEP;
	else if (errno == EOPNOTSUPP || errno == ENOSYS)
		o->reserved = UINT64_MAX;
}

/* Gives back what is behind the end. Where that fails it only takes more room. */
static void cut_reserve(const struct output *o)
{
	if (o->reserved && o->reserved != UINT64_MAX && !o->error &&
	    ftruncate(o->fd, (off_t)o->offset))
		errno = 0;
}

int output_flush(struct output *o)
{
	struct output_buffer *b = &o->bufs[o->current];

	if (o->error || !o->filling)
		return output_resume(o);
	o->filling = false;
	o->offset += b->len;
	reserve(o);
	start(o, b);
	while (o->inflight && reap(o, false))
		;
	if (first_failed(o))
		mend(o);
	return o->error;
}

int output_write(struct output *o, const char *data, size_t len)
{
	struct output_buffer *b;
	size_t n;

	while (len && !o->error && (o->filling || !next_buffer(o))) {
		b = &o->bufs[o->current];
		n = b->size - b->len;
		if (n > len)
			n = len;
		memcpy(b->data + b->len, data, n);
		b->len += n;
		data += n;
		len -= n;
		if (b->len == b->size)
			output_flush(o);
	}
	return o->error;
}

/* Room in @b, which is empty, or has room for it, for a line of @len bytes. */
static int make_room(struct output_buffer *b, size_t len)
{
	size_t room = b->room ? 2 * b->room : 1024;
	void *more;

	if (len > b->size) {
		more = realloc(b->data, len);
		if (!more)
			return -ENOMEM;
		b->data = more;
		b->size = len;
	}
	if (b->nlines < b->room)
		return 0;
	more = reallocarray(b->lines, room, sizeof(*b->lines));
	if (!more)
		return -ENOMEM;
	b->lines = more;
	b->room = room;
	return 0;
}

int output_line(struct output *o, const char *data, size_t len, int32_t tag)
{
	struct output_buffer *b = &o->bufs[o->current];
	int rc = o->error;

	if (o->filling && b->size - b->len < len)
		rc = output_flush(o);
	if (!rc && o->held)
		return OUTPUT_HELD;
	if (!rc && !o->filling)
		rc = next_buffer(o);
	if (rc)
		return rc;
	b = &o->bufs[o->current];
	rc = make_room(b, len);
	if (rc) {
		fail(o, rc, o->offset + b->len);
		return rc;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->lines[b->nlines++] = (struct output_line){ .end = (uint32_t)b->len, .tag = tag };
	return b->len == b->size ? output_flush(o) : 0;
}

int output_settle(struct output *o)
{
	output_flush(o);
	wait_all(o);
	if (first_failed(o) && !o->held)
		mend(o);
	return o->error;
}

int output_sync(struct output *o)
{
	output_settle(o);
	if (o->regular && !o->error && !o->held)
		bring_to_disk(o, fdatasync);
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
		cut_reserve(o);
		bring_to_disk(o, fsync);
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
		trouble_hint(error));
	if (o->regular)
		fprintf(stderr, "; the file ends after the %llu bytes that could be written",
			(unsigned long long)o->written);
	fputc('\n', stderr);
}
