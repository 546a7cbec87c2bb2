// SPDX-License-Identifier: GPL-2.0
/*
 * FREEZE stops a channel in the middle of emitting, THAW lets it go on. What is mapped in between
 * does not change, and a copy of it is a consistent image: the header reads the same from it as
 * from the channel. What is emitted meanwhile counts as dropped, exactly (DESIGN, I4).
 *
 * vm: --smp 2
 * vm: --smp 1
 */
#include "tally.h"

#define NAME "freeze"
#define ROUNDS 15

static struct run task = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200,
						.flags = EVRING_GENERATOR_RESERVE } };
static struct run irq = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200,
					       .flags = EVRING_GENERATOR_IRQ, .rate = 2000 } };
static struct tally by_reader;

/* Index and data, and of the lines all but the counts of drops. */
static bool same(const uint8_t *image, const uint8_t *map)
{
	const struct evring_control *c = (const void *)image;
	uint64_t data = c->data_offset;

	for (uint32_t cpu = 0; cpu < c->ncpus; cpu++)
		if (memcmp(image + c->line_offset + cpu * c->line_size,
			   map + c->line_offset + cpu * c->line_size,
			   offsetof(struct evring_line, dropped)))
			return false;
	return !memcmp(image + c->index_offset, map + c->index_offset, c->map_size - c->index_offset) &&
	       data < c->map_size;
}

/* The next record, losses passed over: drops go on being counted in the channel. */
static int next_record(struct evring *r, struct evring_event *ev)
{
	int err;

	do {
		err = evring_next(r, ev);
	} while (err == 1 && ev->kind == EVRING_DROPPED);
	return err;
}

/* What the header reads from the image is what it reads from the channel, and whole. */
static const char *image_flaw(const uint8_t *image, size_t size, uint64_t *records)
{
	struct evring copy, live;
	struct evring_event a, b;
	const char *flaw = NULL;

	*records = 0;
	if (evring_attach(&copy, image, size, NULL))
		return "it cannot be attached";
	ring_open(&live, NAME, NULL);
	while (!flaw && next_record(&copy, &a) == 1) {
		if (next_record(&live, &b) != 1)
			flaw = "the channel has less";
		else if (a.kind != b.kind || a.cpu != b.cpu || a.seq != b.seq || a.len != b.len ||
			 a.time != b.time || memcmp(a.payload, b.payload, a.len))
			flaw = "the channel has something else";
		else if (a.kind != EVRING_RECORD)
			flaw = "records are lost in it";
		else
			flaw = generator_flaw(a.cpu, a.payload, a.len, 0, 0);
		++*records;
	}
	if (!flaw && next_record(&live, &b) != 0)
		flaw = "the channel has more";
	evring_close(&live);
	evring_close(&copy);
	return flaw;
}

static void round_of(struct evring *r, const uint8_t *map, uint8_t *image, size_t size, int round)
{
	struct evring_channel_stats before, after;
	const char *flaw;
	uint64_t records;

	if (!ok_equal((uint64_t)-evring_freeze(r), 0, "freeze"))
		return;
	memcpy(image, map, size);
	before = channel_stats(evring_fd(r));
	ok((channel_info(evring_fd(r)).state & EVRING_STATE_FROZEN) &&
	   (((const struct evring_control *)(const void *)image)->state & EVRING_STATE_FROZEN),
	   "INFO and the control page tell it", "they do not");
	ok_equal((uint64_t)-evring_freeze(r), 0, "freeze once more does nothing");
	sleep_ms(round % 3 * 20 + 5);
	after = channel_stats(evring_fd(r));
	ok_equal(after.accepted, before.accepted, "nothing is accepted");
	ok(round % 3 == 0 || after.dropped[EVRING_DROP_FROZEN] > before.dropped[EVRING_DROP_FROZEN],
	   "what is emitted is dropped", "no drop");
	ok(same(image, map), "what is mapped stays as it is", "it changed");
	flaw = image_flaw(image, size, &records);
	ok(!flaw, "the image holds what the channel does", "record %llu: %s",
	   (unsigned long long)records, flaw);
	ok_equal(after.blocks_open, 0, "no block is open");
	tally_next(&by_reader, r, UINT64_MAX);
	ok_equal((uint64_t)-evring_thaw(r), 0, "thaw");
	ok_equal((uint64_t)-evring_thaw(r), 0, "thaw once more does nothing");
	sleep_ms(10);
	tally_next(&by_reader, r, UINT64_MAX);
	ok(channel_stats(evring_fd(r)).accepted > after.accepted, "it goes on", "it does not");
}

static void refusals(void)
{
	struct evring_freeze_args args = { .size = sizeof(args), .flags = 1 };
	int ro = channel_open(NAME, O_RDONLY), fd = channel_open(NAME, O_RDWR);

	ok_errno(ioctl(fd, EVRING_IOC_FREEZE, &args), EINVAL, "FREEZE with an unknown flag");
	args.flags = 0;
	ok_errno(ioctl(ro, EVRING_IOC_FREEZE, &args), EBADF, "FREEZE takes a writable descriptor");
	ok_errno(ioctl(ro, EVRING_IOC_THAW, &args), EBADF, "so does THAW");
	channel_remove(NAME);
	ok_errno(ioctl(fd, EVRING_IOC_FREEZE, &args), ENODEV, "FREEZE of a channel that was removed");
	close(fd);
	close(ro);
}

int main(void)
{
	struct evring_opts opts = { .size = sizeof(opts), .flags = EVRING_OPT_WRITABLE };
	struct evring_channel_stats stats;
	uint32_t sources[2];
	const uint8_t *map;
	uint8_t *image;
	struct evring r;
	size_t size;

	channel_create(NAME, 256 << 10, 4096);
	ring_open(&r, NAME, &opts);
	size = channel_info(evring_fd(&r)).map_size;
	map = channel_map(evring_fd(&r), 0);
	image = aligned_alloc(4096, size);
	sources[0] = generate(NAME, &task.g);
	sources[1] = generate(NAME, &irq.g);
	for (int round = 0; round < ROUNDS; round++) {
		sleep_ms(10);
		round_of(&r, map, image, size, round);
	}
	detach(NAME, sources[0]);
	detach(NAME, sources[1]);
	tally_next(&by_reader, &r, UINT64_MAX);
	stats = channel_stats(evring_fd(&r));
	tally_ok(&by_reader, "a reader throughout");
	ok_equal(tally_sum(&by_reader, 0) + tally_sum(&by_reader, 1), stats.accepted,
		 "received + overrun is what was accepted");
	ok_equal(tally_sum(&by_reader, 2), stats_dropped(&stats), "dropped is what was dropped");
	evring_close(&r);
	refusals();
	return result();
}
