// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* What evbench finds in loggers' files: each record once, none that is damaged. */
#include "bench.h"
#include "../../bench/search.c"

#define EVENT		1234
#define PAYLOAD		24U
#define FIELD		8U
#define FIELD_RT	12U
#define SIZE		(PAYLOAD + 4)

/* A record of the tracepoint's, as the kernel makes it of the generator's payload. */
static void put(void *at, uint32_t field, uint32_t number)
{
	struct { struct evring_event_generator event; uint64_t filling; } payload = {
		.event = { .common = { .type = EVRING_TYPE_GENERATOR, .pid = 77 }, .number = number },
		.filling = 0x0102030405060708,
	};
	struct evring_common common = { .type = EVENT, .flags = 1, .preempt_count = 2, .pid = 77 };
	uint32_t location = (PAYLOAD - 8) << 16 | (field + 4);

	payload.event.sum = evring_generator_sum(&payload, PAYLOAD);
	memcpy(at, &common, sizeof(common));
	memcpy((char *)at + field, &location, sizeof(location));
	memcpy((char *)at + field + 4, &payload.event.number, PAYLOAD - 8);
}

static struct search search_for(const void *bytes, uint64_t len, uint64_t count)
{
	static uint64_t seen;
	struct search s = { .event = EVENT, .field = FIELD, .payload = PAYLOAD, .count = count, .seen = &seen };

	seen = 0;
	search_bytes(&s, bytes, len);
	return s;
}

int main(void)
{
	uint32_t bytes[64] = { 0 };
	struct search s;

	put(&bytes[1], FIELD, 0);
	put(&bytes[1 + SIZE / 4], FIELD, 1);
	put(&bytes[20], FIELD, 2);
	s = search_for(bytes, sizeof(bytes), 3);
	check("each_is_found_wherever_it_is", s.found == 3 && !s.doubled);
	s = search_for(bytes, sizeof(bytes), 2);
	check("what_has_a_number_that_nobody_emitted_is_none", s.found == 2 && !s.doubled);
	s = search_for(bytes, 20 * 4 + SIZE - 4, 3);
	check("half_a_record_is_none", s.found == 2);
	put(&bytes[30], FIELD, 1);
	s = search_for(bytes, sizeof(bytes), 3);
	check("what_is_there_twice_is_doubled", s.found == 3 && s.doubled == 1);
	bytes[20 + SIZE / 4 - 1] ^= 1;
	s = search_for(bytes, sizeof(bytes), 3);
	check("one_that_is_damaged_is_none", s.found == 2);
	s.event = EVENT + 1;
	s.found = 0;
	search_bytes(&s, bytes, sizeof(bytes));
	check("another_event_is_none", !s.found);
	s.event = EVENT;
	put(&bytes[40], FIELD_RT, 0);
	s = search_for(&bytes[36], 24 * 4, 3);
	check("where_another_kernel_has_it_it_is_none", !s.found);
	s.field = FIELD_RT;
	s.seen = &(uint64_t){ 0 };
	search_bytes(&s, &bytes[36], 24 * 4);
	check("but_by_its_own_format", s.found == 1);
	check("a_folder_that_is_not_there_is_said", search_folder(&s, "/nonexistent") == -1);
	return failures != 0;
}
