// SPDX-License-Identifier: GPL-2.0
/*
 * The ring core. Compiles unchanged in the kernel and in user space.
 *
 * Terms
 * =====
 * A ring is a row of *blocks*; each holds whole *records* of one CPU, in order.
 * A CPU that needs room *claims* a block from the pool that all CPUs share, and
 * owns it until it is *closed*; so a busy CPU gets the memory that idle ones do
 * not use, and no record costs a locked instruction. A *slot* is a block's place
 * in the ring. The *hand* is the free-running claim position; a claim takes its
 * value as *generation*, and slot = generation mod nblocks.
 *
 * Writers *nest*: an interrupt may emit in the middle of a task's emit, an NMI in
 * the middle of that. A nested writer always finishes before the one below it
 * goes on. A writer is the *base* of its block if nothing below it is at work in
 * that block; only the base publishes, and what it publishes are all the records
 * that nested writers put in meanwhile. The idea is perf's
 * (kernel/events/ring_buffer.c), applied to each block instead of each CPU, so
 * that a writer that dies half way blocks one block and not its CPU.
 *
 * State
 * =====
 * evring_cpu.w, private to the kernel and to the CPU: "seq | slot | FULL | offset".
 * One compare-and-swap of it reserves a record. It carries the sequence number so
 * that a nested writer that turned the whole ring is not mistaken for none.
 *
 *	(start) FULL, no slot ---- switch ----> open slot s, offset 0
 *	open s, offset o ---- reserve ----> open s, offset o + record
 *	open s ---- seal (no room) ----> FULL s ---- switch ----> open slot t
 *	FULL s ---- nothing to claim ----> FULL s (the record is dropped)
 *
 * A slot, in evring_slot.state, one word:
 *
 *	{hand when freed, FREE} ---- claim ----> {generation, BUSY}
 *	{generation, BUSY} ---- close, or give back ----> {hand, FREE}
 *
 * An index entry, mapped: gen is 0 from the claim until the rest is filled in, so
 * that a reader that held on to the block knows that it was overrun; pub is
 * the position up to which records are complete, with FULL once it is closed.
 *
 * Sealing and closing are two things. Whoever swaps FULL into w has sealed the
 * block. If pub says that nothing is pending there, it closes it too. Else a
 * writer below is still at work in it: the sealed position is left in
 * evring_slot.final, and that writer closes the block when it gets to publish.
 *
 * A claim skips slots that are busy and slots freed less than half a ring ago:
 * a block that an idle CPU closes late would otherwise be the next victim,
 * with its newest records in it. With gating readers it fails, and does not
 * advance the hand, when the slot's records are not yet acknowledged: drops must
 * not burn generations.
 *
 * The short way (evring_fast.h) is what an emit takes when nothing stands in the way,
 * also in line in other modules. It finds the block by evring_cpu.open, a pointer that
 * may be that of an earlier block: one compare against the position tells, and settles
 * room and FULL too. All else, a new block's first record among it, goes the long way.
 *
 * Readers look at lines, index and data only. From a line's cur they walk
 * prev_slot back to the block they want; next_slot is a hint that spares the walk.
 * They never look at the hand: holes and claims in progress look alike there.
 *
 * Barriers
 * ========
 * "user" is the consumer header or the cursor at the end of this file.
 *
 *   A	records; release pub			user: acquire pub; records
 *   B	index entry; release line.cur		user: acquire cur; index entry
 *   C	gen = 0; write barrier; metadata	user: records, metadata; read barrier;
 *	and all later records			load gen again
 *   C'	metadata; release gen			user: acquire gen; metadata
 *   D	records, seq_end; release state FREE	claim: acquire state, full cmpxchg;
 *						overwrite
 *   E	reader's loads; release floor		claim: acquire floor, cmpxchg;
 *						overwrite
 *   F	join's floor; grace period; heads	claim: preemption off, RCU watching
 *   G	hand cmpxchg				relaxed: the state decides
 *   H	w, pub, final, gen			same CPU: compiler barrier
 *   L	armed, wake_bytes; full barrier; look	commit: look = 0; full barrier; armed,
 *	(wake.c)				wake_bytes
 *
 * A release of gen would not order later stores of records after it: C needs the
 * zero and the write barrier.
 */
#include "ring.h"
#include "include/linux/evring_fast.h"

/* Bytes before the first CPU line: struct evring_control and room to grow. */
#define EVRING_LINE_OFFSET	512

/* A cursor gives up after so many blocks that were overrun before it could look. */
#define EVRING_CURSOR_TRIES	64

static u64 evring_round_up(u64 value, u64 unit)
{
	return (value + unit - 1) & ~(unit - 1);
}

static u64 evring_round_up_pow2(u64 value)
{
	u64 pow2 = 1;

	while (pow2 < value)
		pow2 <<= 1;
	return pow2;
}

/**
 * evring_layout_compute() - work out where everything in a mapping goes.
 * @l: data_size, block_size (0: the default), page_size and ncpus given.
 *
 * Context: any.
 * Return: 0, or -ERANGE: data_size above EVRING_RING_MAX, or block_size not a power
 * of two between EVRING_BLOCK_MIN (or a page) and EVRING_BLOCK_MAX.
 */
int evring_layout_compute(struct evring_layout *l)
{
	u64 blocks_min = evring_round_up_pow2((u64)l->ncpus * EVRING_BLOCKS_PER_CPU);
	u64 data = l->data_size ? l->data_size : EVRING_RING_DEFAULT;
	u64 block = l->block_size ? l->block_size : EVRING_BLOCK_DEFAULT;

	if (data > EVRING_RING_MAX)
		return -ERANGE;
	if (!is_power_of_2(block) || block < EVRING_BLOCK_MIN || block > EVRING_BLOCK_MAX ||
	    block < l->page_size)
		return -ERANGE;

	data = evring_round_up_pow2(data);
	if (data < EVRING_RING_MIN)
		data = EVRING_RING_MIN;
	while (data / block > EVRING_BLOCKS_MAX)
		block <<= 1;
	if (data / block < blocks_min)
		data = blocks_min * block;
	if (data > EVRING_RING_MAX)
		return -ERANGE;

	l->data_size = data;
	l->block_size = (u32)block;
	l->nblocks = (u32)(data / block);
	l->line_offset = EVRING_LINE_OFFSET;
	l->index_offset = evring_round_up(EVRING_LINE_OFFSET +
					  (u64)l->ncpus * sizeof(struct evring_line), l->page_size);
	l->data_offset = evring_round_up(l->index_offset +
					 (u64)l->nblocks * sizeof(struct evring_index),
					 l->page_size);
	l->map_size = l->data_offset + l->data_size;
	return 0;
}

/* Blocks of each CPU's range in a partitioned ring. */
static u32 evring_range_blocks(const struct evring_layout *l)
{
	return l->nblocks / (u32)evring_round_up_pow2(l->ncpus);
}

static void evring_range_init(struct evring_range *range, u32 first, u32 nblocks)
{
	range->first = first;
	range->shift = (u32)ilog2(nblocks);
	range->hand = 2ULL * nblocks;
}

static void evring_slot_init(struct evring_ring *r, u32 s)
{
	u64 first = evring_pos_make(0, s, 0);
	u8 *block = r->data + ((size_t)s << r->block_shift);

	r->index[s].prev_slot = EVRING_POS_NO_SLOT;
	r->index[s].next_slot = EVRING_POS_NO_SLOT;
	r->slots[s].entry = &r->index[s];
	r->slots[s].bias = EVRING_BLOCK_MAX / 8 - 1 - r->block_words - (u32)first;
	r->slots[s].origin = (unsigned long)block + sizeof(struct evring_record) - (first << 3);
}

static void evring_control_init(struct evring_control *control, const struct evring_layout *l)
{
	control->magic = EVRING_MAGIC;
	control->abi_version = EVRING_ABI_VERSION;
	control->control_size = (u32)l->index_offset;
	control->index_offset = l->index_offset;
	control->data_offset = l->data_offset;
	control->data_size = l->data_size;
	control->map_size = l->map_size;
	control->page_size = l->page_size;
	control->block_size = l->block_size;
	control->nblocks = l->nblocks;
	control->ncpus = l->ncpus;
	control->line_offset = l->line_offset;
	control->line_size = sizeof(struct evring_line);
	control->index_entry_size = sizeof(struct evring_index);
}

/**
 * evring_ring_init() - make an empty ring of zeroed memory.
 * @r: cpus, slots (one for each block), clock, partitioned and wake set; the rest
 *	zero.
 * @map: l->map_size bytes, zeroed, aligned to a page.
 * @l: from evring_layout_compute().
 *
 * Fills in the control page but for features, clock conversion, times, boot id
 * and name. Context: any, before anybody else sees the ring.
 */
void evring_ring_init(struct evring_ring *r, void *map, const struct evring_layout *l)
{
	u8 *base = map;
	u64 start = evring_pos_make(0, EVRING_POS_NO_SLOT, 0) | EVRING_POS_FULL;
	u32 max_payload = l->block_size - (u32)sizeof(struct evring_record);
	u32 cpu, slot;

	r->control = map;
	r->index = (void *)(base + l->index_offset);
	r->data = base + l->data_offset;
	r->block_shift = (u32)ilog2(l->block_size);
	r->block_words = l->block_size >> 3;
	r->max_payload = max_payload < EVRING_PAYLOAD_MAX ? max_payload : EVRING_PAYLOAD_MAX;
	r->short_max = evring_copy_inline_max();
	if (r->short_max > r->max_payload)
		r->short_max = r->max_payload;
	/* Not even the first position of a CPU, with the largest record, wraps around to it. */
	r->closed.bias = 3 * (EVRING_BLOCK_MAX / 8);
	r->nblocks = l->nblocks;
	r->ncpus = l->ncpus;
	evring_range_init(&r->pool, 0, l->nblocks);
	evring_control_init(r->control, l);
	r->control->clock = r->clock;

	for (slot = 0; slot < l->nblocks; slot++)
		evring_slot_init(r, slot);
	/* Lines of numbers that no possible CPU has look like those of an idle CPU. */
	for (cpu = 0; cpu < l->ncpus; cpu++) {
		struct evring_line *line = (void *)(base + l->line_offset);

		line[cpu].cur = start;
	}
	evring_for_each_cpu(r, cpu) {
		struct evring_cpu *c = evring_that_cpu(r, cpu);

		c->w = start;
		c->open = &r->closed;
		c->open_cycles = &r->closed;
		c->floor = ~0ULL;
		c->line = (struct evring_line *)(void *)(base + l->line_offset) + cpu;
		c->cpu = cpu;
		evring_range_init(&c->own, cpu * evring_range_blocks(l), evring_range_blocks(l));
		c->range = r->partitioned ? &c->own : &r->pool;
	}
}

static u64 evring_line_drops(const struct evring_line *line)
{
	u64 sum = 0;
	u32 reason;

	for (reason = 0; reason < EVRING_DROP_REASONS; reason++)
		sum += READ_ONCE(line->dropped[reason]);
	return sum;
}

/* A nested writer may count between load and store: swap, do not store. */
static void evring_count(u64 *count, u64 more)
{
	u64 old;

	do {
		old = READ_ONCE(*count);
	} while (cmpxchg_local(count, old, old + more) != old);
}

static noinline void evring_drop(struct evring_cpu *c, enum evring_drop reason)
{
	evring_count(&c->line->dropped[reason], 1);
}

/* The full sequence number in position @w of this CPU. */
static u64 evring_cpu_seq(const struct evring_cpu *c, u64 w)
{
	return evring_seq_extend(READ_ONCE(c->line->total), evring_pos_seq(w));
}

/*
 * Tell readers where the CPU is now. A nested writer may have told them of a
 * later place between the load and the stores here: look again.
 */
static void evring_line_refresh(struct evring_cpu *c)
{
	u64 w;

	do {
		w = READ_ONCE(c->w);
		WRITE_ONCE(c->line->total, evring_cpu_seq(c, w));
		/* Barrier B: the index entry, and total, before cur. Pairs with the acquire
		 * of cur in evring_cursor_walk() and in the consumer header.
		 */
		smp_store_release(&c->line->cur, w);
		barrier(); /* H: the stores above, then w again */
	} while (READ_ONCE(c->w) != w);
}

static void evring_slot_free(struct evring_ring *r, struct evring_cpu *c, u32 s)
{
	/* Barrier D: all that was written in the block and in the slot, before it
	 * is free. Pairs with the acquire of state in evring_claim().
	 */
	smp_store_release(&r->slots[s].state, READ_ONCE(c->range->hand) << 1);
}

/*
 * No record of the block at @s will be written any more; @w is its last
 * position. Once it is free another CPU may own it: nothing of it may be looked
 * at afterwards.
 */
static void evring_close(struct evring_ring *r, struct evring_cpu *c, u32 s, u64 w)
{
	WRITE_ONCE(r->index[s].ts_end, evring_clock_read(r->clock));
	WRITE_ONCE(r->slots[s].seq_end, evring_cpu_seq(c, w));
	/* Barrier A: records and ts_end before pub. Pairs with the acquire of pub
	 * in evring_cursor_look() and in the consumer header.
	 */
	smp_store_release(&r->index[s].pub, w | EVRING_POS_FULL);
	evring_slot_free(r, c, s);
}

/* Are there records in the slot that a gating reader has not acknowledged? */
static bool evring_slot_gated(struct evring_ring *r, u32 s)
{
	const struct evring_slot *slot = &r->slots[s];
	struct evring_cpu *c = evring_that_cpu(r, READ_ONCE(slot->cpu));

	/* Barrier E: the reader's loads before its floor, the floor before our
	 * stores. Pairs with the release of floor in evring_ring_floor().
	 */
	return READ_ONCE(slot->seq_end) > smp_load_acquire(&c->floor);
}

/*
 * Take a block from a range. Returns its generation, or 0 if there is none. The
 * number of tries is bounded: two rounds find any slot that is free at all.
 */
static u64 evring_claim(struct evring_ring *r, struct evring_range *range)
{
	u32 nblocks = 1U << range->shift;
	u32 tries = 2 * nblocks + 64;

	while (tries--) {
		/* G: a stale hand costs a try; the state decides. */
		u64 hand = READ_ONCE(range->hand);
		u32 s = range->first + ((u32)hand & (nblocks - 1));
		u64 gen = (hand >> range->shift) * r->nblocks + s;
		/* Barrier D: pairs with evring_slot_free(). */
		u64 state = smp_load_acquire(&r->slots[s].state);

		if ((state & EVRING_SLOT_BUSY) ||
		    (s64)(hand - (state >> 1)) < (s64)(nblocks / 2)) {
			cmpxchg(&range->hand, hand, hand + 1);
			continue;
		}
		if (evring_slot_gated(r, s)) {
			if (READ_ONCE(r->slots[s].state) == state)
				return 0;
			continue;
		}
		if (cmpxchg(&r->slots[s].state, state, gen << 1 | EVRING_SLOT_BUSY) != state)
			continue;
		cmpxchg(&range->hand, hand, hand + 1);
		return gen;
	}
	return 0;
}

/* Fill in the index entry of the block just claimed, whose first position is @first. */
static void evring_index_fill(struct evring_ring *r, struct evring_cpu *c, u64 gen, u64 first,
			      u32 prev)
{
	u32 s = evring_pos_slot(first);
	struct evring_index *e = &r->index[s];

	WRITE_ONCE(e->gen, 0);
	/* Barrier C: whoever sees anything of the new claim sees that the old one is
	 * over. Pairs with the read barrier before gen is loaded again, in
	 * evring_cursor_look(), evring_index_load() and the consumer header.
	 */
	smp_wmb();
	WRITE_ONCE(e->pub, first);
	WRITE_ONCE(e->seq_first, evring_cpu_seq(c, first));
	WRITE_ONCE(e->drops, evring_line_drops(c->line));
	WRITE_ONCE(e->ts_begin, evring_clock_read(r->clock));
	WRITE_ONCE(e->ts_end, 0);
	WRITE_ONCE(e->cpu, c->cpu);
	WRITE_ONCE(e->prev_slot, prev);
	WRITE_ONCE(e->next_slot, EVRING_POS_NO_SLOT);
	WRITE_ONCE(r->slots[s].bytes_first, READ_ONCE(c->bytes));
	WRITE_ONCE(r->slots[s].cpu, c->cpu);
	/* Barrier C': the entry before its generation. Pairs with the acquire of
	 * gen in evring_index_load() and in the consumer header.
	 */
	smp_store_release(&e->gen, gen);
}

/* Give back a block that a nested writer made needless. */
static void evring_unclaim(struct evring_ring *r, struct evring_cpu *c, u32 s)
{
	WRITE_ONCE(r->index[s].gen, 0);
	WRITE_ONCE(r->slots[s].seq_end, 0);
	evring_slot_free(r, c, s);
}

/* Swap FULL into the open position @w. Returns false if a nested writer was first. */
static bool evring_seal(struct evring_ring *r, struct evring_cpu *c, u64 w)
{
	u32 s = evring_pos_slot(w);

	if (cmpxchg_local(&c->w, w, w | EVRING_POS_FULL) != w)
		return false;
	evring_count(&c->bytes, evring_pos_bytes(w));
	if (READ_ONCE(r->index[s].pub) == w)
		evring_close(r, c, s, w);
	else
		WRITE_ONCE(r->slots[s].final, w | EVRING_POS_FULL);
	return true;
}

/* Open a block of our own after the sealed position @w, unless a nested writer did. */
static int evring_turn(struct evring_ring *r, struct evring_cpu *c, u64 w)
{
	u64 gen = evring_claim(r, c->range);
	u32 prev = evring_pos_slot(w);
	u64 first;
	u32 s;

	if (!gen)
		return -ENOBUFS;

	s = (u32)gen & (r->nblocks - 1);
	first = evring_pos_make(evring_pos_seq(w), s, 0);
	evring_index_fill(r, c, gen, first, prev);
	if (cmpxchg_local(&c->w, w, first) != w) {
		evring_unclaim(r, c, s);
		return 0;
	}
	/* A hint: if the slot has gone to another CPU meanwhile, readers find out. */
	if (prev < r->nblocks && READ_ONCE(r->index[prev].cpu) == c->cpu)
		WRITE_ONCE(r->index[prev].next_slot, s);
	return 0;
}

/*
 * The CPU's position @w has no room. Returns 0 when it is worth looking again, or
 * a negative errno after counting the drop.
 */
static int evring_switch(struct evring_ring *r, struct evring_cpu *c, u64 w)
{
	int err;

	if (READ_ONCE(r->frozen)) {
		evring_drop(c, EVRING_DROP_FROZEN);
		return -EROFS;
	}
	if (!evring_producer_watched()) {
		evring_drop(c, EVRING_DROP_CONTEXT);
		return -EOPNOTSUPP;
	}
	if (!(w & EVRING_POS_FULL)) {
		if (!evring_seal(r, c, w))
			return 0;
		w |= EVRING_POS_FULL;
	}
	err = evring_turn(r, c, w);
	evring_line_refresh(c);
	if (err)
		evring_drop(c, EVRING_DROP_NO_ROOM);
	return err;
}

/* Are two positions in the same block, both open or both sealed? */
static bool evring_pos_same(u64 a, u64 b)
{
	return !((u32)(a ^ b) & (u32)(EVRING_POS_SLOT_MASK << EVRING_POS_SLOT_SHIFT |
				      EVRING_POS_FULL));
}

/*
 * The base writer of the block of @base has published up to @next. Publish what nested
 * writers put after it meanwhile, or close the block if one of them sealed it. @gen is
 * the generation of the claim, loaded before anything was published. Goes round again
 * only if more come.
 */
static void evring_publish_more(struct evring_ring *r, u64 base, u64 next, u64 gen)
{
	u64 w = evring_w_read(evring_cpu_mine(r));
	u32 s = evring_pos_slot(base);
	struct evring_index *e = &r->index[s];

	while (w != next) {
		if (!evring_pos_same(w, base)) {
			/* A later nested writer may have closed the block already. */
			if (READ_ONCE(r->slots[s].state) == (gen << 1 | EVRING_SLOT_BUSY))
				evring_close(r, evring_this_cpu(r), s, evring_pos_slot(w) == s ?
					     w : READ_ONCE(r->slots[s].final));
			return;
		}
		if (READ_ONCE(e->pub) != next)
			return; /* a later nested writer took over */
		next = w;
		/* Barrier A: as in evring_ring_end(). */
		smp_store_release(&e->pub, next);
		barrier(); /* H: pub, then w */
		w = evring_w_read(evring_cpu_mine(r));
	}
}

/*
 * Why did evring_ring_try() fail? Returns 0 if it may do better now, or why it never
 * will.
 */
static noinline int evring_make_room(struct evring_ring *r, u32 len)
{
	struct evring_cpu *c = evring_this_cpu(r);
	u64 w = READ_ONCE(c->w);

	if (len > r->max_payload) {
		evring_drop(c, EVRING_DROP_TOO_LARGE);
		return -E2BIG;
	}
	return evring_pos_fits(r, w, evring_record_words(len)) ? 0 : evring_switch(r, c, w);
}

/*
 * For the short way: this CPU's block is at slot @s. A nested writer may have gone on
 * meanwhile: the next record finds out.
 */
static void evring_opened(struct evring_ring *r, u32 s)
{
	struct evring_cpu *c = evring_this_cpu(r);

	if (r->clock == EVRING_CLOCK_MONOTONIC)
		WRITE_ONCE(c->open, &r->slots[s]);
	else if (r->clock == EVRING_CLOCK_CYCLES)
		WRITE_ONCE(c->open_cycles, &r->slots[s]);
	if (READ_ONCE(r->armed))
		WRITE_ONCE(c->look, 1);
}

/*
 * Reserve a record and write its header. Each round that fails was either short of
 * room, which the next one has, or overtaken by a nested writer.
 */
static noinline int evring_begin(struct evring_ring *r, u32 type, u32 len,
				 struct evring_place *place)
{
	int err = len > r->max_payload ? evring_make_room(r, len) : 0;

	while (!err && !evring_ring_try(r, type, len, EVRING_CLOCKS_ALL, place))
		err = evring_make_room(r, len);
	if (!err)
		evring_opened(r, evring_pos_slot(place->pos));
	return err;
}

/* Bytes of records that the CPU has emitted up to position @w. */
static u64 evring_cpu_bytes(const struct evring_cpu *c, u64 w)
{
	u64 sealed = READ_ONCE(c->bytes);

	return w & EVRING_POS_FULL ? sealed : sealed + evring_pos_bytes(w);
}

/* May this CPU come to what somebody waits for before it turns to another block? */
static bool evring_may_wake(struct evring_ring *r, const struct evring_cpu *c)
{
	u64 most = READ_ONCE(c->bytes) + ((u64)r->block_words << 3);

	return READ_ONCE(r->armed) && (s64)(most - READ_ONCE(c->wake_bytes)) >= 0;
}

/*
 * Somebody sleeps: wake them if this CPU has come to what they wait for. Commits need not
 * look again before the next block if it cannot come to it in this one.
 */
static noinline void evring_wake(struct evring_ring *r)
{
	struct evring_cpu *c = evring_this_cpu(r);

	if (!evring_may_wake(r, c)) {
		WRITE_ONCE(c->look, 0);
		/* Barrier L: look, then what it was cleared for. Pairs with
		 * evring_cpus_look().
		 */
		smp_mb();
		if (!evring_may_wake(r, c))
			return;
		WRITE_ONCE(c->look, 1);
	}
	if ((s64)(evring_cpu_bytes(c, READ_ONCE(c->w)) - READ_ONCE(c->wake_bytes)) >= 0)
		r->wake(r);
}

/**
 * evring_ring_end_slow() - the rare rest of evring_ring_end().
 * @r: the ring.
 * @base: the position that the base writer of a block had reserved.
 * @next: the position up to which it has published.
 * @gen: generation of that block's claim, loaded before publishing.
 *
 * Context: any, NMI included; preemption off.
 */
void evring_ring_end_slow(struct evring_ring *r, u64 base, u64 next, u64 gen)
{
	evring_publish_more(r, base, next, gen);
	if (evring_look_read(evring_cpu_mine(r)))
		evring_wake(r);
}
EXPORT_SYMBOL_GPL(evring_ring_end_slow);

/**
 * evring_ring_emit_slow() - store one record for which there is no easy way.
 * @r: the ring.
 * @type: type of the event, 16 bits.
 * @payload: its bytes.
 * @len: how many.
 *
 * Context: any, NMI included; preemption has been turned off once, and is turned on.
 * Return: as evring_ring_emit().
 */
notrace int evring_ring_emit_slow(struct evring_ring *r, u32 type, const void *payload, u32 len)
{
	struct evring_place place;
	int err = 0;

	/* Or is it only too large to be copied in line? */
	if (len <= r->short_max || len > r->max_payload ||
	    !evring_ring_try(r, type, len, EVRING_CLOCKS_FAST, &place))
		err = evring_begin(r, type, len, &place);
	if (!err) {
		evring_copy(place.payload, payload, len);
		evring_ring_end(r, &place);
	}
	evring_producer_exit();
	return err;
}
EXPORT_SYMBOL_GPL(evring_ring_emit_slow);

/**
 * evring_ring_emit() - store one record.
 * @r: the ring.
 * @type: type of the event, 16 bits.
 * @payload: its bytes.
 * @len: how many.
 *
 * Context: any, NMI included. Takes no lock and does not sleep.
 * Return: 0, or after counting the drop: -E2BIG (larger than a record can be),
 * -ENOBUFS (no block to be had), -EROFS (frozen), -EOPNOTSUPP (RCU does not watch here).
 */
notrace int evring_ring_emit(struct evring_ring *r, u32 type, const void *payload, u32 len)
{
	return evring_ring_emit_inline(r, type, payload, len);
}
EXPORT_SYMBOL_GPL(evring_ring_emit);

static __always_inline void evring_rsv_set(struct evring_reservation *rsv,
					   const struct evring_place *place, u32 len)
{
	rsv->payload = place->payload;
	rsv->pos = place->pos;
	rsv->next = place->next;
	/* No byte of an earlier round shows in the rounding. */
	if (len & 7)
		WRITE_ONCE(((u64 *)rsv->payload)[len >> 3], 0);
}

/* As evring_ring_reserve(), which has turned preemption off and found no easy way. */
static noinline int evring_reserve_slow(struct evring_ring *r, u32 type, u32 len,
					struct evring_reservation *rsv)
{
	struct evring_place place;
	int err = evring_begin(r, type, len, &place);

	if (err)
		evring_producer_exit();
	else
		evring_rsv_set(rsv, &place, len);
	return err;
}

/**
 * evring_ring_reserve() - make room for one record, to be filled in place.
 * @r: the ring.
 * @type: type of the event, 16 bits.
 * @len: bytes of payload; all of them must be written before the commit.
 * @rsv: filled in; rsv->payload is where they go.
 *
 * After success preemption stays off until evring_ring_commit() or
 * evring_ring_discard(), which must come in LIFO order on one CPU.
 * Context: any, NMI included.
 * Return: as evring_ring_emit().
 */
int evring_ring_reserve(struct evring_ring *r, u32 type, u32 len, struct evring_reservation *rsv)
{
	struct evring_place place;

	evring_producer_enter();
	if (unlikely(len > r->max_payload ||
		     !evring_ring_try(r, type, len, EVRING_CLOCKS_FAST, &place)))
		return evring_reserve_slow(r, type, len, rsv);
	evring_rsv_set(rsv, &place, len);
	return 0;
}
EXPORT_SYMBOL_GPL(evring_ring_reserve);

static __always_inline void evring_rsv_end(struct evring_ring *r,
					   const struct evring_reservation *rsv)
{
	const struct evring_place place = {
		.cpu = evring_cpu_mine(r),
		.entry = &r->index[evring_pos_slot(rsv->pos)],
		.pos = rsv->pos,
		.next = rsv->next,
	};

	evring_ring_end(r, &place);
	evring_producer_exit();
}

/**
 * evring_ring_commit() - the reserved record is written: let readers have it.
 * @r: the ring.
 * @rsv: from evring_ring_reserve().
 */
void evring_ring_commit(struct evring_ring *r, struct evring_reservation *rsv)
{
	evring_rsv_end(r, rsv);
}
EXPORT_SYMBOL_GPL(evring_ring_commit);

/**
 * evring_ring_discard() - the reserved record is not wanted.
 * @r: the ring.
 * @rsv: from evring_ring_reserve().
 *
 * It keeps its place and its sequence number, as padding without content.
 */
void evring_ring_discard(struct evring_ring *r, struct evring_reservation *rsv)
{
	struct evring_record *record = (struct evring_record *)rsv->payload - 1;

	WRITE_ONCE(record->type, EVRING_TYPE_PADDING);
	evring_zero(rsv->payload, record->size - (u32)sizeof(*record));
	evring_rsv_end(r, rsv);
}
EXPORT_SYMBOL_GPL(evring_ring_discard);

/* The newest position of the CPU that readers can have. */
static u64 evring_cpu_head(struct evring_ring *r, struct evring_cpu *c)
{
	u64 first = READ_ONCE(c->w);
	u64 pub, w;

	if (first & EVRING_POS_FULL)
		return first;
	pub = READ_ONCE(r->index[evring_pos_slot(first)].pub);
	/* The block must have been the CPU's when pub was read. */
	smp_rmb();
	w = READ_ONCE(c->w);
	return evring_pos_same(w, first) ? pub : w;
}

/**
 * evring_ring_head() - sequence number after the newest record of @cpu that readers
 * can have.
 * @r: the ring.
 * @cpu: a possible CPU.
 *
 * While the CPU is in the middle of a write, records in its last block but one may count
 * that are a moment from being visible.
 * Context: any.
 */
u64 evring_ring_head(struct evring_ring *r, u32 cpu)
{
	struct evring_cpu *c = evring_that_cpu(r, cpu);

	return evring_cpu_seq(c, evring_cpu_head(r, c));
}

/**
 * evring_ring_bytes() - bytes of the records that evring_ring_head() counts, from the
 * CPU's first on, headers and rounding included. An estimate while it turns to
 * another block.
 * @r: the ring.
 * @cpu: a possible CPU.
 */
u64 evring_ring_bytes(struct evring_ring *r, u32 cpu)
{
	struct evring_cpu *c = evring_that_cpu(r, cpu);

	return evring_cpu_bytes(c, evring_cpu_head(r, c));
}

/**
 * evring_ring_seal() - have @cpu close its block, so that what it emits next has to
 * claim one.
 * @r: the ring.
 * @cpu: the CPU that this runs on, with preemption off; or one that is offline.
 *
 * A writer that this interrupted closes the block when it is done.
 */
void evring_ring_seal(struct evring_ring *r, u32 cpu)
{
	struct evring_cpu *c = evring_that_cpu(r, cpu);
	u64 w;

	do {
		w = READ_ONCE(c->w);
	} while (!(w & EVRING_POS_FULL) && !evring_seal(r, c, w));
	evring_line_refresh(c);
}

/**
 * evring_ring_floor() - records of @cpu before @seq are acknowledged by all gating
 * readers.
 * @r: the ring.
 * @cpu: a possible CPU.
 * @seq: a sequence number; all ones: nobody gates.
 */
void evring_ring_floor(struct evring_ring *r, u32 cpu, u64 seq)
{
	/* Barrier E: the readers' loads before the floor. Pairs with the acquire in
	 * evring_slot_gated().
	 */
	smp_store_release(&evring_that_cpu(r, cpu)->floor, seq);
}

/**
 * evring_ring_drops() - records that @cpu has dropped, whatever the reason.
 * @r: the ring.
 * @cpu: a possible CPU.
 */
u64 evring_ring_drops(struct evring_ring *r, u32 cpu)
{
	return evring_line_drops(evring_that_cpu(r, cpu)->line);
}

/*
 * The cursor: a reader inside the kernel, for read(). It keeps to what the
 * consumer header does, but need not distrust the index.
 */

/* A consistent copy of the entry of @slot. False if there is none to be had now. */
static bool evring_index_load(struct evring_ring *r, u32 slot, struct evring_index *copy)
{
	const struct evring_index *e;

	if (slot >= r->nblocks)
		return false;
	e = &r->index[slot];
	/* Barrier C': pairs with evring_index_fill(). */
	copy->gen = smp_load_acquire(&e->gen);
	if (!copy->gen)
		return false;
	copy->seq_first = READ_ONCE(e->seq_first);
	copy->drops = READ_ONCE(e->drops);
	copy->ts_begin = READ_ONCE(e->ts_begin);
	copy->cpu = READ_ONCE(e->cpu);
	copy->prev_slot = READ_ONCE(e->prev_slot);
	/* Barrier C: pairs with evring_index_fill(). */
	smp_rmb();
	return READ_ONCE(e->gen) == copy->gen;
}

/*
 * Walk back from position @cur of @cpu to the block that holds @seq and begins no later
 * than @time, or to the oldest that is still there. Returns its slot, with its entry
 * in @best, or EVRING_POS_NO_SLOT.
 */
static u32 evring_cursor_walk(struct evring_ring *r, u32 cpu, u64 cur, u64 seq, u64 time,
			      struct evring_index *best)
{
	u32 found = EVRING_POS_NO_SLOT;
	u32 slot = evring_pos_slot(cur);
	struct evring_index e;
	u32 steps;

	for (steps = 0; steps < r->nblocks; steps++) {
		if (!evring_index_load(r, slot, &e) || e.cpu != cpu)
			break;
		if (found != EVRING_POS_NO_SLOT && e.seq_first >= best->seq_first)
			break;
		*best = e;
		found = slot;
		if (e.seq_first <= seq && e.ts_begin <= time)
			break;
		slot = e.prev_slot;
	}
	return found;
}

static u64 evring_line_cur(struct evring_ring *r, u32 cpu)
{
	/* Barrier B: pairs with evring_line_refresh(). */
	return smp_load_acquire(&evring_that_cpu(r, cpu)->line->cur);
}

/* The cursor is in no block yet, and waits for record @seq. */
static void evring_cursor_set(struct evring_cursor *cursor, u64 seq, u64 drops)
{
	cursor->drops = drops;
	cursor->seq = seq;
	cursor->gen = 0;
	cursor->slot = EVRING_POS_NO_SLOT;
	cursor->offset = 0;
}

/*
 * Set the cursor to where @cpu was last seen: what is emitted while its place is
 * looked for from there is not skipped. Returns that position.
 */
static u64 evring_cursor_seen(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor)
{
	u64 drops = evring_ring_drops(r, cpu);
	u64 cur = evring_line_cur(r, cpu);

	evring_cursor_set(cursor, evring_cpu_seq(evring_that_cpu(r, cpu), cur), drops);
	return cur;
}

/**
 * evring_cursor_oldest() - set a cursor to the oldest record of @cpu still there.
 * @r: the ring.
 * @cpu: a possible CPU.
 * @cursor: the cursor.
 */
void evring_cursor_oldest(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor)
{
	u64 cur = evring_cursor_seen(r, cpu, cursor);
	struct evring_index best;

	if (evring_cursor_walk(r, cpu, cur, 0, ~0ULL, &best) != EVRING_POS_NO_SLOT)
		evring_cursor_set(cursor, best.seq_first, best.drops);
}

/**
 * evring_cursor_latest() - set a cursor behind the newest record of @cpu.
 * @r: the ring.
 * @cpu: a possible CPU.
 * @cursor: the cursor.
 */
void evring_cursor_latest(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor)
{
	u64 drops = evring_ring_drops(r, cpu);

	evring_cursor_set(cursor, evring_ring_head(r, cpu), drops);
}

static u32 evring_record_stride(const u8 *data)
{
	const struct evring_record *record = (const void *)data;

	return (READ_ONCE(record->size) + 7U) & ~7U;
}

/*
 * Put the cursor into the block at @slot, at its sequence number. False if that is
 * not there (yet), or the block was overrun.
 */
static bool evring_cursor_enter(struct evring_ring *r, struct evring_cursor *cursor, u32 slot,
				const struct evring_index *e)
{
	const u8 *block = r->data + ((u64)slot << r->block_shift);
	/* Barrier A: pairs with evring_ring_end() and evring_close(). */
	u32 head = evring_pos_bytes(smp_load_acquire(&r->index[slot].pub));
	u64 seq = e->seq_first;
	u32 offset = 0;

	while (seq < cursor->seq && offset < head) {
		u32 stride = evring_record_stride(block + offset);

		if (!stride)
			return false; /* overrun: a record is never empty */
		offset += stride;
		seq++;
	}
	/* Barrier C: pairs with evring_index_fill(). */
	smp_rmb();
	if (seq != cursor->seq || offset > head || READ_ONCE(r->index[slot].gen) != e->gen)
		return false;
	cursor->slot = slot;
	cursor->gen = e->gen;
	cursor->offset = offset;
	return true;
}

/* Step over the records in the cursor's block that are older than @time. */
static void evring_cursor_skip(struct evring_ring *r, struct evring_cursor *cursor, u64 time)
{
	const u8 *block = r->data + ((u64)cursor->slot << r->block_shift);
	/* Barrier A: pairs with evring_ring_end() and evring_close(). */
	u32 head = evring_pos_bytes(smp_load_acquire(&r->index[cursor->slot].pub));

	while (cursor->offset < head) {
		const struct evring_record *record = (const void *)(block + cursor->offset);
		u32 stride = evring_record_stride(block + cursor->offset);

		if (!stride || READ_ONCE(record->time) >= time)
			break;
		cursor->offset += stride;
		cursor->seq++;
	}
	/* Barrier C: pairs with evring_index_fill(). */
	smp_rmb();
	if (READ_ONCE(r->index[cursor->slot].gen) != cursor->gen)
		cursor->gen = 0;
}

/**
 * evring_cursor_time() - set a cursor to the first record of @cpu not older than @time.
 * @r: the ring.
 * @cpu: a possible CPU.
 * @cursor: the cursor.
 * @time: by the ring's clock.
 */
void evring_cursor_time(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor, u64 time)
{
	u64 cur = evring_cursor_seen(r, cpu, cursor);
	struct evring_index e;
	u32 slot = evring_cursor_walk(r, cpu, cur, ~0ULL, time, &e);

	if (slot == EVRING_POS_NO_SLOT)
		return;
	evring_cursor_set(cursor, e.seq_first, e.drops);
	if (!evring_cursor_enter(r, cursor, slot, &e))
		return;
	evring_cursor_skip(r, cursor, time);
}

/**
 * evring_cursor_bytes() - bytes of the CPU's records before a cursor, as
 * evring_ring_bytes() counts them; 0 if the cursor's record is gone.
 * @r: the ring.
 * @cpu: a possible CPU.
 * @cursor: the cursor on that CPU.
 */
u64 evring_cursor_bytes(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor)
{
	struct evring_index e;
	u32 slot;

	if (cursor->seq >= evring_ring_head(r, cpu))
		return evring_ring_bytes(r, cpu);
	if (!cursor->gen) {
		slot = evring_cursor_walk(r, cpu, evring_line_cur(r, cpu), cursor->seq, ~0ULL, &e);
		if (slot == EVRING_POS_NO_SLOT || e.seq_first > cursor->seq ||
		    !evring_cursor_enter(r, cursor, slot, &e))
			return 0;
		cursor->gen = 0; /* the block's drops have yet to be told */
	}
	return READ_ONCE(r->slots[cursor->slot].bytes_first) + cursor->offset;
}

static enum evring_look evring_cursor_lost(u32 cpu, struct evring_cursor *cursor, u64 seq,
					   struct evring_found *found)
{
	found->loss = (struct evring_loss){ .cpu = cpu, .seq = cursor->seq,
					    .count = seq - cursor->seq };
	cursor->seq = seq;
	cursor->gen = 0;
	return EVRING_LOOK_OVERRUN;
}

/* Drops up to a total of @drops that the cursor has not been told. */
static enum evring_look evring_cursor_dropped(u32 cpu, struct evring_cursor *cursor, u64 drops,
					      struct evring_found *found)
{
	if (drops <= cursor->drops)
		return EVRING_LOOK_NONE;
	found->loss = (struct evring_loss){ .cpu = cpu, .seq = cursor->seq,
					    .count = drops - cursor->drops };
	cursor->drops = drops;
	return EVRING_LOOK_DROPPED;
}

/* The block after the one that the cursor has read, if the hint names it. */
static u32 evring_cursor_hint(struct evring_ring *r, u32 cpu, const struct evring_cursor *cursor,
			      struct evring_index *e)
{
	u32 slot;

	if (!cursor->gen)
		return EVRING_POS_NO_SLOT;
	slot = READ_ONCE(r->index[cursor->slot].next_slot);
	if (evring_index_load(r, slot, e) && e->cpu == cpu && e->seq_first == cursor->seq)
		return slot;
	return EVRING_POS_NO_SLOT;
}

/*
 * Look for the block that the cursor's record is in. EVRING_LOOK_RUN: the cursor
 * stands in it.
 */
static enum evring_look evring_cursor_find(struct evring_ring *r, u32 cpu,
					   struct evring_cursor *cursor,
					   struct evring_found *found)
{
	struct evring_cpu *c = evring_that_cpu(r, cpu);
	struct evring_index e;
	u32 slot = evring_cursor_hint(r, cpu, cursor, &e);

	if (slot == EVRING_POS_NO_SLOT) {
		u64 cur = evring_line_cur(r, cpu);

		slot = evring_cursor_walk(r, cpu, cur, cursor->seq, ~0ULL, &e);
		if (slot == EVRING_POS_NO_SLOT) {
			u64 total = evring_cpu_seq(c, cur);

			if ((cur & EVRING_POS_FULL) && total > cursor->seq)
				return evring_cursor_lost(cpu, cursor, total, found);
			return EVRING_LOOK_NONE;
		}
		if (e.seq_first > cursor->seq)
			return evring_cursor_lost(cpu, cursor, e.seq_first, found);
		/* The block that was read already is still the newest. */
		if (cursor->gen == e.gen && cursor->slot == slot)
			return EVRING_LOOK_NONE;
	}
	if (!evring_cursor_enter(r, cursor, slot, &e))
		return EVRING_LOOK_NONE;
	if (evring_cursor_dropped(cpu, cursor, e.drops, found) == EVRING_LOOK_DROPPED)
		return EVRING_LOOK_DROPPED;
	return EVRING_LOOK_RUN;
}

/**
 * evring_cursor_look() - what stands next before a cursor?
 * @r: the ring.
 * @cpu: a possible CPU.
 * @cursor: the cursor on that CPU.
 * @found: the answer.
 *
 * A loss counts as delivered. Records do not until evring_cursor_advance(); they may
 * be overwritten at any time before it has said that they were not.
 * Context: process; one caller for each cursor at a time.
 */
enum evring_look evring_cursor_look(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor,
				    struct evring_found *found)
{
	enum evring_look look = EVRING_LOOK_NONE;
	u32 tries;

	for (tries = 0; tries < EVRING_CURSOR_TRIES; tries++) {
		if (cursor->gen) {
			const struct evring_index *e = &r->index[cursor->slot];
			/* Barrier A: pairs with evring_ring_end() and evring_close(). */
			u64 pub = smp_load_acquire(&e->pub);

			/* Barrier C: pairs with evring_index_fill(). */
			smp_rmb();
			if (READ_ONCE(e->gen) != cursor->gen) {
				cursor->gen = 0;
			} else if (cursor->offset < evring_pos_bytes(pub)) {
				found->data = r->data + ((u64)cursor->slot << r->block_shift) +
					      cursor->offset;
				found->bytes = evring_pos_bytes(pub) - cursor->offset;
				found->nrecords = evring_pos_seq(pub) - (u32)cursor->seq;
				return EVRING_LOOK_RUN;
			} else if (!(pub & EVRING_POS_FULL)) {
				break;
			}
		}
		look = evring_cursor_find(r, cpu, cursor, found);
		if (look != EVRING_LOOK_RUN)
			break;
	}
	if (look == EVRING_LOOK_OVERRUN || look == EVRING_LOOK_DROPPED)
		return look;
	return evring_cursor_dropped(cpu, cursor, evring_ring_drops(r, cpu), found);
}

/**
 * evring_cursor_fit() - how much of a run fits.
 * @found: a run, from evring_cursor_look().
 * @room: bytes to be had.
 * @nrecords: answer: how many records that is.
 *
 * Return: bytes of the whole records that fit; 0 if not one does.
 */
u32 evring_cursor_fit(const struct evring_found *found, u32 room, u32 *nrecords)
{
	u32 bytes = 0;

	if (found->bytes <= room) {
		*nrecords = found->nrecords;
		return found->bytes;
	}
	*nrecords = 0;
	while (bytes < found->bytes) {
		u32 stride = evring_record_stride(found->data + bytes);

		/* An overrun may show any size here; evring_cursor_advance() tells. */
		if (!stride || stride > room - bytes)
			break;
		bytes += stride;
		(*nrecords)++;
	}
	return bytes;
}

/**
 * evring_cursor_advance() - the records have been copied: were they whole?
 * @r: the ring.
 * @cursor: the cursor.
 * @bytes: what evring_cursor_fit() said.
 * @nrecords: likewise.
 *
 * Return: true if they were, and the cursor stands behind them; false if the ring
 * went round meanwhile: what was copied is worth nothing, and the cursor is where
 * it was, to find the loss next.
 */
bool evring_cursor_advance(struct evring_ring *r, struct evring_cursor *cursor, u32 bytes,
			   u32 nrecords)
{
	/* Barrier C: pairs with evring_index_fill(). */
	smp_rmb();
	if (READ_ONCE(r->index[cursor->slot].gen) != cursor->gen)
		return false;
	cursor->offset += bytes;
	cursor->seq += nrecords;
	return true;
}
