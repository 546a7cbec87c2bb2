/* SPDX-License-Identifier: GPL-2.0 */
/*
 * metrics: what a session has done, of each CPU, and a file that tells it.
 *
 * The file is of the text format that Prometheus and node-exporter's textfile collector read,
 * which is OpenMetrics but for one thing: a counter's family is called as its samples, with
 * _total. It is made anew beside and then put in the place of the old one.
 */
#ifndef EVLOG_METRICS_H
#define EVLOG_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct session;

/** METRICS_NS - time between two of these files. */
#define METRICS_NS	5000000000ULL

/**
 * struct metrics_cpu - what came from one CPU.
 * @received: records read, wanted or not.
 * @bytes: of these, headers included.
 * @events: records handed on.
 * @overrun: records lost as the ring went round.
 * @dropped: records that the producer could not store.
 * @unwritten: records that could not be written (--on-error drop).
 */
struct metrics_cpu {
	uint64_t received;
	uint64_t bytes;
	uint64_t events;
	uint64_t overrun;
	uint64_t dropped;
	uint64_t unwritten;
};

/**
 * metrics_write() - write the file that --metrics names.
 *
 * Return: 0 or -errno. What fails is said on standard error once, until it works again.
 */
int metrics_write(struct session *s);

#endif /* EVLOG_METRICS_H */
