/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rotation: what the files of a log are called.
 *
 * The one being written is called as --output says, NAME. One that is complete becomes
 * NAME.000001, the next NAME.000002, and so on: a larger number is younger.
 */
#ifndef EVLOG_ROTATION_H
#define EVLOG_ROTATION_H

#include <stddef.h>
#include <stdint.h>

/** rotation_last() - the largest number in use; 0: none. Return: that, or -errno. */
int64_t rotation_last(const char *name);

/** rotation_name() - what file @number of log @name is called, in @buf. Return: 0 or -errno. */
int rotation_name(const char *name, uint64_t number, char *buf, size_t size);

/** rotation_shift() - file @name is complete: give it @number. Return: 0 or -errno. */
int rotation_shift(const char *name, uint64_t number);

#endif /* EVLOG_ROTATION_H */
