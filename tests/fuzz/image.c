// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile images for the consumer header: an input is a script that fills a ring by the
 * ring core itself, damages it wherever it likes, and reads it meanwhile in every way that
 * there is. A change can also be armed: then it happens in the middle of a call, before
 * the Nth access of the header to the mapping.
 *
 * Held, whatever the input:
 *   - nothing outside of the image is read: it ends at a page that cannot be read, and all
 *     before it is poisoned for AddressSanitizer;
 *   - no call takes more than STEPS_MAX accesses, and what does not change has an end;
 *   - sequence numbers of a CPU only go back by a seek; losses are not empty;
 *   - what the reader says it got is how far it moved, and what it gave; the drops that it
 *     told are those that it went past; losses are told where they were;
 *   - no cursor is outside of its block.
 * As long as nothing was damaged, moreover: each record is whole and is the one with that
 * number, and so is what is found whole in place or gone past unasked; nothing is told to be
 * damaged; and at the end the reader stands at the end.
 *
 * Built with libFuzzer, or with a main() that runs files: see README.md, also for the
 * script's encoding.
 */
#include <stdbool.h>

static void image_tick(void);

/* The header reads shared memory by these. */
#define __atomic_load_n(p, order)	(image_tick(), __atomic_load_n(p, order))
#define __atomic_thread_fence(order)	(image_tick(), __atomic_thread_fence(order))

#include "../unit/rig.h"
#include <sanitizer/asan_interface.h>

#define ROOM		(192U << 10)	/* no image is larger */
#define CPUS_MAX	4U		/* that emit */
#define LINES_MAX	(ROOM / 64)	/* that an image may claim to have */
#define BLOCKS_MAX	16U
#define NESTED_MAX	4U
#define ARMED_MAX	8U
#define STEPS_MAX	4000000U	/* accesses of one call */
#define OPS_MAX		600U		/* commands of one input */
#define PAYLOAD_MAX	4096U

enum command {
	/* a producer that keeps the rules */
	EMIT, BURST, RESERVE, COMMIT, DISCARD, SEAL, FREEZE, FLOOR, STATE,
	/* and one that does not */
	CONTROL, LINE, INDEX, RECORD, RAW, POSITION, COPY,
	/* the change that follows comes in the middle of a call */
	ARM,
	/* a reader */
	NEXT, PEEK, VALID, ADVANCE, BEGIN, TAKE, END, DRAIN, SEEK, SEEK_SEQ, REATTACH, OTHERS,
	COMMANDS
};

struct change {
	u8 command;
	u8 a;
	u8 b;
	u32 delay;
	u64 value;
};

/* The input. */
static const u8 *input;
static size_t input_left;

/* The image. */
static u8 *room;		/* ROOM bytes, and then a page that cannot be read */
static u8 *image;
static size_t image_size;
static struct evring_ring ring;
static struct evring_layout layout;
static struct evring_cpu cpus[CPUS_MAX];
static struct evring_slot slots[BLOCKS_MAX];
static struct evring_reservation nested[CPUS_MAX][NESTED_MAX];
static u32 nnested[CPUS_MAX];
static bool has_ring;
static bool honest;		/* nothing was damaged so far */

/* Changes to come in the middle of a call. */
static struct change armed[ARMED_MAX];
static u32 narmed;
static bool in_call;
static u32 steps;
static u32 steps_most;

/* The reader. */
static struct evring reader;
static struct evring_opts opts;
static size_t attach_size;
static bool attached;
static u64 want[LINES_MAX];	/* sequence numbers before these must not come any more */
static u64 start[LINES_MAX];	/* where the reader was put */
static u64 start_drops[LINES_MAX];	/* drops before that */
static struct evring_stats base;	/* its stats then */
static struct evring_stats got;		/* what it gave since it was attached */
static bool exact;		/* got.received is known */
static struct evring_event peeked;
static bool have_peeked;
static bool found_valid;	/* by evring_valid() */
static struct evring_batch batch;
static bool in_batch;
static u64 batch_given;
static bool batch_good;
static volatile u64 sum;	/* of what was read, so that it is */

#define HOLD(cond) \
	do { if (!(cond)) broken(__LINE__, #cond); } while (0)

static void broken(int line, const char *what)
{
	fprintf(stderr, "image.c:%d: does not hold: %s\n", line, what);
	abort();
}

/* --- the input ---------------------------------------------------------------------- */

static u8 take(void)
{
	if (!input_left)
		return 0;
	input_left--;
	return *input++;
}

static u64 take_bytes(u32 n)
{
	u64 value = 0;

	while (n--)
		value = value << 8 | take();
	return value;
}

/* A number: small, one at an edge, or one of two or eight bytes. */
static u64 take_value(void)
{
	static const u64 edges[] = { 0x3fff, EVRING_POS_FULL, 0x7fff, 0x8000, 0xffff, 0x1ffff,
				     0x10000, 1ULL << 31, ~0U, 1ULL << 32, 1ULL << 47,
				     (1ULL << 63) - 1, 1ULL << 63, ~0ULL - 1, ~0ULL, 1ULL << 20 };
	u8 tag = take();

	if (tag < 0x80)
		return tag;
	if (tag < 0xc0)
		return edges[tag & 15] + (tag & 16 ? 1 : 0) - (tag & 32 ? 8 : 0);
	return take_bytes(tag < 0xf0 ? 2 : 8);
}

static struct change take_change(u8 command)
{
	struct change c = { .command = command };

	c.a = take();
	c.b = take();
	c.value = take_value();
	return c;
}

/* --- records that tell whether they are whole -------------------------------------------- */

static u64 word_of(u32 cpu, u32 number, u32 i)
{
	return (number + 1ULL) * 0x9e3779b97f4a7c15ULL + cpu * 0x100000001b3ULL + i;
}

static void fill(u64 *payload, u32 len, u32 cpu, u32 number)
{
	u32 i;

	for (i = 0; i < (len + 7) / 8; i++)
		payload[i] = word_of(cpu, number, i);
	if (len & 7)
		payload[len / 8] &= ~0ULL >> (64 - 8 * (len & 7));
}

static bool whole(const void *payload, u32 len, u32 cpu, u64 number)
{
	const u64 *words = payload;
	u64 differ = 0;
	u32 i;

	for (i = 0; i < len / 8; i++)
		differ |= words[i] ^ word_of(cpu, (u32)number, i);
	if (len & 7)
		differ |= (((const u8 *)payload)[len - 1] ^
			   word_of(cpu, (u32)number, i) >> (8 * (len & 7) - 8)) & 0xff;
	return !differ;
}

/* --- a producer that keeps the rules --------------------------------------------------- */

static void emit(u32 cpu, u32 len)
{
	u64 payload[PAYLOAD_MAX / 8 + 1];

	if (len > PAYLOAD_MAX)
		len = PAYLOAD_MAX;
	fill(payload, len, cpu, (u32)(cpus[cpu].w >> EVRING_POS_SEQ_SHIFT));
	evring_ring_emit(&ring, EVRING_TYPE_GENERATOR, payload, len);
}

static void reserve(u32 cpu, u32 len)
{
	struct evring_reservation *rsv = &nested[cpu][nnested[cpu]];

	if (nnested[cpu] == NESTED_MAX || evring_ring_reserve(&ring, EVRING_TYPE_GENERATOR, len, rsv))
		return;
	fill(rsv->payload, len, cpu, (u32)(rsv->pos >> EVRING_POS_SEQ_SHIFT));
	nnested[cpu]++;
}

static void settle(u32 cpu, bool keep)
{
	struct evring_reservation *rsv;

	if (!nnested[cpu])
		return;
	rsv = &nested[cpu][--nnested[cpu]];
	/* Discarding takes the size from the record: nobody may have damaged that. */
	if (keep || !honest)
		evring_ring_commit(&ring, rsv);
	else
		evring_ring_discard(&ring, rsv);
}

static void produce(const struct change *c)
{
	u32 cpu = c->a % ring.ncpus;
	u32 i;

	evring_user_cpu = cpu;
	rig_time += c->b >> 4;
	switch (c->command) {
	case EMIT:
		emit(cpu, (u32)c->value);
		break;
	case BURST:
		for (i = 0; i <= (c->b & 31U); i++)
			emit(cpu, (u32)c->value % 1024);
		break;
	case RESERVE:
		reserve(cpu, (u32)c->value % 2048);
		break;
	case COMMIT:
	case DISCARD:
		settle(cpu, c->command == COMMIT);
		break;
	case SEAL:
		evring_ring_seal(&ring, cpu);
		break;
	case FREEZE:
		ring.frozen = c->b & 1;
		break;
	case FLOOR:
		evring_ring_floor(&ring, cpu, c->b & 1 ? ~0ULL : c->value);
		break;
	default:
		__atomic_store_n(&ring.control->state, (u32)c->value & 3, __ATOMIC_RELEASE);
	}
}

/* --- and one that does not ---------------------------------------------------------- */

static void put(u64 at, u64 value, u32 width)
{
	if (at <= image_size && width <= image_size - at)
		memcpy(image + at, &value, width);
}

/* Where index entry @slot is: by what the reader goes by, if there is one. */
static u64 index_at(u8 slot)
{
	if (attached)
		return (u64)(reader.index - reader.base) +
		       (u64)(slot % reader.nblocks) * reader.entry_size;
	return layout.index_offset + (u64)slot * sizeof(struct evring_index);
}

static u64 line_at(u8 cpu)
{
	if (attached)
		return reader.line_offset + (u64)(cpu % reader.ncpus) * reader.line_size;
	return layout.line_offset + (u64)cpu * sizeof(struct evring_line);
}

static u64 block_at(u8 slot)
{
	if (attached)
		return (u64)(reader.data - reader.base) +
		       ((u64)(slot % reader.nblocks) << reader.block_shift);
	return layout.data_offset + (u64)slot * layout.block_size;
}

static void damage(const struct change *c)
{
	u32 word = c->b & 15U;
	u64 value = c->value;

	honest = false;
	switch (c->command) {
	case CONTROL:
		put((u64)(c->a & 63U) * 4, value, c->b & 1 ? 4 : 8);
		break;
	case LINE:
		put(line_at(c->a) + (c->b & 7U) * 8, value, 8);
		break;
	case INDEX: /* words of 8 bytes, or of 4 bytes in the last half */
		if (word < 8)
			put(index_at(c->a) + word * 8, value, 8);
		else
			put(index_at(c->a) + 48 + (word & 3U) * 4, value, 4);
		break;
	case RECORD: /* at any multiple of 8 in the first 2 KB, or in the last */
		value = (value & 0xffff) << 48 | (c->b & 1 ? EVRING_TYPE_PADDING : value >> 16 & 0xffff);
		put(block_at(c->a) + (c->b >> 1) * 8 +
		    (c->value >> 63 ? layout.block_size - 1024 : 0), value, 8);
		break;
	case RAW:
		put(value % (image_size + 1), c->a, 1);
		break;
	case POSITION: /* a sensible one: of a CPU's line, or of a block */
		value = value << 32 | (c->value >> 16 & 0x1fff) | (c->b & 1 ? EVRING_POS_FULL : 0) |
			(u64)(c->b >> 2) << EVRING_POS_SLOT_SHIFT;
		put(c->b & 2 ? line_at(c->a) : index_at(c->a) + 8, value, 8);
		break;
	default: /* COPY: an index entry, or what is at one place to another */
		if (index_at(c->a) + 64 <= image_size && index_at(c->b) + 64 <= image_size)
			memmove(image + index_at(c->b), image + index_at(c->a), 64);
	}
}

static void apply(const struct change *c)
{
	if (c->command > STATE)
		damage(c);
	else if (has_ring)
		produce(c);
}

static void arm(void)
{
	u32 delay = take();
	struct change c = take_change(take() % ARM);

	c.delay = 1 + (delay < 0xf0 ? delay : (delay - 0xefU) * 64);
	if (narmed < ARMED_MAX)
		armed[narmed++] = c;
}

/* Before each access of the header to shared memory. */
static void image_tick(void)
{
	struct change c;

	if (!in_call)
		return;
	steps++;
	HOLD(steps <= STEPS_MAX);
	if (!narmed || --armed[0].delay)
		return;
	in_call = false;
	c = armed[0];
	memmove(armed, armed + 1, --narmed * sizeof(c));
	apply(&c);
	in_call = true;
}

/* --- a reader ------------------------------------------------------------------------ */

static void enter(void)
{
	steps = 0;
	in_call = true;
}

static void leave(void)
{
	in_call = false;
	if (steps > steps_most)
		steps_most = steps;
}

#define CALL(expr)	({ enter(); __auto_type ret_ = (expr); leave(); ret_; })
#define CALL_VOID(expr)	do { enter(); expr; leave(); } while (0)

static void look_at(const void *payload, u32 len)
{
	const volatile u64 *words = payload;
	const volatile u8 *bytes = payload;
	u64 all = 0;
	u32 i;

	for (i = 0; i < len / 8; i++)
		all += words[i];
	for (i = len & ~7U; i < len; i++)
		all += bytes[i];
	sum += all;
}

/* Where the reader stands is where it was put, plus what it got and what it lost. */
static void check_stats(void)
{
	struct evring_stats st;
	u64 moved = 0, drops = 0;
	u32 cpu;

	CALL_VOID(evring_get_stats(&reader, &st));
	for (cpu = 0; cpu < reader.ncpus; cpu++) {
		const struct evring_cursor_ *c = &reader.cursors[cpu];

		HOLD(c->seq >= want[cpu]);
		HOLD(!c->gen || (c->end + c->at >= c->block &&
				 c->end + c->at <= c->block + (1UL << reader.block_shift)));
		moved += c->seq - start[cpu];
		drops += c->drops - start_drops[cpu];
		if (c->lost_kind == EVRING_OVERRUN)
			moved -= c->lost;
		else if (c->lost_kind == EVRING_DROPPED)
			drops -= c->lost;
	}
	HOLD(moved == st.received + st.discarded + st.overrun -
	     base.received - base.discarded - base.overrun);
	HOLD(drops == st.dropped - base.dropped);
	HOLD(st.overrun == got.overrun);
	HOLD(st.dropped == got.dropped);
	if (exact)
		HOLD(st.received == got.received);
}

/* The reader was put somewhere, on all CPUs or on one. */
static void put_at(u32 first, u32 last)
{
	u32 cpu;

	for (cpu = first; cpu < last; cpu++)
		want[cpu] = reader.cursors[cpu].seq;
	for (cpu = 0; cpu < reader.ncpus; cpu++) {
		const struct evring_cursor_ *c = &reader.cursors[cpu];

		start[cpu] = c->seq - (c->lost_kind == EVRING_OVERRUN ? c->lost : 0);
		start_drops[cpu] = c->drops - (c->lost_kind == EVRING_DROPPED ? c->lost : 0);
	}
	have_peeked = false;
	evring_get_stats(&reader, &base);
}

static void detach(void)
{
	if (attached)
		evring_close(&reader);
	attached = false;
	in_batch = false;
	have_peeked = false;
}

static void attach(void)
{
	int err;

	detach();
	err = CALL(evring_attach(&reader, image, attach_size, &opts));
	if (honest && attach_size == image_size)
		HOLD(!err || err == -EINVAL || (err == -EBADF && opts.flags & EVRING_OPT_LOSSLESS));
	if (err)
		return;
	attached = true;
	HOLD(reader.ncpus <= LINES_MAX);
	memset(&got, 0, sizeof(got));
	exact = true;
	memset(want, 0, reader.ncpus * sizeof(*want));
	put_at(0, reader.ncpus);
}

static void ended(int ret)
{
	HOLD(ret == 0 || ret == -ENODEV || ret == -EBADMSG);
	if (honest)
		HOLD(ret != -EBADMSG);
}

/* The event came; @taken: and is gone by that. */
static void see(const struct evring_event *ev, bool taken)
{
	HOLD(ev->cpu < reader.ncpus);
	HOLD(ev->seq >= want[ev->cpu]);
	HOLD(ev->count);
	switch (ev->kind) {
	case EVRING_RECORD:
		HOLD(ev->count == 1 && ev->len <= EVRING_PAYLOAD_MAX);
		if (taken && honest)
			HOLD(whole(ev->payload, ev->len, ev->cpu, ev->seq));
		if (taken) {
			look_at(ev->payload, ev->len);
			got.received++;
			want[ev->cpu] = ev->seq + 1;
			HOLD(want[ev->cpu]);
		}
		break;
	case EVRING_OVERRUN:
		got.overrun += ev->count;
		HOLD(ev->seq + ev->count > ev->seq);
		HOLD(ev->seq + ev->count == reader.cursors[ev->cpu].seq);
		want[ev->cpu] = ev->seq + ev->count;
		break;
	default:
		HOLD(ev->kind == EVRING_DROPPED);
		HOLD(ev->seq == reader.cursors[ev->cpu].seq);
		got.dropped += ev->count;
	}
}

static void next(u32 most)
{
	struct evring_event ev;
	int ret;

	do {
		ret = CALL(evring_next(&reader, &ev));
		if (ret != 1)
			ended(ret);
		else
			see(&ev, true);
	} while (ret == 1 && most--);
}

static void peek(void)
{
	int ret = CALL(evring_peek(&reader, &peeked));

	have_peeked = ret == 1 && peeked.kind == EVRING_RECORD;
	found_valid = false;
	if (ret != 1)
		ended(ret);
	else
		see(&peeked, false);
}

static void valid(void)
{
	bool was_honest = honest, good;

	if (!have_peeked)
		return;
	look_at(peeked.payload, peeked.len);
	good = whole(peeked.payload, peeked.len, peeked.cpu, peeked.seq);
	found_valid = CALL(evring_valid(&reader, &peeked));
	if (found_valid && was_honest && honest)
		HOLD(good);
}

static void advance(void)
{
	struct evring_cursor_ *c = reader.current;
	bool good = !have_peeked || found_valid || !honest ||
		    whole(peeked.payload, peeked.len, peeked.cpu, peeked.seq);
	u64 before = c->seq;

	CALL_VOID(evring_advance(&reader));
	HOLD(c->seq - before <= 1);
	if (c->seq != before)
		HOLD(good);
	got.received += c->seq - before;
	have_peeked = false;
}

static void batch_begin(void)
{
	int ret = CALL(evring_batch_begin(&reader, &batch));

	have_peeked = false;
	if (ret == 2) {
		see(&batch.loss, true);
		return;
	}
	if (ret != 1) {
		ended(ret);
		return;
	}
	HOLD(batch.cpu < reader.ncpus && batch.seq >= want[batch.cpu]);
	in_batch = true;
	batch_given = 0;
	batch_good = honest;
}

static void batch_take(u32 most)
{
	const struct evring_record *record;

	do {
		record = CALL(evring_batch_next(&batch));
		if (!record)
			return;
		look_at(record, (u32)sizeof(*record) + batch.len);
		if (batch_good)
			batch_good = whole(record + 1, batch.len, batch.cpu,
					   batch.seq + batch_given + batch.discarded);
		batch_given++;
	} while (most--);
}

static void batch_end(void)
{
	u32 cpu = batch.cpu;
	int ret = CALL(evring_batch_end(&reader, &batch));

	in_batch = false;
	if (ret == 1) {
		got.received += batch_given;
		if (honest)
			HOLD(batch_good);
	} else {
		ended(ret);
	}
	/* Of a damaged block, the reader may take the word for how many there were. */
	if (!honest)
		exact = false;
	HOLD(reader.cursors[cpu].seq >= want[cpu]);
	want[cpu] = reader.cursors[cpu].seq;
}

static int drained(void *ctx, const struct evring_event *ev)
{
	u32 *left = ctx;

	in_call = false;
	see(ev, true);
	in_call = true;
	/* What one event takes is bounded, not what many do. */
	steps = 0;
	return !(*left)--;
}

static void drain(u32 stop, u32 most)
{
	long ret = CALL(evring_drain(&reader, drained, &stop, most));

	have_peeked = false;
	HOLD(ret <= (long)most);
	if (ret < 0)
		ended((int)ret);
}

static void seek(u32 whence, u64 value)
{
	int ret = CALL(evring_seek(&reader, whence, value));

	if (ret)
		HOLD(ret == -EINVAL && (whence > EVRING_SEEK_TIME || value));
	else
		put_at(0, reader.ncpus);
}

static void seek_seq(u32 cpu, u64 seq)
{
	int ret = CALL(evring_seek_seq(&reader, cpu, seq));

	HOLD(ret == (cpu < reader.ncpus ? 0 : -EINVAL));
	if (!ret)
		put_at(cpu, cpu + 1);
}

static void others(u32 which, u64 value)
{
	switch (which % 8) {
	case 0:
		sum += CALL(evring_time_ns(&reader, value));
		break;
	case 1:
		HOLD(CALL(evring_wait(&reader, -1)) == -EBADF);
		break;
	case 2:
		HOLD(CALL(evring_position(&reader)) == -EBADF);
		break;
	case 3:
		HOLD(CALL(evring_ack(&reader)) == -EBADF);
		break;
	case 4:
		HOLD(CALL(evring_gate(&reader)) == -EBADF);
		HOLD(CALL(evring_ungate(&reader)) == -EBADF);
		break;
	case 5:
		HOLD(CALL(evring_watermark(&reader, value, value)) == -EBADF);
		break;
	case 6:
		HOLD(CALL(evring_freeze(&reader)) == -EBADF);
		break;
	default:
		HOLD(evring_fd(&reader) == -1);
		sum += (u64)strlen(evring_explain(-(int)(value & 255)));
	}
}

static void set_opts(u8 how, u64 size)
{
	memset(&opts, 0, sizeof(opts));
	opts.size = size < 96 ? sizeof(opts) : (size_t)size - 96;
	opts.start = how & 1;
	opts.flags = how & 2 ? EVRING_OPT_BLOCK_ORDER : 0;
	if (how & 4)
		opts.flags |= (u32)how >> 3 << 1;
	opts.holdback_ns = how & 128 ? 1000 : 0;
}

static void read_on(u8 command)
{
	u8 a = take();

	if (in_batch && command != TAKE && command != END && command != OTHERS)
		batch_end();
	switch (command) {
	case NEXT:
		next(a & 127U);
		break;
	case PEEK:
		peek();
		break;
	case VALID:
		valid();
		break;
	case ADVANCE:
		advance();
		break;
	case BEGIN:
		batch_begin();
		break;
	case TAKE:
		if (in_batch)
			batch_take(a);
		break;
	case END:
		if (in_batch)
			batch_end();
		break;
	case DRAIN:
		drain(a, a & 1 ? a / 2 : 1U << 20);
		break;
	case SEEK:
		seek(a % 5, take_value());
		break;
	case SEEK_SEQ:
		seek_seq(a, take_value());
		break;
	default:
		others(a, take_value());
	}
	check_stats();
}

/* --- one input ---------------------------------------------------------------------- */

static void setup(void)
{
	static const u64 seqs[] = { 0, 0xfffffff0, 0x7ffffffa, (1ULL << 40) - 5 };
	u8 shape = take(), kind = take();
	u32 large = shape >> 4 & 3, cpu;
	u64 seq = seqs[kind >> 4 & 3];

	memset(&ring, 0, sizeof(ring));
	memset(&layout, 0, sizeof(layout));
	memset(cpus, 0, sizeof(cpus));
	memset(slots, 0, sizeof(slots));
	layout.ncpus = large == 3 ? 1 : 1 + (shape & 3);
	layout.block_size = large == 3 ? EVRING_BLOCK_MAX : large == 2 ? 8192 : 4096;
	layout.nblocks = large == 3 ? 2 : 2U << (shape >> 2 & 3);
	if (layout.nblocks < layout.ncpus)
		layout.nblocks = 4;
	layout.data_size = (u64)layout.nblocks * layout.block_size;
	layout.page_size = 4096;
	layout.line_offset = EVRING_LINE_OFFSET;
	layout.index_offset = layout.line_offset + layout.ncpus * sizeof(struct evring_line);
	layout.data_offset = layout.index_offset + layout.nblocks * sizeof(struct evring_index);
	layout.map_size = layout.data_offset + layout.data_size;

	image_size = layout.map_size;
	image = room + ROOM - image_size;
	ASAN_UNPOISON_MEMORY_REGION(room, ROOM);
	memset(image, 0, image_size);
	ASAN_POISON_MEMORY_REGION(room, ROOM - image_size);
	has_ring = !(shape & 128);
	honest = has_ring;
	if (has_ring) {
		ring.cpus = cpus;
		ring.slots = slots;
		ring.wake = rig_no_wake;
		ring.clock = (kind & 7U) % 5;
		ring.partitioned = kind & 64;
		evring_ring_init(&ring, image, &layout);
		if (ring.partitioned)
			ring.control->features |= EVRING_FEATURE_PARTITIONED;
		for (cpu = 0; cpu < layout.ncpus; cpu++) {
			cpus[cpu].w |= seq << EVRING_POS_SEQ_SHIFT;
			cpus[cpu].line->cur = cpus[cpu].w;
			cpus[cpu].line->total = seq;
		}
	} else {
		/* All zeroes but for what the input says of geometry. */
		evring_control_init((void *)image, &layout);
		for (cpu = 2; cpu < 22; cpu++)
			if (take() & 1)
				put(cpu * 4, take_value(), 4);
	}
	attach_size = image_size - (kind & 8 ? take() : 0);
	if (attach_size < image_size)
		ASAN_POISON_MEMORY_REGION(image + attach_size, image_size - attach_size);
	/* What is beyond the end is nobody's to change. */
	if (attach_size < image_size)
		has_ring = false;
	image_size = attach_size;
	honest = honest && has_ring;
}

/* Nothing changes any more: the reader comes to an end, and if all is well it is the end. */
static void finish(void)
{
	struct evring_event ev;
	u32 n, cpu, idle = 0;
	int ret;

	narmed = 0;
	if (in_batch)
		batch_end();
	for (cpu = 0; has_ring && cpu < ring.ncpus; cpu++) {
		evring_user_cpu = cpu;
		while (nnested[cpu])
			settle(cpu, true);
	}
	/* Each place of the data area holds no more than one record of one CPU. */
	for (n = 0; idle < 3; n++) {
		ret = CALL(evring_next(&reader, &ev));
		if (ret == 1)
			see(&ev, true);
		else
			ended(ret);
		if (ret == 0 || ret == -ENODEV)
			idle++;
		HOLD(n < 2 * (reader.nblocks << reader.block_shift) / sizeof(struct evring_record) +
			 64 + 4 * reader.ncpus);
	}
	check_stats();
	if (!honest)
		return;
	for (cpu = 0; cpu < ring.ncpus; cpu++) {
		HOLD(reader.cursors[cpu].seq == evring_ring_head(&ring, cpu));
		HOLD(reader.cursors[cpu].drops == evring_line_drops(cpus[cpu].line));
	}
}

static void run(void)
{
	u32 ops;

	memset(nnested, 0, sizeof(nnested));
	narmed = 0;
	rig_time = 1000;
	setup();
	set_opts(take(), take());
	for (ops = 0; ops < OPS_MAX && input_left; ops++) {
		u8 command = take() % COMMANDS;

		if (command == ARM) {
			arm();
		} else if (command < ARM) {
			struct change c = take_change(command);

			apply(&c);
		} else if (command == REATTACH) {
			u8 how = take();

			if (in_batch)
				batch_end();
			set_opts(how, take());
			attach();
		} else {
			if (!attached)
				attach();
			if (attached)
				read_on(command);
		}
	}
	if (!attached)
		attach();
	if (attached)
		finish();
	detach();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!room) {
		void *all;
		size_t all_size;

		room = rig_guarded(ROOM, &all, &all_size);
	}
	input = data;
	input_left = size;
	run();
	return 0;
}

#ifdef REPLAY
/* An input as text: hexadecimal digits; what is behind # is for people. */
static size_t read_text(FILE *f, u8 *to, size_t most)
{
	int c, digits = 0;
	size_t n = 0;
	u32 byte = 0;

	while ((c = fgetc(f)) != EOF && n < most) {
		if (c == '#')
			while (c != '\n' && c != EOF)
				c = fgetc(f);
		if (!strchr("0123456789abcdef", c) || !c)
			continue;
		byte = byte << 4 | (u32)(c <= '9' ? c - '0' : c - 'a' + 10);
		if (!(++digits & 1))
			to[n++] = (u8)byte;
	}
	return n;
}

int main(int argc, char **argv)
{
	static u8 text[1U << 16];
	size_t n;
	FILE *f;
	int i;

	for (i = 1; i < argc; i++) {
		f = fopen(argv[i], "r");
		if (!f) {
			perror(argv[i]);
			return 1;
		}
		/* Should it fail, this is the last line. */
		printf("%s\n", argv[i]);
		fflush(stdout);
		n = read_text(f, text, sizeof(text));
		fclose(f);
		LLVMFuzzerTestOneInput(text, n);
	}
	printf("%d inputs; no call took more than %u accesses\n", argc - 1, steps_most);
	return 0;
}
#endif
