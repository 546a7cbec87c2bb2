/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chrome: the sink of --format chrome: JSON as chrome://tracing and the Perfetto UI open it.
 *
 * A track for each CPU: which task ran, as slices, and all other events as instants. What is
 * lost is a slice from the event before it to the one behind, and an instant across all tracks.
 */
#ifndef EVLOG_CHROME_H
#define EVLOG_CHROME_H

struct session;
struct sink;

/** chrome_open() - write to --output. Says on standard error why not; then NULL. */
struct sink *chrome_open(struct session *s);

#endif /* EVLOG_CHROME_H */
