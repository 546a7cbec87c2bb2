// SPDX-License-Identifier: GPL-2.0
/* A log-linear histogram. */
#include "histogram.h"

#include <math.h>

/* How far a value must be shifted to be below 2 * HISTOGRAM_STEPS. */
static unsigned int shift_of(uint64_t value)
{
	unsigned int bits = value ? 64U - (unsigned int)__builtin_clzll(value) : 0;

	return bits > HISTOGRAM_BITS + 1 ? bits - HISTOGRAM_BITS - 1 : 0;
}

static unsigned int slot_of(uint64_t value)
{
	unsigned int shift = shift_of(value);

	return shift * HISTOGRAM_STEPS + (unsigned int)(value >> shift);
}

/* The largest value that comes into @slot. */
static uint64_t slot_top(unsigned int slot)
{
	unsigned int shift = slot < 2 * HISTOGRAM_STEPS ? 0 : slot / HISTOGRAM_STEPS - 1;
	uint64_t base = slot - shift * HISTOGRAM_STEPS;

	return (base << shift) + ((1ULL << shift) - 1);
}

/** histogram_add() - one more value. */
void histogram_add(struct histogram *h, uint64_t value)
{
	h->counts[slot_of(value)]++;
	h->total++;
	if (value > h->max)
		h->max = value;
}

/** histogram_merge() - all values of @from, too. */
void histogram_merge(struct histogram *h, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_SLOTS; i++)
		h->counts[i] += from->counts[i];
	h->total += from->total;
	if (from->max > h->max)
		h->max = from->max;
}

/**
 * histogram_percentile() - the least value that @percent of all values do not exceed.
 *
 * Never too low, at most 1/128 too high, and never above the largest. 0 without values.
 */
uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	/* 99.9 has no exact binary value: a rank that is whole must not become the next. */
	double wanted = ceil(percent * (double)h->total / 100 - 1e-6);
	uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted, seen = 0, top;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_SLOTS; i++) {
		seen += h->counts[i];
		if (seen < rank)
			continue;
		top = slot_top(i);
		return top < h->max ? top : h->max;
	}
	return h->max;
}
