// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* timeout: 300 */
/*
 * Mutated images: whatever the bytes say, the consumer header reads nothing outside of
 * the mapping, which stands between two pages that cannot be read, and comes to an end.
 */
#include "rig.h"

#define BLOCK	4096U
#define CPUS	3U
#define ROUNDS	300000U
#define MOST	100000U		/* events that no image of this size can hold */

static struct rig rig;
static unsigned char *image;	/* what is read: a mutated copy of the ring's */
static u64 image_size;
static u64 state = 0x9e3779b97f4a7c15ULL;
static u64 sum;			/* of what was read, so that it is */

static u32 pick(u32 n)
{
	state += 0x9e3779b97f4a7c15ULL;
	return (u32)(evring_generator_mix(state) >> 32) % n;
}

/* A ring that has gone round, with padding and drops and records of every size. */
static void fill_ring(void)
{
	struct evring_reservation rsv;
	u32 i, len;

	rig_make(&rig, 1U << 16, BLOCK, CPUS);
	for (i = 0; i < 1200; i++) {
		rig_time = 1000 + i;
		len = RIG_PAYLOAD_MIN + (pick(20) ? pick(100) : pick(BLOCK));
		rig_emit(&rig, pick(CPUS), len, i);
		if (i % 50 == 0 &&
		    !evring_ring_reserve(&rig.ring, EVRING_TYPE_USER, 40, &rsv))
			evring_ring_discard(&rig.ring, &rsv);
	}
}

/* An offset where something of interest is. */
static u64 place(void)
{
	const struct evring_layout *l = &rig.layout;
	u32 slot = pick(l->nblocks);

	switch (pick(8)) {
	case 0:
		return pick(sizeof(struct evring_control));
	case 1:
		return l->line_offset + pick(CPUS * (u32)sizeof(struct evring_line));
	case 2:
	case 3:
	case 4:
		return l->index_offset + pick(l->nblocks * (u32)sizeof(struct evring_index));
	case 5: /* the first record of a block */
		return l->data_offset + (u64)slot * BLOCK + pick(8);
	case 6: /* the end of a block */
		return l->data_offset + (u64)slot * BLOCK + BLOCK - 1 - pick(32);
	default:
		return l->data_offset + pick((u32)l->data_size);
	}
}

static void mutate(void)
{
	static const u64 values[] = { 0, 1, 7, 8, 15, 16, 0x7fff, 0x8000, 0xffff, 0x10000,
				      0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 63, ~0ULL,
				      EVRING_POS_FULL, 0x3fff, 0x1ffff };
	u64 at = place(), other = place(), value;
	u32 width = 1U << pick(4);

	at &= ~(u64)(width - 1);
	switch (pick(6)) {
	case 0:
		image[at] ^= (u8)(1U << pick(8));
		return;
	case 1:
		image[at] = (u8)pick(256);
		return;
	case 2: /* a value at the edge */
		value = values[pick(sizeof(values) / sizeof(*values))];
		break;
	case 3: /* a little more, a little less */
		memcpy(&value, image + at, sizeof(value) < image_size - at ? width : 0);
		value = pick(2) ? value + pick(17) : value - pick(17);
		break;
	case 4: /* what stands elsewhere */
		other &= ~(u64)(width - 1);
		memcpy(image + at, image + other, width);
		return;
	default:
		value = (u64)pick(~0U) << 32 | pick(~0U);
	}
	memcpy(image + at, &value, width);
}

static void look_at(const void *payload, u32 len)
{
	const volatile u8 *bytes = payload;

	if (len)
		sum += (u64)bytes[0] + bytes[len / 2] + bytes[len - 1];
}

/* Does a reader that returned @ret have more? */
static bool going(int ret)
{
	return ret && ret != -ENODEV;
}

static u32 read_by_next(struct evring *r)
{
	struct evring_event ev;
	u32 n;

	for (n = 0; n < MOST && going(evring_next(r, &ev)); n++)
		look_at(ev.payload, ev.len);
	return n;
}

static u32 read_by_peek(struct evring *r)
{
	struct evring_event ev;
	u32 n;

	for (n = 0; n < MOST && going(evring_peek(r, &ev)); n++) {
		look_at(ev.payload, ev.len);
		if (pick(2))
			sum += evring_valid(r, &ev);
		evring_advance(r);
	}
	return n;
}

static u32 read_by_batch(struct evring *r)
{
	const struct evring_record *record;
	struct evring_batch b;
	u32 n;

	for (n = 0; n < MOST && going(evring_batch_begin(r, &b)); n++) {
		while ((record = evring_batch_next(&b)) && n < MOST) {
			look_at(record + 1, b.len);
			n++;
			if (!pick(64))
				break;
		}
		evring_batch_end(r, &b);
	}
	return n;
}

static u32 read_by_extent(struct evring *r)
{
	struct evring_extent x;
	u32 n;
	int ret;

	for (n = 0; n < MOST && going(ret = evring_extent_take(r, &x)); n++) {
		if (ret != 1)
			continue;
		look_at(x.data, x.bytes);
		sum += (u32)evring_extent_end(r, &x);
	}
	return n;
}

static bool read_image(void)
{
	struct evring_opts opts = { .size = sizeof(opts), .flags = pick(2),
				    .start = pick(8) ? EVRING_SEEK_OLDEST : EVRING_SEEK_LATEST };
	struct evring_stats st;
	struct evring r;
	u32 way = pick(5);
	bool good;

	good = !evring_attach(&r, image, image_size, &opts);
	if (good) {
		if (way == 4) {
			evring_seek(&r, EVRING_SEEK_TIME, rig.ring.index[pick(16)].ts_begin + pick(9));
			way = pick(4);
		}
		CHECK((way == 0 ? read_by_next(&r) : way == 1 ? read_by_peek(&r) :
		       way == 2 ? read_by_batch(&r) : read_by_extent(&r)) < MOST);
		evring_get_stats(&r, &st);
		sum += st.received + evring_time_ns(&r, st.bytes);
	}
	evring_close(&r);
	return good;
}

static void mutated_images(void)
{
	u32 round, n, good = 0;
	size_t guarded_size;
	void *guarded;

	fill_ring();
	image_size = rig.layout.map_size;
	image = rig_guarded(image_size, &guarded, &guarded_size);
	memcpy(image, rig.map, image_size);
	CHECK(read_image());
	for (round = 0; round < ROUNDS && !rig_failed; round++) {
		/* Mutations pile up for a while; those of the geometry would stay for ever. */
		if (round % 16 == 0)
			memcpy(image, rig.map, image_size);
		for (n = 1 + pick(4); n; n--)
			mutate();
		good += read_image();
		if (rig_failed)
			printf("# round %u\n", round);
	}
	/* Enough of them must have got past the checks at attach. */
	CHECK(good > ROUNDS / 4);
	munmap(guarded, guarded_size);
	rig_free(&rig);
}

int main(void)
{
	RUN(mutated_images);
	printf("# sum %llx\n", (unsigned long long)sum);
	return rig_failures != 0;
}
