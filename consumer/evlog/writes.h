/* SPDX-License-Identifier: GPL-2.0 */
/*
 * writes: many writes to a regular file on their way at once, through io_uring.
 *
 * Where the kernel does not give an io_uring, each is made by pwrite() as it is started.
 */
#ifndef EVLOG_WRITES_H
#define EVLOG_WRITES_H

#include <liburing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct write - a write.
 * @data: the bytes, which stay until it is done.
 * @len: how many.
 * @offset: where in the file they go.
 * @done: how many were written.
 * @error: 0 or -errno.
 * @busy: it is on its way.
 */
struct write {
	const unsigned char *data;
	size_t len;
	uint64_t offset;
	size_t done;
	int error;
	bool busy;
};

/**
 * struct writes - the way.
 * @ring: the io_uring.
 * @use_ring: there is one.
 * @refused: why there is none, -errno; 0.
 * @fd: the file.
 * @queued: writes that the kernel was not told of yet.
 * @inflight: writes that are not done.
 */
struct writes {
	struct io_uring ring;
	bool use_ring;
	int refused;
	int fd;
	unsigned int queued;
	unsigned int inflight;
};

/** writes_open() - make ready for up to @depth writes at once. */
void writes_open(struct writes *w, unsigned int depth);

/** writes_refusal() - why there is no io_uring, @error of the kernel's. */
const char *writes_refusal(int error);

/** writes_close() - free it. None is on its way. */
void writes_close(struct writes *w);

/** writes_start() - put @one, whose data, len and offset are set, on its way; maybe not at once. */
void writes_start(struct writes *w, struct write *one);

/** writes_submit() - tell the kernel of all that were started. */
void writes_submit(struct writes *w);

/** writes_wait() - until @one is done, whatever else gets done meanwhile. */
void writes_wait(struct writes *w, const struct write *one);

/** writes_poll() - note which are done by now. */
void writes_poll(struct writes *w);

#endif /* EVLOG_WRITES_H */
