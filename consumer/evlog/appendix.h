/* SPDX-License-Identifier: GPL-2.0 */
/*
 * appendix: what a raw log has behind the mapping that it looks like: at map_size stands
 *
 *	[ head | a line for each CPU | format texts of event types ]
 *
 * so that it can be decoded on another machine, and proves on its own what was lost. Little
 * endian, aligned to 8 bytes. Readers of images need not know of it.
 */
#ifndef EVLOG_APPENDIX_H
#define EVLOG_APPENDIX_H

#include <evring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** APPENDIX_MAGIC - "evlograw" as little endian. */
#define APPENDIX_MAGIC		0x776172676f6c7665ULL
/** APPENDIX_VERSION - another one is not understood. */
#define APPENDIX_VERSION	1U

/**
 * struct appendix_head - begins the appendix.
 * @magic: APPENDIX_MAGIC.
 * @version: APPENDIX_VERSION.
 * @closed: 0: it is being written, or was when evlog was killed; 1: it is complete.
 * @number: of the files of one log, which this is, from 1.
 * @started: CLOCK_REALTIME when it was begun, nanoseconds.
 * @ncpus: lines that follow, as many as evring_control.ncpus.
 * @line_size: bytes from one to the next.
 * @reserved: zero.
 */
struct appendix_head {
	uint64_t magic;
	uint32_t version;
	uint32_t closed;
	uint64_t number;
	uint64_t started;
	uint32_t ncpus;
	uint32_t line_size;
	uint64_t reserved[3];
};

/**
 * struct appendix_line - what one CPU's part of the log goes from and to.
 * @seq: sequence number of the first record that was wanted.
 * @drops: what the CPU had dropped before.
 * @end_seq: of the first record that was not wanted any more; 0 while not @closed.
 * @end_drops: what it had dropped by then; 0 while not @closed.
 */
struct appendix_line {
	uint64_t seq;
	uint64_t drops;
	uint64_t end_seq;
	uint64_t end_drops;
};

/**
 * struct appendix_text - begins a format text.
 * @type: the event type.
 * @size: bytes of this, the system's name and the text, each with its NUL, rounded up to 8.
 */
struct appendix_text {
	uint32_t type;
	uint32_t size;
};

/**
 * struct appendix - one that was read.
 * @bytes: all of it; NULL: there is none.
 * @size: its bytes.
 * @whole: bytes up to the end of the last text that is whole.
 */
struct appendix {
	unsigned char *bytes;
	size_t size;
	size_t whole;
};

/**
 * appendix_read() - read what @fd has behind an image.
 * @c: the image's control page.
 *
 * Return: 0; -ENOENT: there is none; -EPROTO: of another version; -EBADMSG: damaged; -errno.
 * In the end appendix_free().
 */
int appendix_read(struct appendix *a, int fd, const struct evring_control *c);

/** appendix_free() - forget it. */
void appendix_free(struct appendix *a);

/** appendix_head() - its head. */
static inline struct appendix_head *appendix_head(const struct appendix *a)
{
	return (struct appendix_head *)(void *)a->bytes;
}

/** appendix_line() - the line of @cpu, which is below ncpus. */
static inline struct appendix_line *appendix_line(const struct appendix *a, uint32_t cpu)
{
	return (struct appendix_line *)(void *)(a->bytes + sizeof(struct appendix_head)) + cpu;
}

/** appendix_texts_at() - where in the appendix of a channel of @ncpus the texts begin. */
static inline size_t appendix_texts_at(uint32_t ncpus)
{
	return sizeof(struct appendix_head) + ncpus * sizeof(struct appendix_line);
}

/**
 * appendix_next() - the texts, one after another.
 * @at: where it is; appendix_texts_at() to begin.
 * @type: answer: its type.
 * @system: answer: the name of its system.
 *
 * Return: the text; NULL: that was all.
 */
const char *appendix_next(const struct appendix *a, size_t *at, uint32_t *type,
			  const char **system);

/** appendix_find() - the text of @type, and its @system; NULL: there is none. */
const char *appendix_find(const struct appendix *a, uint32_t type, const char **system);

/**
 * appendix_make() - a text as it stands in the file.
 * @size: answer: its bytes.
 *
 * Return: to be freed; NULL: no memory.
 */
void *appendix_make(uint32_t type, const char *system, const char *text, size_t *size);

#endif /* EVLOG_APPENDIX_H */
