/* SPDX-License-Identifier: GPL-2.0 */
/* run: looks through the records of a run, whatever its bytes say. */
#ifndef EVLOG_RUN_H
#define EVLOG_RUN_H

#include <evring.h>
#include <stdbool.h>
#include <stdint.h>

/** RUN_TYPES - words that have a bit for each event type. */
#define RUN_TYPES	(0x10000U / 64)

/**
 * struct run - what a run holds.
 * @bytes: how many of its bytes are whole records; all of them, if it is whole.
 * @records: records in these, discarded ones among them.
 * @discarded: discarded ones (EVRING_TYPE_PADDING).
 * @fresh: there are types that were not known.
 * @youngest: the largest time stamp.
 */
struct run {
	uint32_t bytes;
	uint32_t records;
	uint32_t discarded;
	bool fresh;
	uint64_t youngest;
};

/**
 * run_scan() - go through a run.
 * @data: its bytes, aligned to 8.
 * @bytes: how many.
 * @run: answer.
 * @known: RUN_TYPES words: the bits of types that are known; NULL: types are not looked at.
 * @fresh: as many: the bits of its other types are set.
 */
void run_scan(const unsigned char *data, uint32_t bytes, struct run *run, const uint64_t *known,
	      uint64_t *fresh);

#endif /* EVLOG_RUN_H */
