/* SPDX-License-Identifier: GPL-2.0 */
/* tracefs: the kernel's tracepoints and dynamic events, as files. */
#ifndef EVRINGCTL_TRACEFS_H
#define EVRINGCTL_TRACEFS_H

#include <linux/types.h>
#include <stddef.h>

#define TRACEFS	"/sys/kernel/tracing"

/** tracefs_get() - text of file @path below TRACEFS, to be freed. Return: NULL with errno. */
char *tracefs_get(const char *path);

/** tracefs_put() - write @text to @path below TRACEFS in one go. Return: 0 or an errno. */
int tracefs_put(const char *path, const char *text);

/** tracefs_id() - the id of event @system:@name. Return: 0 or an errno. */
int tracefs_id(const char *system, const char *name, __u64 *id);

/**
 * tracefs_missing() - the message why tracefs cannot be used at all, if it cannot.
 * @event: what was asked for.
 *
 * Return: 0, nothing said: it can; or EXIT_FAILURE.
 */
int tracefs_missing(const char *event);

/**
 * tracefs_reason() - what the kernel has logged of the last command that names @name.
 * @name: unlike all others.
 * @reason: the result, after ": ", or empty if nothing is logged.
 * @room: bytes there.
 */
void tracefs_reason(const char *name, char *reason, size_t room);

#endif
