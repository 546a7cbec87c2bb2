// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/* Images that the consumer header refuses, and damaged ones that it survives. */
#include "rig.h"

#define BLOCK	4096U
#define LEN	48U
#define CPUS	2U

static struct rig rig;
static struct evring_control *control;

static void start(void)
{
	rig_make(&rig, 1U << 16, BLOCK, CPUS);
	control = rig.ring.control;
	rig_emit_many(&rig, 0, LEN, 0, 100);
	rig_emit_many(&rig, 1, LEN, 0, 100);
}

static int attach_to(const void *image, size_t len)
{
	struct evring r;
	int err = evring_attach(&r, image, len, NULL);

	evring_close(&r);
	return err;
}

static int attach(void)
{
	return attach_to(rig.map, rig.layout.map_size);
}

static void other_abi_version(void)
{
	start();
	control->abi_version = EVRING_ABI_VERSION + 1;
	CHECK_EQ(attach(), (u64)-EPROTO);
	control->abi_version = 0;
	CHECK_EQ(attach(), (u64)-EPROTO);
	control->abi_version = EVRING_ABI_VERSION;
	CHECK_EQ(attach(), 0);
	rig_free(&rig);
}

static void unknown_features(void)
{
	u32 bit;

	start();
	for (bit = 0; bit < 64; bit++) {
		control->features = 1ULL << bit;
		CHECK_EQ(attach(), bit < 32 ? 0 : (u64)-EPROTONOSUPPORT);
	}
	rig_free(&rig);
}

static void not_an_image(void)
{
	start();
	control->magic ^= 1;
	CHECK_EQ(attach(), (u64)-EBADMSG);
	memset(rig.map, 0, sizeof(*control));
	CHECK_EQ(attach(), (u64)-EBADMSG);
	CHECK_EQ(attach_to(rig.map, 0), (u64)-EBADMSG);
	CHECK_EQ(attach_to(rig.map, sizeof(*control) - 1), (u64)-EBADMSG);
	CHECK_EQ(attach_to(rig.map + 4, rig.layout.map_size - 4), (u64)-EINVAL);
	rig_free(&rig);
}

static void cut_short(void)
{
	size_t len;

	start();
	for (len = 0; len < rig.layout.map_size; len += 512)
		CHECK_EQ(attach_to(rig.map, len), (u64)-EBADMSG);
	CHECK_EQ(attach_to(rig.map, rig.layout.map_size - 1), (u64)-EBADMSG);
	rig_free(&rig);
}

static void options(void)
{
	struct evring_opts opts = { .size = sizeof(opts) };
	struct evring r;

	start();
	opts.start = EVRING_SEEK_TIME;
	CHECK_EQ(evring_attach(&r, rig.map, rig.layout.map_size, &opts), (u64)-EINVAL);
	opts.start = 0;
	opts.flags = 1U << 31;
	CHECK_EQ(evring_attach(&r, rig.map, rig.layout.map_size, &opts), (u64)-EINVAL);
	opts.flags = 0;
	opts.size = 0;
	CHECK_EQ(evring_attach(&r, rig.map, rig.layout.map_size, &opts), (u64)-EINVAL);
	/* An older, shorter struct: the rest counts as zero. */
	opts.flags = 1U << 31;
	opts.size = offsetof(struct evring_opts, flags);
	CHECK_EQ(evring_attach(&r, rig.map, rig.layout.map_size, &opts), 0);
	evring_close(&r);
	CHECK_EQ(evring_open(&r, "", NULL), (u64)-EINVAL);
	CHECK_EQ(evring_open(&r, "/nonexistent/channel", NULL), (u64)-ENOENT);
	CHECK_EQ(evring_open(&r, "/", NULL), (u64)-EBADMSG);
	CHECK(strlen(evring_explain(-ENOENT)) > 20);
	rig_free(&rig);
}

/* A file that holds a copy of the mapping. */
static void file_is_read_as_it_is(void)
{
	char path[] = "/tmp/evring_image_XXXXXX";
	struct evring_event ev;
	struct evring r;
	int fd = mkstemp(path);
	u32 n = 0;

	start();
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, rig.map, rig.layout.map_size), rig.layout.map_size);
	CHECK_EQ(evring_open(&r, path, NULL), 0);
	while (evring_next(&r, &ev) == 1)
		n++;
	CHECK_EQ(n, 200);
	CHECK_EQ(evring_fd(&r), (u64)-1);
	evring_close(&r);
	CHECK_EQ(ftruncate(fd, 1000), 0);
	CHECK_EQ(evring_open(&r, path, NULL), (u64)-EBADMSG);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(evring_open(&r, path, NULL), (u64)-EBADMSG);
	close(fd);
	unlink(path);
	rig_free(&rig);
}

/* Does a reader that returned @ret have more? */
static bool going(int ret)
{
	return ret && ret != -ENODEV;
}

/* Read all there is by each way; must end, and must not read outside (the guard pages). */
static u64 read_all(void)
{
	const struct evring_record *record;
	struct evring_event ev;
	struct evring_batch b;
	struct evring r;
	u64 sum = 0, n;

	if (attach())
		return 0;
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	for (n = 0; going(evring_next(&r, &ev)) && n < 10000; n++) {
		const u8 *bytes = ev.payload;

		if (ev.len)
			sum += bytes[0] + bytes[ev.len - 1];
	}
	CHECK(n < 10000);
	evring_seek(&r, EVRING_SEEK_OLDEST, 0);
	for (n = 0; going(evring_batch_begin(&r, &b)) && n < 10000; n++) {
		while ((record = evring_batch_next(&b))) {
			const u8 *bytes = (const void *)(record + 1);

			if (b.len)
				sum += bytes[0] + bytes[b.len - 1];
		}
		evring_batch_end(&r, &b);
	}
	CHECK(n < 10000);
	evring_seek(&r, EVRING_SEEK_LATEST, 0);
	evring_seek(&r, EVRING_SEEK_TIME, rig.ring.index[3].ts_begin);
	for (n = 0; going(evring_peek(&r, &ev)) && n < 10000; n++) {
		const u8 *bytes = ev.payload;

		if (ev.len)
			sum += bytes[0] + bytes[ev.len - 1];
		evring_advance(&r);
	}
	CHECK(n < 10000);
	evring_close(&r);
	return sum;
}

/* Each word of the control page, with values that go wrong in geometry. */
static void control_fields_damaged(void)
{
	static const u32 values[] = { 0, 1, 3, 7, 8, 0x1001, 0x10000, 0x7fffffff, 0x80000000,
				      0xffffffff, 0xfffffff8, 0xfffff000 };
	u32 *words, was, i, j;
	u64 sum = 0;

	start();
	words = (u32 *)(void *)rig.map;
	for (i = 0; i < sizeof(*control) / sizeof(*words); i++) {
		was = words[i];
		for (j = 0; j < sizeof(values) / sizeof(*values); j++) {
			words[i] = values[j];
			sum += read_all();
		}
		words[i] = was;
	}
	CHECK_EQ(attach(), 0);
	CHECK(sum > 0);
	rig_free(&rig);
}

/* A record whose size cannot be: told once; the other CPU's records still come. */
static void damaged_record_is_told(void)
{
	static const u16 sizes[] = { 0, 8, 15, 0xffff, 4096 - 63 };
	struct evring_record *record;
	struct evring_event ev;
	struct evring r;
	u32 i, n, bad;
	int err;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		start();
		record = (void *)(rig.ring.data + 64); /* CPU 0's second */
		record->size = sizes[i];
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		for (n = 0, bad = 0; (err = evring_next(&r, &ev)); ) {
			n += err == 1;
			bad += err == -EBADMSG;
			CHECK(err == 1 || err == -EBADMSG);
			if (n + bad > 1000)
				break;
		}
		CHECK_EQ(n, 101);
		CHECK_EQ(bad, 1);
		evring_close(&r);
		rig_free(&rig);
	}
}

/* What a reader that stands somewhere gets until nothing comes any more. */
static void expect_damage(struct evring *r, u32 records)
{
	struct evring_event ev;
	u32 n = 0, bad = 0;
	int err;

	while ((err = evring_next(r, &ev)) && n + bad < 1000) {
		n += err == 1;
		bad += err == -EBADMSG;
		CHECK(err == -EBADMSG || (err == 1 && ev.kind == EVRING_RECORD));
	}
	CHECK_EQ(n, records);
	CHECK_EQ(bad, 1);
	evring_close(r);
	rig_free(&rig);
}

/* CPU 0's block and the record @number in it, to be damaged. */
static struct evring_record *record_at(u32 number)
{
	return (void *)(rig.ring.data + (size_t)number * 64);
}

/*
 * Sizes from which no way leads to the last record of the block: such as cannot be, such as
 * lead beyond the end, and such as pass over others.
 */
static const u16 wrong_sizes[] = { 0, 8, 15, 0xffff, 4096 - 63, 128, 1024 };

static void damage_on_the_way_to_a_sequence_number(void)
{
	struct evring r;
	u32 i;

	for (i = 0; i < sizeof(wrong_sizes) / sizeof(*wrong_sizes); i++) {
		start();
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		record_at(3)->size = wrong_sizes[i];
		CHECK_EQ(evring_seek_seq(&r, 0, 63), 0);
		expect_damage(&r, 100);
	}
}

static void damage_on_the_way_to_a_time(void)
{
	static const u16 sizes[] = { 0, 8, 15, 0xffff, 4096 - 63 };
	struct evring r;
	u32 i, t;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		rig_make(&rig, 1U << 16, BLOCK, CPUS);
		for (t = 1; t <= 60; t++) {
			rig_time = t;
			rig_emit(&rig, 0, LEN, t);
			rig_emit(&rig, 1, LEN, t);
		}
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		record_at(3)->size = sizes[i];
		CHECK_EQ(evring_seek(&r, EVRING_SEEK_TIME, 41), 0);
		expect_damage(&r, 20);
	}
}

/* A block that is another one now, with the wanted record in its middle. */
static void damage_while_looking_for_the_place(void)
{
	struct evring_event ev;
	struct evring r;
	u32 i, j;

	for (i = 0; i < sizeof(wrong_sizes) / sizeof(*wrong_sizes); i++) {
		start();
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		/* In place, so that nothing is copied that would still come. */
		for (j = 0; j < 63; j++) {
			CHECK_EQ(evring_peek(&r, &ev), 1);
			CHECK_EQ(ev.cpu, 0);
			evring_advance(&r);
		}
		record_at(3)->size = wrong_sizes[i];
		rig.ring.index[0].gen += rig.layout.nblocks;
		expect_damage(&r, 100);
	}
}

/* Strides that lead to the end of a block, but by another number of records than it has. */
static void damage_that_shows_at_the_end_of_a_block(void)
{
	struct evring r;

	start();
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	record_at(3)->size = 128;
	expect_damage(&r, 100 + 63);

	start();
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	record_at(62)->size = 128;
	CHECK_EQ(evring_seek_seq(&r, 0, 62), 0);
	expect_damage(&r, 100 + 1);
}

static int count_event(void *ctx, const struct evring_event *ev)
{
	(void)ev;
	++*(u32 *)ctx;
	return 0;
}

/* Each way of reading tells it once, and goes on with the other CPU. */
static void damage_is_told_by_each_way_of_reading(void)
{
	u32 way;

	for (way = 0; way < 3; way++) {
		u32 n = 0, bad = 0, calls;
		struct evring_event ev;
		struct evring_batch b;
		struct evring r;

		start();
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		record_at(3)->size = 8;
		CHECK_EQ(evring_seek_seq(&r, 0, 40), 0);
		for (calls = 0; calls < 300; calls++) {
			long ret;

			if (way == 0) {
				ret = evring_peek(&r, &ev);
				n += ret == 1;
				evring_advance(&r);
			} else if (way == 1) {
				ret = evring_batch_begin(&r, &b);
				while (ret == 1 && evring_batch_next(&b))
					n++;
				if (ret == 1)
					CHECK_EQ(evring_batch_end(&r, &b), 1);
			} else {
				ret = evring_drain(&r, count_event, &n, 1000);
			}
			bad += ret == -EBADMSG;
		}
		CHECK_EQ(n, 100);
		CHECK_EQ(bad, 1);
		evring_close(&r);
		rig_free(&rig);
	}
}

/* It is told for what is read next: who goes elsewhere before that is not told. */
static void seeking_again_forgets_damage(void)
{
	struct evring_event ev;
	struct evring r;
	u32 n = 0;

	start();
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	record_at(3)->size = 8;
	CHECK_EQ(evring_seek_seq(&r, 0, 40), 0);
	CHECK_EQ(evring_seek_seq(&r, 0, 64), 0);
	while (evring_next(&r, &ev) == 1)
		n++;
	CHECK_EQ(n, 100 + 36);
	CHECK_EQ(evring_seek_seq(&r, 0, 40), 0);
	CHECK_EQ(evring_next(&r, &ev), (u64)-EBADMSG);
	CHECK_EQ(evring_next(&r, &ev), 0);
	CHECK_EQ(evring_seek_seq(&r, 0, 64), 0);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.seq, 64);
	evring_close(&r);
	rig_free(&rig);
}

/* Eight bytes before the very end of the image there is room for half a header. */
static void half_a_header_at_the_end(void)
{
	struct evring_record *last;
	u32 i, slot;

	rig_make(&rig, 1U << 16, BLOCK, 1);
	control = rig.ring.control;
	rig_emit_many(&rig, 0, LEN, 0, 16 * 64);
	slot = rig.layout.nblocks - 1;
	CHECK_EQ(evring_pos_bytes(rig.ring.index[slot].pub), BLOCK);
	last = (void *)(rig.map + rig.layout.map_size - 64);
	CHECK_EQ(last->size, 64);
	last->size = 56;
	for (i = 0; i < 3; i++) {
		struct evring r;

		CHECK(read_all() > 0);
		rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
		CHECK_EQ(evring_seek(&r, EVRING_SEEK_TIME, ~0ULL), 0);
		evring_close(&r);
	}
	rig_free(&rig);
}

/* Sequence numbers about to wrap must not lead round and round. */
static void sequence_numbers_near_their_end(void)
{
	u64 first;

	for (first = ~0ULL; first > ~0ULL - 12; first--) {
		rig_make(&rig, 1U << 16, BLOCK, 1);
		control = rig.ring.control;
		rig_emit_many(&rig, 0, LEN, 0, 10);
		rig.ring.index[0].seq_first = first;
		rig.ring.index[0].pub |= EVRING_POS_FULL;
		read_all();
		rig_free(&rig);
	}
}

int main(void)
{
	RUN(other_abi_version);
	RUN(unknown_features);
	RUN(not_an_image);
	RUN(cut_short);
	RUN(options);
	RUN(file_is_read_as_it_is);
	RUN(control_fields_damaged);
	RUN(damaged_record_is_told);
	RUN(damage_on_the_way_to_a_sequence_number);
	RUN(damage_on_the_way_to_a_time);
	RUN(damage_while_looking_for_the_place);
	RUN(damage_that_shows_at_the_end_of_a_block);
	RUN(damage_is_told_by_each_way_of_reading);
	RUN(seeking_again_forgets_damage);
	RUN(half_a_header_at_the_end);
	RUN(sequence_numbers_near_their_end);
	return rig_failures != 0;
}
