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

/** OUTPUT_STEP - bytes for which a regular file gets room on the disk at once, ahead of its end. */
#define OUTPUT_STEP		((uint64_t)4 << 20)

struct trouble;

/**
 * struct output_line - a line in a buffer.
 * @end: where in the buffer it ends.
 * @tag: what output_line() was given.
 */
struct output_line {
	uint32_t end;
	int32_t tag;
};

/**
 * struct output_buffer - bytes on their way out.
 * @data: @size bytes.
 * @size: OUTPUT_BUFFER_SIZE; more where a line takes more.
 * @len: bytes filled.
 * @done: bytes written.
 * @offset: where in the file @data starts.
 * @busy: a write is in flight.
 * @error: its write failed, -errno; or 0.
 * @kept: it is written, and not known to be on the disk.
 * @lines: those of output_line(), @nlines, room for @room.
 */
struct output_buffer {
	char *data;
	size_t size;
	size_t len;
	size_t done;
	uint64_t offset;
	bool busy;
	int error;
	bool kept;
	struct output_line *lines;
	size_t nlines;
	size_t room;
};

/**
 * struct output - a file being written.
 * @name: its name, for messages.
 * @fd: its descriptor.
 * @regular: a regular file: offsets count, several writes at once.
 * @use_ring: writes go through @ring.
 * @refused: why there is no io_uring, -errno; or 0.
 * @ring: the io_uring.
 * @bufs: the buffers.
 * @nbufs: how many there are.
 * @current: the one being filled, if @filling; else the one filled last.
 * @filling: there is one being filled.
 * @inflight: writes in flight.
 * @offset: where in the file the next buffer starts.
 * @reserved: the file has room on the disk up to here; UINT64_MAX: its filesystem makes none.
 * @written: bytes that were written.
 * @failed_at: least offset that could not be written.
 * @error: 0, or the first -errno; everything fails by it from then on.
 * @trouble: what to do when a write fails; NULL: end.
 * @keeps: buffers are kept until they are on the disk, so that they can be written again.
 * @held: a write failed, and is tried again later: nothing is taken.
 */
struct output {
	const char *name;
	int fd;
	bool regular;
	bool use_ring;
	int refused;
	struct io_uring ring;
	struct output_buffer bufs[OUTPUT_BUFFERS];
	unsigned int nbufs;
	unsigned int current;
	bool filling;
	unsigned int inflight;
	uint64_t offset;
	uint64_t reserved;
	uint64_t written;
	uint64_t failed_at;
	int error;
	struct trouble *trouble;
	bool keeps;
	bool held;
};

/** OUTPUT_HELD - output_line() did not take a line, as earlier ones cannot be written now. */
#define OUTPUT_HELD	1

/**
 * output_open() - start to write.
 * @path: file to make or to empty; NULL: standard output.
 *
 * Says on standard error why not, or why there is no io_uring.
 * Return: 0 or -errno.
 */
int output_open(struct output *o, const char *path);

/** output_begin() - as output_open() of a named file, without a word of what fails. */
int output_begin(struct output *o, const char *path);

/**
 * output_trust() - what fails may be tried again, as @trouble has it.
 * @durable: what output_sync() brings to the disk has to be there.
 */
void output_trust(struct output *o, struct trouble *trouble, bool durable);

/**
 * output_write() - take bytes; they may stay in a buffer.
 * Return: 0, or -errno of this or an earlier write.
 */
int output_write(struct output *o, const char *data, size_t len);

/**
 * output_line() - take a line as a whole; it may stay in a buffer.
 * @tag: for output_abandon(), if the line cannot be written in the end.
 *
 * Return: 0; OUTPUT_HELD; or -errno of this or an earlier write.
 */
int output_line(struct output *o, const char *data, size_t len, int32_t tag);

/**
 * output_resume() - it is held: try again, unless that is too early.
 * Return: 0, it may be held still; or -errno.
 */
int output_resume(struct output *o);

/**
 * output_abandon() - it is held, and ends: try once more, then cut the file off behind the last
 * line that is there.
 * @fn: called with the tag of each line that is not.
 */
void output_abandon(struct output *o, void (*fn)(void *ctx, int32_t tag), void *ctx);

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
 * A regular file gives back the room that it does not need, and is brought to the disk. If a write failed it is cut to what
 * was written without a gap.
 * Return: 0, or the first -errno of all.
 */
int output_close(struct output *o);

/** output_is_moved() - is the file not what its name leads to any more? */
bool output_is_moved(const struct output *o);

/** output_explain() - say on standard error that writing failed by @error, and what mends it. */
void output_explain(const struct output *o, int error);

#endif /* EVLOG_OUTPUT_H */
