// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <string.h>

void run_scan(const unsigned char *data, uint32_t bytes, struct run *run, uint64_t *types)
{
	struct evring_record record;
	uint32_t at = 0, size, last = UINT32_MAX;

	memset(run, 0, sizeof(*run));
	while (bytes - at >= sizeof(record)) {
		memcpy(&record, data + at, sizeof(record));
		size = (record.size + 7U) & ~7U;
		if (record.size < sizeof(record) || size > bytes - at)
			break;
		at += size;
		run->records++;
		run->discarded += record.type == EVRING_TYPE_PADDING;
		if (record.time > run->youngest)
			run->youngest = record.time;
		/* Most often they are of one kind. */
		if (record.type == last || !types)
			continue;
		last = record.type;
		if (last / 64 < RUN_TYPES)
			types[last / 64] |= 1ULL << last % 64;
	}
	run->bytes = at;
}
