// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/*
 * evbench's reader of ftrace's pages: each kind of event that the ring writes, and records that
 * are not what was emitted.
 */
#include "bench.h"
#include "../../bench/device.c"
#include "../../bench/ftrace.c"

#define PAYLOAD	16U

/* --- pages made by hand ------------------------------------------------------------- */

static struct {
	struct page page;
	unsigned char data[4080];
} made __attribute__((aligned(8)));

static void put(const void *bytes, size_t size)
{
	memcpy(made.data + made.page.commit, bytes, size);
	made.page.commit += size;
}

static void put_word(uint32_t word)
{
	put(&word, sizeof(word));
}

static void start(void)
{
	memset(&made, 0, sizeof(made));
}

/* A short one has its length in the head's type, a long one in a word of its own. */
static void put_record(uint32_t payload, uint32_t number, uint32_t delta)
{
	unsigned char bytes[2048];
	uint32_t size = make_record(bytes, payload, number);

	if (size / 4 <= DATA_WORDS_MAX) {
		put_word(delta << 5 | size / 4);
	} else {
		put_word(delta << 5);
		put_word(size + 4);
	}
	put(bytes, size);
}

static bool finds(uint32_t payload, uint64_t records)
{
	struct tally t = { 0 }, blind = { 0 };

	return !walk(&made.page, payload, &t, true) && t.records == records &&
	       !walk(&made.page, payload, &blind, false) && blind.sum == t.sum &&
	       blind.records == records;
}

/* --- tests --------------------------------------------------------------------------- */

static void an_empty_page_has_none(void)
{
	start();
	check("bench_ftrace_an_empty_page_has_none", finds(PAYLOAD, 0));
}

static void short_records_have_their_length_in_the_head(void)
{
	start();
	put_record(PAYLOAD, 1, 5);
	put_record(PAYLOAD, 2, 0);
	check("bench_ftrace_short_records_have_their_length_in_the_head", finds(PAYLOAD, 2));
}

static void the_longest_short_record_is_112_bytes(void)
{
	start();
	put_record(96, 1, 5);
	put_record(96, 2, 5);
	check("bench_ftrace_the_longest_short_record_is_112_bytes", finds(96, 2));
}

static void long_records_have_it_in_a_word(void)
{
	start();
	put_record(104, 1, 5);
	put_record(104, 2, 0);
	check("bench_ftrace_long_records_have_it_in_a_word", finds(104, 2));
}

static void times_between_are_skipped(void)
{
	start();
	put_record(PAYLOAD, 1, 5);
	put_word(9 << 5 | TYPE_TIME);
	put_word(0x1234);
	put_record(PAYLOAD, 2, 0);
	put_word(9 << 5 | TYPE_STAMP);
	put_word(0x1234);
	put_record(PAYLOAD, 3, 0);
	check("bench_ftrace_times_between_are_skipped", finds(PAYLOAD, 3));
}

static void padding_is_skipped(void)
{
	start();
	put_record(PAYLOAD, 1, 5);
	put_word(1U << 5 | TYPE_PADDING);
	put_word(12);
	put_word(0xffffffff);
	put_word(0xffffffff);
	put_record(PAYLOAD, 2, 0);
	check("bench_ftrace_padding_is_skipped", finds(PAYLOAD, 2));
}

static void flags_of_the_length_are_no_length(void)
{
	start();
	put_record(PAYLOAD, 1, 5);
	made.page.commit |= 1U << 31 | 1U << 30;
	check("bench_ftrace_flags_of_the_length_are_no_length", finds(PAYLOAD, 1));
}

static void a_changed_byte_is_found(void)
{
	struct tally t = { 0 };

	start();
	put_record(64, 1, 5);
	made.data[made.page.commit - 1] ^= 1;
	check("bench_ftrace_a_changed_byte_is_found", walk(&made.page, 64, &t, true) == -1);
}

static void another_size_is_found(void)
{
	struct tally t = { 0 };

	start();
	put_record(64, 1, 5);
	check("bench_ftrace_another_size_is_found", walk(&made.page, 56, &t, true) == -1);
}

int main(void)
{
	an_empty_page_has_none();
	short_records_have_their_length_in_the_head();
	the_longest_short_record_is_112_bytes();
	long_records_have_it_in_a_word();
	times_between_are_skipped();
	padding_is_skipped();
	flags_of_the_length_are_no_length();
	a_changed_byte_is_found();
	another_size_is_found();
	return failures != 0;
}
