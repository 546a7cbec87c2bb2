/* SPDX-License-Identifier: GPL-2.0 */
/*
 * spool: messages on disk, in order, while the server does not take them.
 *
 * A folder of segments, NUMBER.spool, which are appended to, read from the oldest on, and
 * removed when all their messages have been delivered. A message that was half written when
 * its writer died is cut off at the next start; the others are there. The folder is locked: it
 * is one evlog's at a time.
 */
#ifndef EVLOG_SPOOL_H
#define EVLOG_SPOOL_H

#include "message.h"

#define SPOOL_BUFFER	((size_t)64 << 10)

/** SPOOL_LEAST - least bytes that a spool can be limited to: what waits in memory has to fit. */
#define SPOOL_LEAST	(4ULL << 20)

/** SPOOL_DEFAULT - bytes that it is limited to if nobody says. */
#define SPOOL_DEFAULT	(256ULL << 20)

/** SPOOL_SUBJECT_MAX - most bytes of a subject, its NUL included. */
#define SPOOL_SUBJECT_MAX	240U

/**
 * struct spool_segment - a file of messages.
 * @index: its number, which is its name.
 * @bytes: its bytes, what is not written out yet included.
 * @end: number of the message after its last one.
 */
struct spool_segment {
	uint64_t index;
	uint64_t bytes;
	uint64_t end;
};

/**
 * struct spool - a folder of messages.
 * @path: its name, for messages; the caller's.
 * @dir: its descriptor, which is locked.
 * @subject: the subject of all its messages.
 * @limit: most bytes of all segments.
 * @bytes: bytes of all segments.
 * @end: number of the message that will be appended next.
 * @segments: the segments, the oldest first.
 * @nsegments: how many.
 * @room: how many @segments has room for.
 * @write_fd: the newest segment; -1: the next message begins one.
 * @buffer: what is still to be written to it.
 * @buffered: bytes in @buffer.
 * @unsynced: something was written that may not be on the disk.
 * @unsynced_dir: likewise, the name of a segment.
 * @read_fd: the segment being read; -1: none.
 * @reading: which of @segments that is.
 * @at: offset of the message to be read next.
 * @next: its number.
 */
struct spool {
	const char *path;
	int dir;
	char subject[SPOOL_SUBJECT_MAX];
	uint64_t limit;
	uint64_t bytes;
	uint64_t end;
	struct spool_segment *segments;
	size_t nsegments;
	size_t room;
	int write_fd;
	unsigned char *buffer;
	size_t buffered;
	bool unsynced;
	bool unsynced_dir;
	int read_fd;
	size_t reading;
	uint64_t at;
	uint64_t next;
};

/** typedef spool_seen_fn - told of each message that a spool holds when it is opened. */
typedef void (*spool_seen_fn)(void *ctx, const struct message *m);

/**
 * spool_open() - open a folder, make it if it is not there, and look what is left in it.
 * @path: the folder.
 * @subject: subject of the messages; what is left has to have the same.
 * @limit: most bytes, SPOOL_LEAST or more.
 * @seen: called for each message that is left, or NULL.
 *
 * The messages left have the numbers from 0 to @s->end. Says on standard error why it
 * cannot, and what was cut off.
 * Return: 0 or -errno.
 */
int spool_open(struct spool *s, const char *path, const char *subject, uint64_t limit,
	       spool_seen_fn seen, void *ctx);

/**
 * spool_append() - add a message; it may stay in a buffer.
 *
 * Return: 0; -ENOSPC: no room, here or on the disk, nothing was added; or -errno.
 */
int spool_append(struct spool *s, const struct message *m);

/** spool_flush() - hand what was appended to the kernel. Return: 0 or as spool_append(). */
int spool_flush(struct spool *s);

/** spool_sync() - bring what was appended to the disk. Return: 0 or as spool_append(). */
int spool_sync(struct spool *s);

/**
 * spool_read() - the next message.
 * @m: answer: the message, which free() ends.
 *
 * Return: 1, 0 if all have been read, or -errno; -EBADMSG: it is damaged.
 */
int spool_read(struct spool *s, struct message **m);

/** spool_skip() - go on to read after all that was appended. */
void spool_skip(struct spool *s);

/** spool_forget() - messages below number @first are delivered: they need not be kept. */
void spool_forget(struct spool *s, uint64_t first);

/** spool_clear() - forget all messages; the next one has number @end. */
void spool_clear(struct spool *s, uint64_t end);

/** spool_close() - the end; the messages stay. */
void spool_close(struct spool *s);

#endif /* EVLOG_SPOOL_H */
