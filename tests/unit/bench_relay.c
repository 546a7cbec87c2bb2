// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/*
 * evbench's reader of relay's mapped buffer: it has each sub-buffer that is complete once. Of a full
 * buffer it has all where relay takes nothing more, and all but the one that is written to where
 * it goes round.
 */
#include "bench.h"
#include "../../bench/device.c"
#include "../../bench/relay.c"

#define PAYLOAD		16U
#define BLOCK		128U
#define BLOCKS		128U	/* more than one look tells of */
#define IN_BLOCK	3U	/* records; the rest is padding */

/* --- a buffer made by hand ------------------------------------------------------------ */

/*
 * As the kernel has it: sub-buffers and what is used of them, how many are complete and how many
 * the reader has told that it is done with, and the number of the next record.
 */
static struct {
	char map[BLOCKS][BLOCK];
	uint32_t used[BLOCKS];
	uint64_t produced;
	uint64_t consumed;
	uint32_t next;
} made __attribute__((aligned(8)));

static const struct options opts = { .ring = sizeof(made.map), .block = BLOCK };
static struct relay_data relay = { .n = 1 };
static struct peer_buffer buffer = { .opts = &opts, .payload = PAYLOAD, .data = &relay };

/* The module's, of which a reader asks nothing but PEERS_IOC_RELAY. */
int ioctl(int fd, unsigned long request, ...)
{
	struct peers_relay *look;
	va_list args;
	uint64_t i;

	(void)fd;
	va_start(args, request);
	look = va_arg(args, struct peers_relay *);
	va_end(args);
	made.consumed += look->consumed;
	look->produced = made.produced;
	for (i = 0; i < PEERS_RELAY_BATCH && look->first + i < made.produced; i++)
		look->used[i] = made.used[(look->first + i) % BLOCKS];
	return 0;
}

static void start(bool overwrite)
{
	memset(&made, 0, sizeof(made));
	relay.files[0] = (struct relay_file){ .map = made.map[0] };
	buffer.overwrite = overwrite;
}

/* The next one is begun: it holds no record any more. */
static void begin_block(void)
{
	memset(made.map[made.produced % BLOCKS], 0xff, BLOCK);
}

static void complete(unsigned int blocks)
{
	uint32_t i, *used;

	for (; blocks; blocks--, made.produced++) {
		begin_block();
		used = &made.used[made.produced % BLOCKS];
		*used = 0;
		for (i = 0; i < IN_BLOCK; i++)
			*used += make_record(made.map[made.produced % BLOCKS] + *used, PAYLOAD,
					     made.next++);
	}
}

/* Does it read all records from number @first on, and no other? */
static bool reads_from(uint32_t first)
{
	struct tally t = { 0 };
	uint32_t number, sum = 0;

	for (number = first; number < made.next; number++)
		sum += number;
	return !relay_read(&buffer, &t, true) && t.records == made.next - first &&
	       (uint32_t)t.sum == sum;
}

/* --- tests --------------------------------------------------------------------------- */

static void what_is_complete_is_read_once(void)
{
	start(false);
	check("bench_relay_an_empty_buffer_has_none", reads_from(0));
	complete(3);
	check("bench_relay_what_is_complete_is_read", reads_from(0));
	check("bench_relay_it_is_read_once", reads_from(made.next));
	complete(2);
	check("bench_relay_what_comes_then_is_read", reads_from(3 * IN_BLOCK));
	check("bench_relay_what_was_read_is_told", made.consumed == 5);
}

static void a_full_buffer_that_takes_no_more_has_lost_nothing(void)
{
	start(false);
	complete(BLOCKS);
	check("bench_relay_a_full_buffer_has_lost_nothing", reads_from(0));
	check("bench_relay_a_full_buffer_is_told_to_be_empty", made.consumed == BLOCKS);
	complete(BLOCKS);
	check("bench_relay_full_again_it_has_lost_nothing", reads_from(BLOCKS * IN_BLOCK));
}

static void a_buffer_that_goes_round_lacks_the_one_that_is_written_to(void)
{
	start(true);
	complete(BLOCKS - 1);
	begin_block();
	check("bench_relay_before_it_goes_round_it_has_all", reads_from(0));
	start(true);
	complete(BLOCKS);
	begin_block();
	check("bench_relay_going_round_it_lacks_the_oldest", reads_from(IN_BLOCK));
	complete(2 * BLOCKS + 5);
	begin_block();
	check("bench_relay_gone_round_it_has_the_newest",
	      reads_from((2 * BLOCKS + 6) * IN_BLOCK));
}

static void a_changed_byte_is_found(void)
{
	struct tally t = { 0 };

	start(false);
	complete(1);
	made.map[0][made.used[0] - 1] ^= 1;
	check("bench_relay_a_changed_byte_is_found", relay_read(&buffer, &t, true) == -1);
}

int main(void)
{
	what_is_complete_is_read_once();
	a_full_buffer_that_takes_no_more_has_lost_nothing();
	a_buffer_that_goes_round_lacks_the_one_that_is_written_to();
	a_changed_byte_is_found();
	return failures != 0;
}
