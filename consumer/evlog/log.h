/* SPDX-License-Identifier: GPL-2.0 */
/*
 * log: a file of a raw log: an image of a channel, grown block by block.
 *
 * It is laid out as a channel's mapping is: control pages, index, data; then the appendix. A
 * slot is given out for each block in the order of writing. Of each block the file's index has
 * an entry only after its records are in the file, and a line leads only to entries that are
 * there: so whatever ends the writing, every entry is true.
 *
 * Control pages and index are kept in memory and written by log_commit(); the data is written
 * by others, before.
 */
#ifndef EVLOG_LOG_H
#define EVLOG_LOG_H

#include "appendix.h"

#include <evring.h>
#include <stdbool.h>
#include <stdint.h>

/** LOG_SIZE_MIN - least --rotate-size. */
#define LOG_SIZE_MIN	(1ULL << 20)

/**
 * struct log_cpu - one CPU in a file.
 * @last: slot of its newest block; EVRING_POS_NO_SLOT: there is none.
 * @youngest: time stamp of its last record.
 */
struct log_cpu {
	uint32_t last;
	uint64_t youngest;
};

/**
 * struct log - a file.
 * @name: its name.
 * @fd: its descriptor, locked.
 * @head: control pages and index as they shall be in the file.
 * @control: the control page in @head.
 * @cpus: one for each CPU.
 * @appendix: the appendix as it is in the file, or shall be.
 * @used: slots given out.
 * @reserved: the file has room on the disk for the data before this offset.
 * @step: bytes to make room for at a time.
 * @dirty: for each page of @head, whether it has changed.
 * @durable: nothing is told to be written before it is on the disk.
 * @doubtful: the disk may lack what was written since the last log_commit() that went well, as
 *	it refused to keep it: data that is still wanted has to be written again; the rest is
 *	by the next log_commit().
 */
struct log {
	const char *name;
	int fd;
	unsigned char *head;
	struct evring_control *control;
	struct log_cpu *cpus;
	struct appendix appendix;
	uint32_t used;
	uint64_t reserved;
	uint64_t step;
	bool *dirty;
	bool durable;
	bool doubtful;
};

/** log_blocks() - blocks of a file of @size bytes for a channel like @c; 0: not one. */
uint32_t log_blocks(const struct evring_control *c, uint64_t size);

/**
 * log_create() - make an empty file.
 * @name: which must not be there yet; stays the caller's.
 * @live: control pages of the channel.
 * @nblocks: from log_blocks().
 * @number: which of the log's files.
 * @lines: where each CPU's part begins: seq and drops.
 *
 * What is called @name is complete at once: it is made by another name.
 * Return: 0 or -errno; -EEXIST: there is such a file.
 */
int log_create(struct log *l, const char *name, const struct evring_control *live,
	       uint32_t nblocks, uint64_t number, const struct appendix_line *lines);

/**
 * log_open() - open a file that is there.
 * @writable: to mend it.
 *
 * Return: 0; -EBADMSG: not a raw log, or damaged beyond use; -EWOULDBLOCK: somebody writes it,
 * for two seconds at least; -ESTALE: it got another name meanwhile; -EPROTO: of another version; -errno.
 */
int log_open(struct log *l, const char *name, bool writable);

/** log_close() - forget the file, which stays as it is. */
void log_close(struct log *l);

/** log_full() - whether there is no slot left. */
static inline bool log_full(const struct log *l)
{
	return l->used == l->control->nblocks;
}

/** log_claim() - the next slot; there is one. Return: its number, or -errno: no room on the disk. */
int64_t log_claim(struct log *l);

/** log_room() - make room on the disk for the next slot, if there is one. Return: 0 or -errno. */
int log_room(struct log *l);

/** log_place() - where in the file byte @offset of the block in @slot is. */
static inline uint64_t log_place(const struct log *l, uint32_t slot, uint32_t offset)
{
	return l->control->data_offset + (uint64_t)slot * l->control->block_size + offset;
}

/** log_entry() - the entry of @slot as it shall be in the file. */
static inline struct evring_index *log_entry(const struct log *l, uint32_t slot)
{
	return (struct evring_index *)(void *)(l->head + l->control->index_offset +
					       (uint64_t)slot * l->control->index_entry_size);
}

/** log_line() - the line of @cpu as it shall be in the file. */
static inline struct evring_line *log_line(const struct log *l, uint32_t cpu)
{
	return (struct evring_line *)(void *)(l->head + l->control->line_offset +
					      (uint64_t)cpu * l->control->line_size);
}

/** log_touch() - @slot's entry has changed. */
void log_touch(struct log *l, uint32_t slot);

/** log_touch_lines() - the control page or lines have changed. */
void log_touch_lines(struct log *l);

/**
 * log_put() - records are in the file.
 * @slot: where,
 * @offset: from this byte of the block on; what is before, is there already.
 * @x: the records, verified.
 * @youngest: the largest of their time stamps.
 */
void log_put(struct log *l, uint32_t slot, uint32_t offset, const struct evring_extent *x,
	     uint64_t youngest);

/**
 * log_drops() - @cpu had dropped @drops records by the end of what is in the file.
 * @live: the CPU's line in the channel, for the reasons.
 */
void log_drops(struct log *l, uint32_t cpu, uint64_t drops, const struct evring_line *live);

/** log_dropped() - records that @cpu has dropped, as the file's line has it. */
uint64_t log_dropped(const struct log *l, uint32_t cpu);

/** log_text() - add the format text of an event type. Return: 0, or -errno: it was not added. */
int log_text(struct log *l, uint32_t type, const char *system, const char *text);

/**
 * log_forget() - have the kernel forget what it has of a @doubtful file in memory, before that is
 * written again.
 *
 * ext4 (seen with 7.3) leaves preallocated blocks whose writing has failed marked as unwritten on
 * the disk, but not in memory: what is written to the same pages later is read as zeros once they are
 * gone from there. Return: 0 or -errno, if the disk may lack what was written until now.
 */
int log_forget(const struct log *l);

/**
 * log_commit() - write the index and the lines, in an order that keeps the file true.
 *
 * All data of the entries has been written. Return: 0, or -errno: it may be called again.
 */
int log_commit(struct log *l);

/**
 * log_finish() - no more records: close the blocks, cut off what is unused, and mark it closed.
 * @lines: where each CPU's part ends: end_seq and end_drops.
 *
 * Return: 0, or -errno: it may be called again. The file is true in any case.
 */
int log_finish(struct log *l, const struct appendix_line *lines);

#endif /* EVLOG_LOG_H */
