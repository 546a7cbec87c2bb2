/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw: the sink of --format raw: whole blocks, written to a log straight from the mapping.
 *
 * Each run of records is kept in place (evring_extent_take()) while io_uring writes it. When
 * the write is done the block's generation is looked at again: if the ring went round meanwhile,
 * the records count as lost, and no entry of the log's index tells of what stands there. Runs
 * are retired in the order in which they were taken.
 */
#ifndef EVLOG_RAW_H
#define EVLOG_RAW_H

struct session;
struct sink;

/**
 * raw_open() - go on with the log that --output names, or begin it.
 *
 * What is called so already is mended if evlog was killed over it, and gets a number. If it
 * is of the same channel, reading goes on where it ends. Says on standard error why not; then
 * NULL.
 */
struct sink *raw_open(struct session *s);

#endif /* EVLOG_RAW_H */
