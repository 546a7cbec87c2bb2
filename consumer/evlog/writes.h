/* SPDX-License-Identifier: GPL-2.0 */
/*
 * writes: many writes to a regular file on their way at once, through io_uring.
 *
 * What follows its predecessor in memory and in the file goes to the kernel together with it. Past
 * the page cache (O_DIRECT) goes, if that is wanted, what is of whole pages.
 * Where the kernel does not give an io_uring, or it fails as a whole, each is made by pwrite() as it
 * is started.
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
 * @direct: goes past the page cache, and so does what follows it by @next.
 * @next: goes to the kernel together with it.
 */
struct write {
	const unsigned char *data;
	size_t len;
	uint64_t offset;
	size_t done;
	int error;
	bool busy;
	bool direct;
	struct write *next;
};

/**
 * struct writes - the way.
 * @ring: the io_uring.
 * @use_ring: there is one.
 * @refused: why there is none, or none any more, -errno; 0.
 * @fd: the file.
 * @direct: the file again, past the page cache; -1: that is not wanted, or cannot be.
 * @buffers: the file refused a write past the page cache: none is tried again.
 * @queued: requests that the kernel was not told of yet.
 * @first: of those that the next request is gathered of, or NULL; @last: the last.
 * @gathered: their bytes.
 */
struct writes {
	struct io_uring ring;
	bool use_ring;
	int refused;
	int fd;
	int direct;
	bool buffers;
	unsigned int queued;
	struct write *first;
	struct write *last;
	size_t gathered;
};

/** writes_open() - make ready for up to @depth writes at once. */
void writes_open(struct writes *w, unsigned int depth);

/** writes_refusal() - why there is no io_uring, @error of the kernel's. */
const char *writes_refusal(int error);

/** writes_close() - free it. None is on its way. */
void writes_close(struct writes *w);

/**
 * writes_file() - what is started from now on goes to @fd. None is on its way to another file.
 * @direct: past the page cache, as far as it is of whole pages.
 *
 * Return: 0; -errno: it will all go through the page cache, as the file cannot be written past it.
 */
int writes_file(struct writes *w, int fd, bool direct);

/** writes_start() - put @one, whose data, len and offset are set, on its way; maybe not at once. */
void writes_start(struct writes *w, struct write *one);

/** writes_submit() - tell the kernel of all that were started. */
void writes_submit(struct writes *w);

/** writes_wait() - until @one is done, whatever else gets done meanwhile. */
void writes_wait(struct writes *w, struct write *one);

/** writes_poll() - note which are done by now. */
void writes_poll(struct writes *w);

#endif /* EVLOG_WRITES_H */
