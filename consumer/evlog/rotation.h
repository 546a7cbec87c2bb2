/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rotation: what the files of a log are called.
 *
 * The one being written is called as --output says, NAME. One that is complete becomes
 * NAME.000001, the next NAME.000002, and so on: a larger number is younger. One that is compressed
 * is NAME.000001.zst instead, and .NAME.000001.zst.new until all of it is there.
 */
#ifndef EVLOG_ROTATION_H
#define EVLOG_ROTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct rotation - when a file is complete, and which of those that are, stay.
 * @size: bytes of a file; 0: not for that reason.
 * @age_ns: how long it is written, nanoseconds; 0: not for that reason.
 * @keep: how many complete files stay; 0: all.
 * @keep_size: how many bytes they have together at most; 0: any.
 * @compress: level at which they are compressed; 0: they are not.
 */
struct rotation {
	uint64_t size;
	uint64_t age_ns;
	uint64_t keep;
	uint64_t keep_size;
	unsigned int compress;
};

/** rotation_is_wanted() - whether there is a reason to begin another file. */
static inline bool rotation_is_wanted(const struct rotation *policy)
{
	return policy->size || policy->age_ns;
}

/** enum rotation_form - what there may be of a complete file; bits. */
enum rotation_form {
	ROTATION_PLAIN = 1,	/* as it was written */
	ROTATION_PACKED = 2,	/* compressed */
	ROTATION_SCRATCH = 4,	/* compressed in part */
};

/**
 * struct rotated - a complete file.
 * @number: its number.
 * @forms: what there is of it.
 */
struct rotated {
	uint64_t number;
	unsigned int forms;
};

/** rotation_turn_at() - CLOCK_MONOTONIC when a file begun now is old enough; 0: never. */
uint64_t rotation_turn_at(const struct rotation *policy);

/** rotation_keep() - remove the oldest complete files of log @name that shall not stay. Return: 0 or -errno. */
int rotation_keep(const char *name, const struct rotation *policy);

/** rotation_last() - the largest number in use; 0: none. Return: that, or -errno. */
int64_t rotation_last(const char *name);

/** rotation_name() - what file @number of log @name is called, in @buf. Return: 0 or -errno. */
int rotation_name(const char *name, uint64_t number, char *buf, size_t size);

/** rotation_form_name() - likewise, in one of its forms. Return: 0 or -errno. */
int rotation_form_name(const char *name, uint64_t number, enum rotation_form form, char *buf,
		       size_t size);

/**
 * rotation_list() - the complete files of log @name, the youngest first.
 * @list: answer, to be freed.
 *
 * Return: how many, or -errno.
 */
ssize_t rotation_list(const char *name, struct rotated **list);

/** rotation_shift() - file @name is complete: give it @number. Return: 0 or -errno. */
int rotation_shift(const char *name, uint64_t number);

/**
 * rotation_cut() - cut off what an evlog that was killed left of the last line of @fd, and the
 * room that it had made behind. Return: where it ends now, or -errno.
 */
off_t rotation_cut(int fd, off_t size);

/**
 * rotation_begin() - give file @name, which has lines, the next number if it is there.
 * @number: answer: the one behind all that are in use.
 *
 * What is left of a last line is cut off; an empty file stays.
 * Return: 0, or -errno after saying on standard error why not; -EINVAL: no regular file.
 */
int rotation_begin(const char *name, uint64_t *number);

#endif /* EVLOG_ROTATION_H */
