/* SPDX-License-Identifier: GPL-2.0 */
/* source: what events come from: a channel, or an image of one. */
#ifndef EVLOG_SOURCE_H
#define EVLOG_SOURCE_H

struct session;

/**
 * source_open() - open what the options name, go to where they say, learn its event types and
 * make the filter ready.
 *
 * Return: 0, or the status to exit by after saying on standard error why.
 */
int source_open(struct session *s);

/** source_close() - undo source_open(). Tells, unless it is to be quiet, what never matched. */
void source_close(struct session *s);

#endif /* EVLOG_SOURCE_H */
