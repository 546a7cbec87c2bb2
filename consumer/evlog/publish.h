/* SPDX-License-Identifier: GPL-2.0 */
/* publish: the sink of --to: a message for each event, to a NATS server. */
#ifndef EVLOG_PUBLISH_H
#define EVLOG_PUBLISH_H

struct session;
struct sink;

/**
 * publish_open() - publish to --to, and go on where an earlier run with the same --spool ended.
 *
 * One in a process. Says on standard error why not; then NULL.
 */
struct sink *publish_open(struct session *s);

/**
 * publish_tell() - connect to --to and say on standard output what would be done.
 *
 * Return: 0, or -1 after saying on standard error why it could not.
 */
int publish_tell(const struct session *s);

#endif /* EVLOG_PUBLISH_H */
