/* SPDX-License-Identifier: GPL-2.0 */
/* Ways to read a channel. */
#ifndef EVBENCH_BACKEND_H
#define EVBENCH_BACKEND_H

#include "evbench.h"

#include <evring.h>
#include <liburing.h>

/**
 * struct tally - what a consumer has read.
 * @records: records with an event.
 * @sum: sum of one payload word of each: see record_word().
 * @discarded: padding records.
 * @overrun: records lost because the ring went round.
 * @dropped: records lost because there was no room.
 */
struct tally {
	uint64_t records;
	uint64_t sum;
	uint64_t discarded;
	uint64_t overrun;
	uint64_t dropped;
};

/** tally_total() - records accounted for, whatever became of them. */
static inline uint64_t tally_total(const struct tally *t)
{
	return t->records + t->discarded + t->overrun + t->dropped;
}

/**
 * record_word() - the eight bytes of a generator's payload that differ from
 * record to record: its number and its checksum.
 *
 * Every backend sums them, so that each does the same work with a record and
 * a record that was not read shows in the sum.
 */
static inline uint64_t record_word(const void *payload)
{
	uint64_t word;

	__builtin_memcpy(&word, (const char *)payload + sizeof(struct evring_common), sizeof(word));
	return word;
}

struct backend;

/**
 * struct consumer - a reader of one channel by one backend.
 * @backend: how it reads.
 * @path: the channel's device node.
 * @payload: bytes of payload that it will meet.
 * @fd: descriptor that read() and poll() use; -1 with a mapping.
 * @ring: the mapping's reader.
 * @seen: its counts at the end of the run before.
 * @buffer: where copies go.
 * @room: bytes that one read() asks for.
 * @uring: io_uring's rings.
 * @has_uring: @uring is set up.
 * @mapped: @ring is open.
 */
struct consumer {
	const struct backend *backend;
	const char *path;
	uint32_t payload;
	int fd;
	struct evring ring;
	struct evring_stats seen;
	char *buffer;
	size_t room;
	struct io_uring uring;
	bool has_uring;
	bool mapped;
};

/**
 * struct access - what backends of a kind have in common.
 * @prepare: open the channel; finish() follows also after a failure.
 * @seek: move to the oldest or behind the latest record.
 * @watermark: have wait() sleep until @bytes are there, or for @usecs since the first of them; 0
 *	and 0: until there is something.
 * @wait: sleep until there is something to read, at most @ms milliseconds.
 * @finish: close it.
 */
struct access {
	int (*prepare)(struct consumer *c);
	int (*seek)(struct consumer *c, enum evring_whence whence);
	int (*watermark)(struct consumer *c, uint64_t bytes, uint64_t usecs);
	int (*wait)(struct consumer *c, int ms);
	void (*finish)(struct consumer *c);
};

/**
 * struct backend - a way to read.
 * @name: for -b and the tables.
 * @description: for evbench list.
 * @access: how to open, rewind, wait and close.
 * @run: read until the channel is empty; adds to the tally.
 * @buffer: bytes of the buffer; 0: as many as one record takes.
 * @flags: EVRING_OPT_* of a mapping, or BACKEND_*.
 */
struct backend {
	const char *name;
	const char *description;
	const struct access *access;
	int (*run)(struct consumer *c, struct tally *t);
	size_t buffer;
	unsigned int flags;
};

/** BACKEND_FIXED_FILE - io_uring with the descriptor registered. */
#define BACKEND_FIXED_FILE	(1U << 16)

extern const struct backend backends[];
extern const size_t backends_count;

extern const struct access mapped_access;
extern const struct access read_access;
extern const struct access uring_access;

int mapped_run_inplace(struct consumer *c, struct tally *t);
int mapped_run_copy(struct consumer *c, struct tally *t);
int mapped_run_next(struct consumer *c, struct tally *t);
int read_run(struct consumer *c, struct tally *t);
int uring_run(struct consumer *c, struct tally *t);

int backend_find(const char *name);
int consumer_open(struct consumer *c, const struct backend *b, const char *path, uint32_t payload);
void consumer_close(struct consumer *c);
int consumers_open(struct consumer **all, const struct options *opts, const char *path,
		   uint32_t payload);
void consumers_close(struct consumer *all, int n);

#endif /* EVBENCH_BACKEND_H */
