// SPDX-License-Identifier: GPL-2.0
/*
 * What bench/profile/run counts the instructions of: a ring that is full, read in place.
 *
 *	reader PAYLOAD BLOCK	bytes of payload, bytes of a block
 *
 * Prints how many records were read and how many blocks they are in. The channel is the double's, so
 * that it runs where there is no module; the reader is the header, as in evbench.
 */
#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING	(8U << 20)
#define TYPE	2000U

/* As evbench's in place: the first eight bytes of each payload are summed. */
static uint64_t __attribute__((__noipa__)) read_all(struct evring *ring)
{
	const struct evring_record *record;
	struct evring_batch batch;
	uint64_t word, sum = 0;
	int got;

	while ((got = evring_batch_begin(ring, &batch)) > 0) {
		while ((record = evring_batch_next(&batch))) {
			memcpy(&word, record + 1, sizeof(word));
			sum += word;
		}
		evring_batch_end(ring, &batch);
	}
	return sum;
}

static unsigned long fill(struct evring_double *channel, uint32_t payload, uint32_t block)
{
	uint32_t stride = (uint32_t)sizeof(struct evring_record) + ((payload + 7U) & ~7U);
	unsigned long count = (RING / block - 1UL) * (block / stride);
	static char bytes[65536];
	unsigned long n;

	for (n = 0; n < count; n++)
		evring_double_emit(channel, 0, TYPE, bytes, payload);
	return count;
}

int main(int argc, char **argv)
{
	uint32_t payload = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	uint32_t block = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	struct evring_double_opts opts = {
		.size = sizeof(opts), .data_size = RING, .block_size = block, .ncpus = 1,
	};
	struct evring_double *channel;
	struct evring_stats stats;
	unsigned long count;
	struct evring ring;

	if (payload < 8 || payload > 4000 || block < 4096) {
		fprintf(stderr, "reader PAYLOAD BLOCK: 8 to 4000, and 4096 or more\n");
		return 2;
	}
	channel = evring_double_create("profile", &opts);
	if (!channel || evring_double_attach(channel, &ring, NULL))
		return 1;
	count = fill(channel, payload, block);
	read_all(&ring);
	evring_get_stats(&ring, &stats);
	if (stats.received != count || stats.overrun || stats.dropped)
		return 1;
	printf("%lu %u\n", count, RING / block - 1);
	evring_close(&ring);
	evring_double_destroy(channel);
	return 0;
}
