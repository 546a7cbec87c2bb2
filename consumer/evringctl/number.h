/* SPDX-License-Identifier: GPL-2.0 */
/* number: numbers with units. */
#ifndef EVRINGCTL_NUMBER_H
#define EVRINGCTL_NUMBER_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * parse_scaled() - digits, then nothing or one of K, M, G and T.
 * @text: the whole of it.
 * @step: by how much the units grow: 1024 or 1000.
 * @max: largest value.
 * @value: the result.
 *
 * Return: false: that is not such a number, or it is too large.
 */
bool parse_scaled(const char *text, unsigned int step, __u64 max, __u64 *value);

#endif
