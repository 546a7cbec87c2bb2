// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <stddef.h>
#include <string.h>

static bool has_type(const uint64_t *types, uint32_t type)
{
	return types[type / 64] & 1ULL << type % 64;
}

static void note_type(struct run *run, uint32_t type, const uint64_t *known, uint64_t *fresh)
{
	if (!known || type / 64 >= RUN_TYPES || has_type(known, type))
		return;
	fresh[type / 64] |= 1ULL << type % 64;
	run->fresh = true;
}

void run_scan(const unsigned char *data, uint32_t bytes, struct run *run, const uint64_t *known,
	      uint64_t *fresh)
{
	uint32_t at = 0, size, records = 0, discarded = 0, last = 0, padding = 0;
	struct evring_record record;
	uint64_t youngest = 0;

	memset(run, 0, sizeof(*run));
	for (; bytes - at >= sizeof(record); at += size) {
		memcpy(&record, data + at, sizeof(record));
		size = (record.size + 7U) & ~7U;
		if (record.size < sizeof(record) || size > bytes - at)
			break;
		/* Most often they are of one kind. */
		if (record.type != last || !records) {
			last = record.type;
			padding = last == EVRING_TYPE_PADDING;
			note_type(run, last, known, fresh);
		}
		records++;
		discarded += padding;
		youngest = record.time > youngest ? record.time : youngest;
	}
	run->bytes = at;
	run->records = records;
	run->discarded = discarded;
	run->youngest = youngest;
}
