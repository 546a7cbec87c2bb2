/* SPDX-License-Identifier: GPL-2.0 */
/* Is what was logged in the files, whatever their format? */
#ifndef EVBENCH_SEARCH_H
#define EVBENCH_SEARCH_H

#include <stdint.h>

/**
 * struct search - what to look for, and what was found.
 * @event: number of the tracepoint.
 * @field: where its field is, behind what all tracepoints have: that is more on an -rt kernel.
 * @payload: bytes of the payload that the generator made.
 * @count: how many there are, numbered from 0 on.
 * @found: numbers that are there, with the right checksum.
 * @doubled: times that one of them is there once more.
 * @bytes: that all files take on the disk.
 * @seen: a bit for each number.
 */
struct search {
	uint16_t event;
	uint32_t field;
	uint32_t payload;
	uint64_t count;
	uint64_t found;
	uint64_t doubled;
	uint64_t bytes;
	uint64_t *seen;
};

void search_bytes(struct search *s, const void *bytes, uint64_t len);
int search_folder(struct search *s, const char *folder);

#endif /* EVBENCH_SEARCH_H */
