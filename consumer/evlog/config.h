/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config: a file of options, one a line.
 *
 *	# what begins so is for people
 *	output = /var/log/evring/proc.log
 *	lossless
 *
 * A key ends at the first space or '='; the value is the rest of the line, without the spaces
 * around it, taken as it is: quotes and # are part of it. What keys there are is not known
 * here.
 */
#ifndef EVLOG_CONFIG_H
#define EVLOG_CONFIG_H

#include <stddef.h>

/**
 * struct config_line - a line that is neither empty nor for people.
 * @key: what it sets.
 * @value: to what; NULL: there is no '='.
 * @number: which line of the file it is, from 1.
 */
struct config_line {
	char *key;
	char *value;
	unsigned int number;
};

/**
 * struct config - the file.
 * @path: its name.
 * @lines: its lines, in order. They stay until the program ends: options point into them.
 * @nlines: how many.
 */
struct config {
	const char *path;
	struct config_line *lines;
	size_t nlines;
};

/** config_read() - read @path. Return: 0, or -1 after saying on standard error why not. */
int config_read(struct config *c, const char *path);

#endif /* EVLOG_CONFIG_H */
