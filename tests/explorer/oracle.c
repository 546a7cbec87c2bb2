// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold. The oracle sees every store and swap of the core before it happens and
 * keeps books of its own: who owns which block, which record was reserved where, which of
 * its words are written. The word before the colon of a failure names the invariant.
 */
#include <stdlib.h>
#include <string.h>
#include "explorer.h"
#include "core.h"

#define ATTEMPTS	96
#define NESTED		8

/* An attempt to store a record that has not returned yet. */
struct attempt {
	uint32_t n;
	uint32_t seq;
	char what;
	bool reserved;
	bool committed;
	uint32_t slot;
	uint64_t gen;
	uint32_t from;
	uint32_t to;
	uint64_t missing;	/* words not yet written, bits */
	uint32_t free_least;	/* least number of free blocks since it began */
	bool gated;		/* a free block was held back by a gate meanwhile */
	uint64_t hand;		/* at its beginning, and the slot that it stood at */
	uint64_t hand_state;
	uint64_t hand_floor;
};

/* The fate of a record, by its sequence number. */
struct fate {
	uint8_t n;
	char what;
	bool discarded;
};

struct cpu_book {
	struct attempt stack[NESTED];
	struct fate fates[ATTEMPTS];
	uint32_t depth;
	uint32_t attempted;
	uint32_t accepted;
	uint32_t reserved;	/* sequence number of the next reservation */
	uint32_t dropped;
	uint64_t gone;		/* what lies before is overwritten, or out of reach behind that */
};

struct slot_book {
	uint64_t gen;		/* of the last claim */
	uint64_t freed;		/* the hand when it was freed */
	uint64_t seq_end;	/* after the last record in it, once it was opened */
	uint32_t owner;
	bool busy;
	bool filled;		/* its index entry is complete */
	bool used;		/* it was opened: not claimed in vain */
	uint32_t end;		/* bytes reserved in it */
	uint32_t pub;		/* bytes published in it */
};

struct reader_book {
	uint64_t seq[EX_CPUS];
	uint64_t time[EX_CPUS];
	uint64_t received[EX_CPUS];
	uint64_t discarded[EX_CPUS];
	uint64_t overrun[EX_CPUS];
	uint64_t dropped[EX_CPUS];
	uint64_t sought[EX_CPUS];	/* what there was when it began to look for the oldest */
	uint64_t kept[EX_CPUS];	/* gating: from here on nothing may be lost */
	bool gating;
	bool moving;		/* joins or leaves at this moment */
	bool acks;		/* acknowledges at this moment */
};

static struct {
	struct cpu_book cpu[EX_CPUS];
	struct slot_book slot[EX_SLOTS];
	struct reader_book reader[EX_READERS];
	uint64_t now;
	bool frozen;
} book;

static struct evring_ring *ring;

void ex_oracle_setup(void)
{
	ring = ex_ring();
	memset(&book, 0, sizeof(book));
	ex_keep(&book, sizeof(book));
}

uint64_t ex_oracle_clock(void)
{
	return ++book.now;
}

/* --- payloads ----------------------------------------------------------------------------- */

uint32_t ex_payload(uint32_t cpu, uint32_t n, char what, uint8_t *bytes)
{
	uint32_t i, len = what == 'E' ? 16 : what == 'o' ? 11 : what == 'l' ? 500 : 8;
	uint32_t sum = (cpu + 1) * 0x9e3779b1U + n * 0x85ebca6bU;

	if (what == 'l')
		return len;
	bytes[0] = (uint8_t)cpu;
	bytes[1] = (uint8_t)n;
	for (i = 2; i < len; i++) {
		sum = sum * 1664525U + 1013904223U;
		bytes[i] = (uint8_t)(sum >> 24);
	}
	return len;
}

/* --- attempts ------------------------------------------------------------------------------- */

static struct cpu_book *running(const char *doing)
{
	if (ex_actor() >= EX_CPUS && !ex_run.quiet)
		ex_fail("foreign: a reader does what only a CPU may: %s", doing);
	return &book.cpu[ex_actor()];
}

static struct attempt *innermost(struct cpu_book *c, const char *doing)
{
	if (!c->depth)
		ex_fail("foreign: nobody is emitting: %s", doing);
	return &c->stack[c->depth - 1];
}

static uint32_t slot_of(const struct evring_range *range, uint64_t hand)
{
	return range->first + ((uint32_t)hand & ((1U << range->shift) - 1));
}

/* Of the range that the CPU claims from. */
static uint32_t free_blocks(uint32_t cpu)
{
	const struct evring_range *range = ring->cpus[cpu].range;
	uint32_t i, n = 0;

	for (i = 0; i >> range->shift == 0; i++)
		n += !book.slot[range->first + i].busy;
	return n;
}

/* Does the gate hold back a free block that the hand came to since it was at @from? */
static bool gate_holds(uint32_t cpu, uint64_t from)
{
	const struct evring_range *range = ring->cpus[cpu].range;
	bool gated = false;
	uint64_t hand;
	uint32_t i;

	for (i = 0; i < EX_READERS; i++)
		gated |= book.reader[i].gating || book.reader[i].moving;
	for (hand = from; gated && hand <= range->hand; hand++) {
		const struct slot_book *b = &book.slot[slot_of(range, hand)];

		if (!b->busy && b->seq_end > ring->cpus[b->owner].floor)
			return true;
	}
	return false;
}

/* Note for whoever is emitting how the blocks are now. */
static void note_blocks(void)
{
	uint32_t cpu, i, n;

	for (cpu = 0; cpu < ring->ncpus; cpu++) {
		if (!book.cpu[cpu].depth)
			continue;
		n = free_blocks(cpu);
		for (i = 0; i < book.cpu[cpu].depth; i++) {
			struct attempt *a = &book.cpu[cpu].stack[i];

			if (n < a->free_least)
				a->free_least = n;
			a->gated |= gate_holds(cpu, a->hand);
		}
	}
}

uint32_t ex_oracle_attempts(uint32_t cpu)
{
	return book.cpu[cpu].attempted;
}

void ex_oracle_attempt(uint32_t cpu, char what)
{
	struct cpu_book *c = &book.cpu[cpu];
	struct attempt *a = &c->stack[c->depth++];
	const struct evring_range *range = ring->cpus[cpu].range;
	const struct evring_slot *slot = &ring->slots[slot_of(range, range->hand)];

	if (c->depth > NESTED || c->attempted >= ATTEMPTS)
		ex_fail("explorer: too many attempts");
	ex_event();
	memset(a, 0, sizeof(*a));
	a->n = c->attempted++;
	a->what = what;
	a->free_least = free_blocks(cpu);
	a->hand = range->hand;
	a->hand_state = slot->state;
	a->hand_floor = ring->cpus[slot->cpu].floor;
}

void ex_oracle_committed(uint32_t cpu, bool discarded)
{
	struct cpu_book *c = &book.cpu[cpu];
	struct attempt *a = innermost(c, "commit");

	ex_event();
	a->committed = true;
	if (discarded)
		c->fates[a->seq].discarded = true;
}

static bool complete(const struct attempt *a)
{
	return a->committed && !a->missing;
}

/* There was no room, it says. Was there none? */
static void judge_no_room(uint32_t cpu, const struct attempt *a)
{
	const struct evring_range *range = ring->cpus[cpu].range;
	const struct evring_slot *slot = &ring->slots[slot_of(range, a->hand)];

	if (!a->gated && !gate_holds(cpu, a->hand) && a->free_least)
		ex_fail("no-room: a drop, but %u blocks were free all the time", a->free_least);
	/* A gate that held all the time: the hand must stand still. */
	if ((a->hand_state & EVRING_SLOT_BUSY) ||
	    a->hand - (a->hand_state >> 1) < 1ULL << range->shift >> 1 || slot->state != a->hand_state ||
	    slot->seq_end <= a->hand_floor ||
	    ring->cpus[slot->cpu].floor != a->hand_floor)
		return;
	if (range->hand != a->hand)
		ex_fail("hand: a gated drop moved it from %llu to %llu",
			(unsigned long long)a->hand, (unsigned long long)range->hand);
}

void ex_oracle_result(uint32_t cpu, int err)
{
	struct cpu_book *c = &book.cpu[cpu];
	struct attempt *a = innermost(c, "return");

	if (!err) {
		if (!a->reserved || !complete(a))
			ex_fail("lie: success without a complete record");
		c->accepted++;
	} else {
		if (a->reserved)
			ex_fail("lie: error %d with a record reserved", err);
		if ((a->what == 'l') != (err == -E2BIG))
			ex_fail("lie: error %d for '%c'", err, a->what);
		if (err == -ENOBUFS)
			judge_no_room(cpu, a);
		c->dropped++;
	}
	c->depth--;
	ex_event();
	if (!c->depth)
		ex_attempt_over();
}

/* The attempt in which a CPU cannot be preempted; 0: none. */
uint32_t ex_oracle_section(uint32_t cpu)
{
	return book.cpu[cpu].depth ? book.cpu[cpu].stack[0].n + 1 : 0;
}

/* --- the position word ------------------------------------------------------------------------ */

static void reserved(uint32_t cpu, uint64_t old, uint64_t pos)
{
	struct cpu_book *c = &book.cpu[cpu];
	struct attempt *a = innermost(c, "reserve");
	uint32_t s = evring_pos_slot(pos);
	struct slot_book *b = &book.slot[s];

	if (a->reserved)
		ex_fail("position: reserved twice");
	if (evring_pos_seq(pos) != c->reserved + 1)
		ex_fail("sequence: %u after %u", evring_pos_seq(pos), c->reserved);
	if (!b->busy || b->owner != cpu)
		ex_fail("owner: cpu%u reserves in block %u, which is not its own", cpu, s);
	if (evring_pos_bytes(old) != b->end)
		ex_fail("overlap: reserved from %u, block ends at %u", evring_pos_bytes(old), b->end);
	a->reserved = true;
	a->seq = c->reserved;
	a->slot = s;
	a->gen = b->gen;
	a->from = evring_pos_bytes(old);
	a->to = evring_pos_bytes(pos);
	if (a->to > 1U << ring->block_shift || a->to <= a->from)
		ex_fail("overlap: a record from %u to %u", a->from, a->to);
	a->missing = (1ULL << ((a->to - a->from) / 8)) - 1;
	b->end = a->to;
	c->fates[c->reserved].n = (uint8_t)a->n;
	c->fates[c->reserved].what = a->what;
	c->reserved++;
	b->seq_end = c->reserved;
}

static void opened(uint32_t cpu, uint64_t pos)
{
	uint32_t s = evring_pos_slot(pos);
	struct slot_book *b = &book.slot[s];

	if (s >= ring->nblocks || !b->busy || b->owner != cpu)
		ex_fail("owner: cpu%u opens block %u, which is not its own", cpu, s);
	if (evring_pos_bytes(pos) || b->end)
		ex_fail("position: a block is opened that holds something");
	if (evring_pos_seq(pos) != book.cpu[cpu].reserved)
		ex_fail("sequence: block %u starts with %u, not %u", s, evring_pos_seq(pos),
			book.cpu[cpu].reserved);
	if (!b->filled)
		ex_fail("entry: block %u is opened before its index entry is complete", s);
	b->used = true;
	b->seq_end = book.cpu[cpu].reserved;
}

static void moved(uint32_t cpu, uint64_t old, uint64_t pos)
{
	running("w");
	if (cpu != ex_actor())
		ex_fail("foreign: cpu%u moves cpu%u's position", ex_actor(), cpu);
	if (old & EVRING_POS_FULL)
		opened(cpu, pos);
	else if (pos == (old | EVRING_POS_FULL))
		return;
	else if (evring_pos_slot(old) == evring_pos_slot(pos) && !(pos & EVRING_POS_FULL))
		reserved(cpu, old, pos);
	else
		ex_fail("position: from %#llx to %#llx", (unsigned long long)old,
			(unsigned long long)pos);
}

/* --- slots -------------------------------------------------------------------------------------- */

/* Does a gating reader still want what is in the block? */
static void must_not_be_kept(uint32_t s)
{
	const struct slot_book *b = &book.slot[s];
	uint32_t reader;

	for (reader = 0; reader < EX_READERS; reader++)
		if (book.reader[reader].gating && b->seq_end > book.reader[reader].kept[b->owner])
			ex_fail("gating: block %u is taken, reader%u has cpu%u's records to %llu of %llu",
				s, reader, b->owner,
				(unsigned long long)book.reader[reader].kept[b->owner],
				(unsigned long long)b->seq_end);
}

static void claimed(uint32_t s, uint64_t value)
{
	struct slot_book *b = &book.slot[s];
	const struct evring_range *range;
	uint64_t hand, gen = value >> 1;

	running("claim");
	range = ring->cpus[ex_actor()].range;
	if ((s - range->first) >> range->shift)
		ex_fail("owner: cpu%u claims block %u out of its range", ex_actor(), s);
	if (!(value & EVRING_SLOT_BUSY))
		ex_fail("owner: block %u is swapped to free", s);
	if (b->busy)
		ex_fail("owner: cpu%u claims block %u, which is cpu%u's", ex_actor(), s, b->owner);
	if (gen <= b->gen || (gen & (ring->nblocks - 1)) != s)
		ex_fail("generation: %llu for block %u after %llu", (unsigned long long)gen, s,
			(unsigned long long)b->gen);
	must_not_be_kept(s);
	/* The hand that was swapped for. */
	hand = gen / ring->nblocks << range->shift | (s - range->first);
	if (hand - b->freed < 1ULL << range->shift >> 1)
		ex_fail("young: block %u was freed %llu claims ago", s,
			(unsigned long long)(hand - b->freed));
	if (b->used && b->seq_end > book.cpu[b->owner].gone)
		book.cpu[b->owner].gone = b->seq_end;
	b->used = false;
	b->gen = gen;
	b->owner = ex_actor();
	b->busy = true;
	b->filled = false;
	b->end = 0;
	b->pub = 0;
	b->seq_end = 0;
	note_blocks();
}

/* Whoever is at work in a block must be done before it is closed. */
static void freed(uint32_t s, uint64_t value)
{
	struct slot_book *b = &book.slot[s];
	struct cpu_book *c = running("close");
	uint32_t i;

	if (value & EVRING_SLOT_BUSY)
		ex_fail("owner: block %u is stored as busy", s);
	if (!b->busy)
		ex_fail("closed-once: block %u is closed again by cpu%u", s, ex_actor());
	if (b->owner != ex_actor())
		ex_fail("owner: cpu%u closes block %u, which is cpu%u's", ex_actor(), s, b->owner);
	for (i = 0; i < c->depth; i++)
		if (c->stack[i].reserved && c->stack[i].slot == s && c->stack[i].gen == b->gen &&
		    !complete(&c->stack[i]))
			ex_fail("closed-early: block %u, with a writer at work in it", s);
	if (b->end != b->pub)
		ex_fail("closed-early: block %u, published to %u of %u", s, b->pub, b->end);
	if (ring->index[s].gen && !(ring->index[s].pub & EVRING_POS_FULL))
		ex_fail("closed-early: block %u, without FULL", s);
	if (evring_pos_slot(ring->cpus[ex_actor()].w) == s &&
	    !(ring->cpus[ex_actor()].w & EVRING_POS_FULL))
		ex_fail("closed-early: block %u, still open", s);
	b->busy = false;
	b->freed = value >> 1;
	note_blocks();
}

/* --- blocks and their index entries ---------------------------------------------------------------- */

static void must_own(uint32_t s, const char *doing)
{
	struct slot_book *b = &book.slot[s];

	running(doing);
	if (book.frozen)
		ex_fail("frozen: cpu%u stores %s of block %u", ex_actor(), doing, s);
	if (!b->busy)
		ex_fail("owner: cpu%u stores %s of block %u, which is free", ex_actor(), doing, s);
	if (b->owner != ex_actor())
		ex_fail("owner: cpu%u stores %s of block %u, which is cpu%u's", ex_actor(), doing,
			s, b->owner);
}

static void published(uint32_t s, uint64_t pos)
{
	struct cpu_book *c = running("pub");
	struct slot_book *b = &book.slot[s];
	uint32_t i, head = evring_pos_bytes(pos);

	if (evring_pos_slot(pos) != s)
		ex_fail("pub: block %u gets the position %#llx", s, (unsigned long long)pos);
	if (head < b->pub)
		ex_fail("pub: block %u goes back from %u to %u", s, b->pub, head);
	if (head > b->end)
		ex_fail("uncommitted: block %u is published to %u of %u", s, head, b->end);
	for (i = 0; i < c->depth; i++) {
		const struct attempt *a = &c->stack[i];

		if (a->reserved && a->slot == s && a->gen == b->gen && a->from < head &&
		    !complete(a))
			ex_fail("uncommitted: a record is published before it is complete");
	}
	b->pub = head;
}

static void wrote_index(uint32_t s, uint32_t field, uint64_t value)
{
	/* The hint may hit a block that has just gone to another CPU: readers find out. */
	if (field == offsetof(struct evring_index, next_slot))
		return;
	must_own(s, "the index entry");
	if (field == offsetof(struct evring_index, pub))
		published(s, value);
	if (field != offsetof(struct evring_index, gen))
		return;
	if (value && value != book.slot[s].gen)
		ex_fail("generation: %llu in the entry, %llu is claimed", (unsigned long long)value,
			(unsigned long long)book.slot[s].gen);
	book.slot[s].filled = value != 0;
}

static void wrote_data(uint32_t s, uint32_t at)
{
	struct cpu_book *c = running("data");
	struct attempt *a = innermost(c, "data");

	must_own(s, "data");
	if (!a->reserved || a->slot != s || a->gen != book.slot[s].gen || at < a->from ||
	    at >= a->to)
		ex_fail("overlap: block %u at %u, outside of the record reserved", s, at);
	if (at < book.slot[s].pub)
		ex_fail("uncommitted: block %u at %u is written after it was published", s, at);
	a->missing &= ~(1ULL << ((at - a->from) / 8));
}

static void wrote_slot(uint32_t s, uint32_t field, uint64_t value)
{
	if (field == offsetof(struct evring_slot, state))
		freed(s, value);
	else
		must_own(s, "the slot");
}

/* --- what the hooks tell -------------------------------------------------------------------------------- */

static bool is_hand(const volatile void *p)
{
	uint32_t cpu;

	for (cpu = 0; cpu < ring->ncpus; cpu++)
		if (p == &ring->cpus[cpu].range->hand)
			return true;
	return false;
}

static bool within(const volatile void *p, const void *base, size_t size, size_t *at)
{
	*at = (size_t)((const volatile char *)p - (const char *)base);
	return *at < size;
}

void ex_oracle_store(const volatile void *p, uint64_t value)
{
	size_t at;

	if (within(p, ring->cpus, ring->ncpus * sizeof(*ring->cpus), &at))
		note_blocks(); /* the floor, perhaps */
	else if (within(p, ring->data, (size_t)ring->nblocks << ring->block_shift, &at))
		wrote_data((uint32_t)(at >> ring->block_shift),
			   (uint32_t)at & ((1U << ring->block_shift) - 1));
	else if (within(p, ring->index, ring->nblocks * sizeof(*ring->index), &at))
		wrote_index((uint32_t)(at / sizeof(*ring->index)),
			    (uint32_t)(at % sizeof(*ring->index)), value);
	else if (within(p, ring->slots, ring->nblocks * sizeof(*ring->slots), &at))
		wrote_slot((uint32_t)(at / sizeof(*ring->slots)),
			   (uint32_t)(at % sizeof(*ring->slots)), value);
	else if (within(p, ring->cpus[0].line, ring->ncpus * sizeof(struct evring_line), &at) &&
		 at / sizeof(struct evring_line) != ex_actor())
		ex_fail("foreign: a store to cpu%zu's line", at / sizeof(struct evring_line));
	else if (is_hand(p))
		ex_fail("hand: it is stored to");
}

void ex_oracle_swap(const volatile void *p, uint64_t old, uint64_t value)
{
	size_t at;

	if (within(p, ring->cpus, ring->ncpus * sizeof(*ring->cpus), &at) &&
	    at % sizeof(*ring->cpus) == offsetof(struct evring_cpu, w))
		moved((uint32_t)(at / sizeof(*ring->cpus)), old, value);
	else if (within(p, ring->slots, ring->nblocks * sizeof(*ring->slots), &at) &&
		 at % sizeof(*ring->slots) == offsetof(struct evring_slot, state))
		claimed((uint32_t)(at / sizeof(*ring->slots)), value);
	else if (is_hand(p) && value != old + 1)
		ex_fail("hand: from %llu to %llu", (unsigned long long)old,
			(unsigned long long)value);
}

/* --- gating and freezing ------------------------------------------------------------------------------ */

static void keep_from(uint32_t reader, const __u64 *seqs)
{
	uint32_t cpu;

	for (cpu = 0; cpu < ring->ncpus; cpu++) {
		if (seqs[cpu] > book.cpu[cpu].reserved)
			ex_fail("gating: reader%u is at %llu of cpu%u, which has %u", reader,
				(unsigned long long)seqs[cpu], cpu, book.cpu[cpu].reserved);
		if (!book.reader[reader].gating || seqs[cpu] > book.reader[reader].kept[cpu])
			book.reader[reader].kept[cpu] = seqs[cpu];
	}
	book.reader[reader].gating = true;
}

/* While no reader is at it, each floor is the least of all gating readers. */
static void judge_floors(void)
{
	uint32_t cpu, reader;

	for (reader = 0; reader < EX_READERS; reader++)
		if (book.reader[reader].moving || book.reader[reader].acks)
			return;
	for (cpu = 0; cpu < ring->ncpus; cpu++) {
		uint64_t floor = ~0ULL;

		for (reader = 0; reader < EX_READERS; reader++) {
			const struct reader_book *b = &book.reader[reader];

			if (b->gating && b->kept[cpu] < floor)
				floor = b->kept[cpu];
		}
		if (ring->cpus[cpu].floor != floor)
			ex_fail("floor: cpu%u's is %lld, not %lld", cpu,
				(long long)ring->cpus[cpu].floor, (long long)floor);
	}
}

/* GATE: a reader begins to join or to leave. */
void ex_oracle_gate(uint32_t reader, bool leave)
{
	ex_event();
	book.reader[reader].moving = true;
	if (leave)
		book.reader[reader].gating = false;
}

/* It has; if it joined, nothing is lost from @seqs on. */
void ex_oracle_gated(uint32_t reader, const void *seqs)
{
	ex_event();
	note_blocks();
	book.reader[reader].moving = false;
	if (seqs)
		keep_from(reader, seqs);
	judge_floors();
}

/* An acknowledgment has returned. */
void ex_oracle_ack_over(uint32_t reader)
{
	ex_event();
	book.reader[reader].acks = false;
	judge_floors();
}

void ex_oracle_acked(uint32_t reader, const void *seqs)
{
	ex_event();
	book.reader[reader].acks = true;
	if (book.reader[reader].gating)
		keep_from(reader, seqs);
}

/* Nobody is at work in a block of a frozen ring, and nothing in it changes. */
void ex_oracle_frozen(bool frozen)
{
	uint32_t s;

	ex_event();
	book.frozen = frozen;
	for (s = 0; frozen && s < ring->nblocks; s++)
		if (book.slot[s].busy)
			ex_fail("frozen: block %u is cpu%u's", s, book.slot[s].owner);
}

/* --- at the end -------------------------------------------------------------------------------------------- */

static void quiet_cpu(uint32_t cpu)
{
	struct cpu_book *c = &book.cpu[cpu];
	const struct evring_line *line = ring->cpus[cpu].line;
	uint64_t w = ring->cpus[cpu].w;
	uint32_t s = evring_pos_slot(w);

	if (c->depth)
		ex_fail("explorer: cpu%u is not done", cpu);
	if (c->accepted + c->dropped != c->attempted || c->accepted != c->reserved)
		ex_fail("account: cpu%u attempted %u, accepted %u, dropped %u, reserved %u", cpu,
			c->attempted, c->accepted, c->dropped, c->reserved);
	if (evring_ring_drops(ring, cpu) != c->dropped)
		ex_fail("account: cpu%u counts %llu drops of %u", cpu,
			(unsigned long long)evring_ring_drops(ring, cpu), c->dropped);
	if (evring_ring_head(ring, cpu) != c->accepted)
		ex_fail("account: cpu%u has its head at %llu of %u", cpu,
			(unsigned long long)evring_ring_head(ring, cpu), c->accepted);
	if (evring_pos_slot(line->cur) != s || ((line->cur ^ w) & EVRING_POS_FULL))
		ex_fail("line: cpu%u's tells %#llx, it is at %#llx", cpu,
			(unsigned long long)line->cur, (unsigned long long)w);
	if ((w & EVRING_POS_FULL) && line->total != c->accepted)
		ex_fail("line: cpu%u's tells a total of %llu of %u", cpu,
			(unsigned long long)line->total, c->accepted);
	if (!(w & EVRING_POS_FULL) && ring->index[s].pub != w)
		ex_fail("invisible: cpu%u is at %#llx, published to %#llx", cpu,
			(unsigned long long)w, (unsigned long long)ring->index[s].pub);
}

static void quiet_slot(uint32_t s)
{
	const struct slot_book *b = &book.slot[s];
	const struct evring_index *e = &ring->index[s];
	const u8 *block = ring->data + ((size_t)s << ring->block_shift);
	uint32_t at, head = evring_pos_bytes(e->pub);
	uint64_t w;

	if (b->busy) {
		w = ring->cpus[b->owner].w;
		if (evring_pos_slot(w) != s || (w & EVRING_POS_FULL))
			ex_fail("busy: block %u is left to cpu%u", s, b->owner);
	}
	for (at = 0; e->gen && at < head; ) {
		const struct evring_record *record = (const void *)(block + at);

		if (record->time < e->ts_begin || (!b->busy && record->time > e->ts_end))
			ex_fail("time: a record in block %u is out of its bounds", s);
		at += (record->size + 7U) & ~7U;
	}
}

void ex_oracle_quiet(void)
{
	uint32_t cpu, s;

	for (cpu = 0; cpu < ring->ncpus; cpu++)
		quiet_cpu(cpu);
	for (s = 0; s < ring->nblocks; s++)
		quiet_slot(s);
}

/* --- what readers tell --------------------------------------------------------------------------------------- */

static const struct fate *expected(uint32_t reader, uint32_t cpu, uint64_t seq)
{
	if (cpu >= ring->ncpus || seq != book.reader[reader].seq[cpu])
		ex_fail("order: reader%u gets %llu of cpu%u, not %llu", reader,
			(unsigned long long)seq, cpu,
			(unsigned long long)book.reader[reader].seq[cpu]);
	if (seq >= book.cpu[cpu].reserved)
		ex_fail("uncommitted: reader%u gets %llu of cpu%u, which has %u", reader,
			(unsigned long long)seq, cpu, book.cpu[cpu].reserved);
	return &book.cpu[cpu].fates[seq];
}

uint64_t ex_oracle_seq(uint32_t reader, uint32_t cpu)
{
	return book.reader[reader].seq[cpu];
}

/* A reader begins to look for the oldest record: where is each CPU? */
void ex_oracle_seek(uint32_t reader)
{
	uint32_t cpu;

	ex_event();
	for (cpu = 0; cpu < ring->ncpus; cpu++)
		book.reader[reader].sought[cpu] = book.cpu[cpu].accepted;
}

/* It is at @seq of a CPU, after @drops. What came meanwhile was not skipped, unless it is gone. */
void ex_oracle_sought(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t drops)
{
	struct reader_book *b = &book.reader[reader];

	ex_event();
	if (seq > b->sought[cpu] && seq > book.cpu[cpu].gone)
		ex_fail("oldest: reader%u is at %llu of cpu%u, which had %llu and lost what is before %llu",
			reader, (unsigned long long)seq, cpu, (unsigned long long)b->sought[cpu],
			(unsigned long long)book.cpu[cpu].gone);
	b->seq[cpu] = seq;
	b->time[cpu] = 0;
	b->received[cpu] = seq;
	b->discarded[cpu] = 0;
	b->overrun[cpu] = 0;
	b->dropped[cpu] = drops;
}

void ex_oracle_got(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t time, const void *payload,
		   uint32_t len)
{
	const struct fate *fate = expected(reader, cpu, seq);
	struct reader_book *b = &book.reader[reader];
	uint8_t bytes[512];

	if (len != ex_payload(cpu, fate->n, fate->what, bytes) || memcmp(bytes, payload, len))
		ex_fail("payload: reader%u, record %llu of cpu%u is not what was emitted", reader,
			(unsigned long long)seq, cpu);
	if (fate->discarded)
		ex_fail("payload: reader%u gets what was discarded", reader);
	if (time <= b->time[cpu])
		ex_fail("time: reader%u, record %llu of cpu%u is older than the one before", reader,
			(unsigned long long)seq, cpu);
	b->time[cpu] = time;
	b->seq[cpu]++;
	b->received[cpu]++;
}

void ex_oracle_padding(uint32_t reader, uint32_t cpu, uint64_t seq)
{
	if (!expected(reader, cpu, seq)->discarded)
		ex_fail("account: reader%u skips record %llu of cpu%u", reader,
			(unsigned long long)seq, cpu);
	book.reader[reader].seq[cpu]++;
	book.reader[reader].discarded[cpu]++;
}

void ex_oracle_lost(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t count)
{
	expected(reader, cpu, seq);
	if (!count || seq + count > book.cpu[cpu].reserved)
		ex_fail("account: reader%u loses %llu from %llu of cpu%u, which has %u", reader,
			(unsigned long long)count, (unsigned long long)seq, cpu,
			book.cpu[cpu].reserved);
	if (seq + count > book.cpu[cpu].gone)
		ex_fail("overrun: reader%u loses to %llu of cpu%u, which are there from %llu on",
			reader, (unsigned long long)(seq + count), cpu,
			(unsigned long long)book.cpu[cpu].gone);
	if (book.reader[reader].gating && seq + count > book.reader[reader].kept[cpu])
		ex_fail("gating: reader%u loses records %llu to %llu of cpu%u", reader,
			(unsigned long long)seq, (unsigned long long)(seq + count), cpu);
	book.reader[reader].seq[cpu] += count;
	book.reader[reader].overrun[cpu] += count;
}

void ex_oracle_dropped(uint32_t reader, uint32_t cpu, uint64_t count)
{
	book.reader[reader].dropped[cpu] += count;
}

/* The identity of the design, I4. */
void ex_oracle_complete(uint32_t reader, const char *who)
{
	const struct reader_book *b = &book.reader[reader];
	uint32_t cpu;

	for (cpu = 0; cpu < ring->ncpus; cpu++) {
		uint64_t sum = b->received[cpu] + b->discarded[cpu] + b->overrun[cpu];

		if (sum != book.cpu[cpu].accepted || b->dropped[cpu] != book.cpu[cpu].dropped)
			ex_fail("account: reader%u (%s): received %llu, discarded %llu, overrun %llu, dropped %llu of cpu%u, which accepted %u and dropped %u",
				reader, who, (unsigned long long)b->received[cpu],
				(unsigned long long)b->discarded[cpu],
				(unsigned long long)b->overrun[cpu],
				(unsigned long long)b->dropped[cpu], cpu, book.cpu[cpu].accepted,
				book.cpu[cpu].dropped);
	}
}
