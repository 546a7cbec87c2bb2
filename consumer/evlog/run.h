/* SPDX-License-Identifier: GPL-2.0 */
/* run: looks through the records of a run, whatever its bytes say. */
#ifndef EVLOG_RUN_H
#define EVLOG_RUN_H

#include <evring.h>
#include <stdint.h>

/** RUN_TYPES - words that have a bit for each event type. */
#define RUN_TYPES	(0x10000U / 64)

/**
 * struct run - what a run holds.
 * @bytes: how many of its bytes are whole records; all of them, if it is whole.
 * @records: records in these, discarded ones among them.
 * @discarded: discarded ones (EVRING_TYPE_PADDING).
 * @youngest: the largest time stamp.
 */
struct run {
	uint32_t bytes;
	uint32_t records;
	uint32_t discarded;
	uint64_t youngest;
};

/**
 * run_scan() - go through a run.
 * @data: its bytes, aligned to 8.
 * @bytes: how many.
 * @run: answer.
 * @types: RUN_TYPES words: the bits of its types are set; NULL: not wanted.
 */
void run_scan(const unsigned char *data, uint32_t bytes, struct run *run, uint64_t *types);

#endif /* EVLOG_RUN_H */
