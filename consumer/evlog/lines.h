/* SPDX-License-Identifier: GPL-2.0 */
/* lines: the sink of --format text and json: a line for each event. */
#ifndef EVLOG_LINES_H
#define EVLOG_LINES_H

struct session;
struct sink;

/** lines_open() - write lines to --output. Says on standard error why not; then NULL. */
struct sink *lines_open(struct session *s);

#endif /* EVLOG_LINES_H */
