/* SPDX-License-Identifier: GPL-2.0 */
/* symbol: functions of programs and libraries. */
#ifndef EVRINGCTL_SYMBOL_H
#define EVRINGCTL_SYMBOL_H

#include <linux/types.h>

/**
 * find_symbol() - where in file @path function @name is, after its symbol tables.
 * @event: what was asked for, for messages.
 * @offset: the result: from the start of the file, bytes.
 *
 * Return: exit status.
 */
int find_symbol(const char *event, const char *path, const char *name, __u64 *offset);

#endif
