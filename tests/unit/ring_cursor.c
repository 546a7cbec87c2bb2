// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/* The kernel's own cursor, which read() uses, delivers what the consumer header does. */
#include "rig.h"

#define BLOCK	4096U
#define CPUS	2U

static struct rig rig;
static u32 seed = 7;

static u32 pick(u32 n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 16) % n;
}

/* One event as both tell it. */
struct told {
	u32 kind;
	u64 seq;
	u64 count;
	u32 type;
	u32 len;
	u64 time;
	u32 sum;	/* of the payload */
};

static u32 sum_of(const void *payload, u32 len)
{
	const u8 *bytes = payload;
	u32 sum = len;

	while (len--)
		sum = sum * 31 + *bytes++;
	return sum;
}

/* All that the header tells of one CPU; padding as the cursor gives it is not among it. */
static u32 by_header(u32 cpu, struct evring *r, struct told *told, u32 most)
{
	struct evring_event ev;
	u32 n = 0;

	while (n < most && evring_next(r, &ev) == 1)
		if (ev.cpu == cpu)
			told[n++] = (struct told){ ev.kind, ev.seq, ev.count, ev.type, ev.len,
						   ev.time, ev.len ? sum_of(ev.payload, ev.len) : 0 };
	return n;
}

/* Records of a run of @bytes that starts with sequence number @seq. */
static u32 take_run(const u8 *data, u32 bytes, u32 nrecords, u64 seq, struct told *told)
{
	u32 n = 0, offset = 0;

	while (offset < bytes) {
		const struct evring_record *record = (const void *)(data + offset);
		u32 len = record->size - (u32)sizeof(*record);

		if (record->type != EVRING_TYPE_PADDING)
			told[n++] = (struct told){ EVRING_RECORD, seq, 1, record->type, len,
						   record->time,
						   len ? sum_of(record + 1, len) : 0 };
		seq++;
		nrecords--;
		offset += (record->size + 7U) & ~7U;
	}
	CHECK_EQ(nrecords, 0);
	CHECK_EQ(offset, bytes);
	return n;
}

/* All that the cursor tells, in pieces of at most @room bytes. */
static u32 by_cursor(u32 cpu, struct evring_cursor *cursor, u32 room, struct told *told, u32 most)
{
	struct evring_found found;
	enum evring_look look;
	u32 n = 0, bytes, nrecords;

	while (n + BLOCK / 16 < most &&
	       (look = evring_cursor_look(&rig.ring, cpu, cursor, &found)) != EVRING_LOOK_NONE) {
		if (look != EVRING_LOOK_RUN) {
			CHECK_EQ(found.loss.cpu, cpu);
			told[n++] = (struct told){ .kind = look == EVRING_LOOK_OVERRUN ?
						   EVRING_OVERRUN : EVRING_DROPPED,
						   .seq = found.loss.seq,
						   .count = found.loss.count };
			continue;
		}
		bytes = evring_cursor_fit(&found, room, &nrecords);
		CHECK(bytes > 0 && bytes <= room && bytes <= found.bytes);
		if (!bytes)
			break;
		n += take_run(found.data, bytes, nrecords, cursor->seq, told + n);
		CHECK(evring_cursor_advance(&rig.ring, cursor, bytes, nrecords));
	}
	return n;
}

static void emit_some(void)
{
	struct evring_reservation rsv;
	u32 i, n = pick(3) ? pick(300) : pick(3000);

	for (i = 0; i < n; i++) {
		evring_user_cpu = pick(CPUS);
		if (!pick(10) && !evring_ring_reserve(&rig.ring, 0x9000, pick(200), &rsv))
			evring_ring_discard(&rig.ring, &rsv);
		else if (!pick(40))
			rig_emit(&rig, evring_user_cpu, BLOCK, i); /* too large */
		else
			rig_emit(&rig, evring_user_cpu, 16 + pick(150), i);
	}
}

#define MOST 8192U

static void same_as_the_header(void)
{
	static struct told theirs[MOST], ours[MOST];
	struct evring_cursor cursor[CPUS];
	struct evring r[CPUS];
	u32 round, cpu, i, n;

	rig_make(&rig, 1U << 16, BLOCK, CPUS);
	for (cpu = 0; cpu < CPUS; cpu++) {
		rig_attach(&rig, &r[cpu], EVRING_SEEK_OLDEST, 0);
		evring_cursor_oldest(&rig.ring, cpu, &cursor[cpu]);
	}
	for (round = 0; round < 300 && !rig_failed; round++) {
		emit_some();
		for (cpu = 0; cpu < CPUS; cpu++) {
			if (round % 50 == 49) {
				evring_cursor_oldest(&rig.ring, cpu, &cursor[cpu]);
				evring_seek(&r[cpu], EVRING_SEEK_OLDEST, 0);
			} else if (round % 50 == 30) {
				evring_cursor_latest(&rig.ring, cpu, &cursor[cpu]);
				evring_seek(&r[cpu], EVRING_SEEK_LATEST, 0);
			}
			n = by_header(cpu, &r[cpu], theirs, MOST);
			CHECK_EQ(by_cursor(cpu, &cursor[cpu], 200 + pick(5000), ours, MOST), n);
			for (i = 0; i < n; i++) {
				CHECK_EQ(ours[i].kind, theirs[i].kind);
				CHECK_EQ(ours[i].seq, theirs[i].seq);
				CHECK_EQ(ours[i].count, theirs[i].count);
				CHECK_EQ(ours[i].type, theirs[i].type);
				CHECK_EQ(ours[i].len, theirs[i].len);
				CHECK_EQ(ours[i].time, theirs[i].time);
				CHECK_EQ(ours[i].sum, theirs[i].sum);
			}
		}
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		evring_close(&r[cpu]);
	rig_free(&rig);
}

static void fit_takes_whole_records_only(void)
{
	struct evring_cursor cursor;
	struct evring_found found;
	u32 nrecords;

	rig_make(&rig, 1U << 16, BLOCK, 1);
	evring_cursor_oldest(&rig.ring, 0, &cursor);
	rig_emit_many(&rig, 0, 48, 0, 10);
	CHECK_EQ(evring_cursor_look(&rig.ring, 0, &cursor, &found), EVRING_LOOK_RUN);
	CHECK_EQ(found.nrecords, 10);
	CHECK_EQ(evring_cursor_fit(&found, 63, &nrecords), 0);
	CHECK_EQ(nrecords, 0);
	CHECK_EQ(evring_cursor_fit(&found, 64, &nrecords), 64);
	CHECK_EQ(nrecords, 1);
	CHECK_EQ(evring_cursor_fit(&found, 200, &nrecords), 192);
	CHECK_EQ(nrecords, 3);
	CHECK_EQ(evring_cursor_fit(&found, 1U << 20, &nrecords), 640);
	CHECK_EQ(nrecords, 10);
	rig_free(&rig);
}

static void overrun_while_copying_is_noticed(void)
{
	struct evring_cursor cursor;
	struct evring_found found;
	u32 bytes, nrecords;

	rig_make(&rig, 1U << 16, BLOCK, 1);
	evring_cursor_oldest(&rig.ring, 0, &cursor);
	rig_emit_many(&rig, 0, 48, 0, 10);
	CHECK_EQ(evring_cursor_look(&rig.ring, 0, &cursor, &found), EVRING_LOOK_RUN);
	bytes = evring_cursor_fit(&found, 4096, &nrecords);
	rig_emit_many(&rig, 0, 48, 10, 17 * 64);
	CHECK(!evring_cursor_advance(&rig.ring, &cursor, bytes, nrecords));
	CHECK_EQ(evring_cursor_look(&rig.ring, 0, &cursor, &found), EVRING_LOOK_OVERRUN);
	CHECK_EQ(found.loss.seq, 0);
	CHECK_EQ(found.loss.count, 2 * 64);
	rig_free(&rig);
}

int main(void)
{
	RUN(same_as_the_header);
	RUN(fit_takes_whole_records_only);
	RUN(overrun_while_copying_is_noticed);
	return rig_failures != 0;
}
