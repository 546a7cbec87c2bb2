/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The short way to emit: what ring.c does when nothing stands in the way, in line. Private;
 * callers take linux/evring_inline.h. The design stands at the top of ring.c.
 */
#ifndef _LINUX_EVRING_FAST_H
#define _LINUX_EVRING_FAST_H

#include "evring_ring.h"

/* Which clocks a way to emit knows: two, or whatever the ring has. */
enum evring_clocks {
	EVRING_CLOCKS_FAST,	/* EVRING_CLOCK_MONOTONIC and EVRING_CLOCK_CYCLES */
	EVRING_CLOCKS_ALL,
};

/**
 * struct evring_place - a record that has been reserved.
 * @payload: where its payload goes.
 * @cpu: the CPU's.
 * @entry: the index entry of its block.
 * @pos: the position that was reserved.
 * @next: the position after it.
 */
struct evring_place {
	void *payload;
	struct evring_cpu __percpu *cpu;
	struct evring_index *entry;
	u64 pos;
	u64 next;
};

int evring_ring_emit_slow(struct evring_ring *r, u32 type, const void *payload, u32 len);
void evring_ring_end_slow(struct evring_ring *r, u64 base, u64 next, u64 gen);

/* Is there room for @words after position @w of a ring? */
static __always_inline bool evring_pos_fits(const struct evring_ring *r, u64 w, u32 words)
{
	/* FULL is the bit above the offset: a sealed block never has room. */
	return (u32)(w & (EVRING_POS_FULL | EVRING_POS_OFFSET_MASK)) + words <= r->block_words;
}

/*
 * Is position @w in the block at @slot and open, with room for @words? One compare:
 * positions in other blocks, and behind a block's end, where sealed ones are, are farther
 * from that end than a block is long. @words is at most a block's.
 */
static __always_inline bool evring_slot_fits(const struct evring_slot *slot, u64 w, u32 words)
{
	return (u32)w + words + slot->bias < EVRING_BLOCK_MAX / 8;
}

/*
 * Which slot is position @w in, with room for @words, and what time is it? The clock is read
 * after @w was, and before @w is swapped: so time stamps of a CPU are in order. No may also
 * mean that it takes a longer look, unless @clocks is EVRING_CLOCKS_ALL.
 */
static __always_inline bool evring_fast_look(const struct evring_ring *r, u64 w, u32 words,
					     enum evring_clocks clocks,
					     const struct evring_slot **slot, u64 *time)
{
	struct evring_cpu __percpu *c = evring_cpu_mine(r);

	if (clocks == EVRING_CLOCKS_ALL) {
		if (!evring_pos_fits(r, w, words))
			return false;
		*slot = &r->slots[evring_pos_slot(w)];
		*time = evring_clock_read(r->clock);
		return true;
	}
	/* The slot of an earlier block does not fit; so it may be read before or after w. */
	*slot = evring_open_read(c);
	if (likely(evring_slot_fits(*slot, w, words))) {
		*time = evring_clock_monotonic();
		return true;
	}
	OPTIMIZER_HIDE_VAR(words); /* nothing of this is worked out above */
	*slot = evring_open_cycles_read(c);
	if (!evring_slot_fits(*slot, w, words))
		return false;
	*time = evring_clock_read(EVRING_CLOCK_CYCLES);
	return true;
}

/*
 * Reserve a record and write its header, if that goes without ado. @len is at most
 * evring_ring.max_payload; @clocks is known to the compiler.
 */
static __always_inline bool evring_ring_try(struct evring_ring *r, u32 type, u32 len,
					    enum evring_clocks clocks, struct evring_place *place)
{
	u64 time, w = evring_w_read(evring_cpu_mine(r));
	const struct evring_slot *slot;
	struct evring_cpu __percpu *c;
	struct evring_record *record;
	unsigned long low;

	if (unlikely(!evring_fast_look(r, w, evring_record_words(len), clocks, &slot, &time)))
		return false;
	/* Worked out anew: registers that last over the clock's call are few. */
	if (!__builtin_constant_p(len))
		OPTIMIZER_HIDE_VAR(len);
	c = evring_cpu_mine(r);
	place->next = w + ((1ULL << EVRING_POS_SEQ_SHIFT) + evring_record_words(len));
	if (unlikely(evring_w_swap(c, w, place->next) != w))
		return false;
	low = (u32)w;
	OPTIMIZER_HIDE_VAR(low); /* no mask: the upper half is zero */
	place->payload = (void *)(slot->origin + (low << 3));
	place->cpu = c;
	place->entry = slot->entry;
	place->pos = w;
	record = (struct evring_record *)place->payload - 1;
	WRITE_ONCE(*(u64 *)(void *)record,
		   evring_record_word(type, (u32)sizeof(*record) + len));
	WRITE_ONCE(record->time, time);
	return true;
}

/*
 * The record reserved at @place is written. Only the base of a block publishes. pub
 * tells who that is, as well now as when the record was reserved: while it stands at
 * our position nobody but us may change it, and while a writer below us is at work in
 * the block it stands before our position.
 */
static __always_inline void evring_ring_end(struct evring_ring *r,
					    const struct evring_place *place)
{
	struct evring_index *e = place->entry;
	u64 gen;

	barrier(); /* H: the record before it is published */
	if (unlikely(e->pub != place->pos))
		return;
	/* H: gen before publishing: afterwards the block may be another's. */
	gen = READ_ONCE(e->gen);
	/* Barrier A: records before pub. Pairs with the acquire of pub in
	 * evring_cursor_look() and in the consumer header.
	 */
	smp_store_release(&e->pub, place->next);
	barrier(); /* H: pub, then w */
	/* Has w moved, or may somebody have to be woken? Who arms looks again afterwards: an
	 * old value of look does no harm.
	 */
	if (unlikely(evring_look_or(place->cpu, evring_w_read(place->cpu) ^ place->next)))
		evring_ring_end_slow(r, place->pos, place->next, gen);
}

/* As evring_emit_inline(), for a ring. */
static __always_inline int evring_ring_emit_inline(struct evring_ring *r, u32 type,
						   const void *payload, u32 len)
{
	bool fixed = __builtin_constant_p(len) && len <= EVRING_COPY_FIXED;
	struct evring_place place;

	evring_producer_enter();
	if (unlikely((!fixed && len > r->short_max) ||
		     !evring_ring_try(r, type, len, EVRING_CLOCKS_FAST, &place)))
		return evring_ring_emit_slow(r, type, payload, len);
	if (fixed)
		evring_copy_fixed(place.payload, payload, len);
	else
		evring_copy_short(place.payload, payload, len);
	evring_ring_end(r, &place);
	evring_producer_exit();
	return 0;
}

#endif /* _LINUX_EVRING_FAST_H */
