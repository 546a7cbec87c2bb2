/* SPDX-License-Identifier: GPL-2.0 */
/*
 * output: where lines go.
 *
 * Lines are gathered in large buffers. A named file is written through io_uring:
 * a regular one with several writes in flight at increasing offsets, any other
 * (a FIFO, a terminal) in order, one write at a time. Standard output, and a
 * named file where the kernel does not give an io_uring, is written by write().
 */
#ifndef EVLOG_OUTPUT_H
#define EVLOG_OUTPUT_H

#include <liburing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_BUFFERS		8U
#define OUTPUT_BUFFER_SIZE	((size_t)256 << 10)

/**
 * struct output_buffer - bytes on their way out.
 * @data: OUTPUT_BUFFER_SIZE bytes.
 * @len: bytes filled.
 * @done: bytes written.
 * @offset: where in the file @data starts.
 * @busy: a write is in flight.
 */
struct output_buffer {
	char *data;
	size_t len;
	size_t done;
	uint64_t offset;
	bool busy;
};

/**
 * struct output - a file being written.
 * @name: its name, for messages.
 * @fd: its descriptor.
 * @regular: a regular file: offsets count, several writes at once.
 * @use_ring: writes go through @ring.
 * @ring: the io_uring.
 * @bufs: the buffers; one of them, @current, is being filled.
 * @nbufs: how many there are.
 * @current: the one being filled.
 * @inflight: writes in flight.
 * @offset: where in the file the next buffer starts.
 * @written: bytes that were written.
 * @failed_at: least offset that could not be written.
 * @error: 0, or the first -errno; everything fails by it from then on.
 */
struct output {
	const char *name;
	int fd;
	bool regular;
	bool use_ring;
	struct io_uring ring;
	struct output_buffer bufs[OUTPUT_BUFFERS];
	unsigned int nbufs;
	unsigned int current;
	unsigned int inflight;
	uint64_t offset;
	uint64_t written;
	uint64_t failed_at;
	int error;
};

/**
 * output_open() - start to write.
 * @path: file to make or to empty; NULL: standard output.
 *
 * Says on standard error why not, or why there is no io_uring.
 * Return: 0 or -errno.
 */
int output_open(struct output *o, const char *path);

/**
 * output_write() - take bytes; they may stay in a buffer.
 * Return: 0, or -errno of this or an earlier write.
 */
int output_write(struct output *o, const char *data, size_t len);

/**
 * output_flush() - start to write what is in the buffer.
 * Return: 0, or -errno of this or an earlier write.
 */
int output_flush(struct output *o);

/**
 * output_settle() - write what is in the buffer, and wait until all has been written.
 * Return: 0, or -errno of this or an earlier write.
 */
int output_settle(struct output *o);

/**
 * output_sync() - as output_settle(); and a regular file is brought to the disk.
 * Return: 0, or -errno of this or an earlier write.
 */
int output_sync(struct output *o);

/**
 * output_close() - write out everything, wait until it is done, and close.
 *
 * A regular file is brought to the disk. If a write failed it is cut to what
 * was written without a gap.
 * Return: 0, or the first -errno of all.
 */
int output_close(struct output *o);

/** output_is_moved() - is the file not what its name leads to any more? */
bool output_is_moved(const struct output *o);

/** output_explain() - say on standard error that writing failed by @error, and what mends it. */
void output_explain(const struct output *o, int error);

#endif /* EVLOG_OUTPUT_H */
