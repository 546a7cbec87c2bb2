// SPDX-License-Identifier: GPL-2.0
/*
 * The consumer header's loads and fences, one function for each, as a compiler makes
 * them; codegen.awk looks at the result. Compiled, never run.
 *
 * Arguments are chosen so that registers tell what a load is of: what the mapping holds
 * of records is at *x0, the block's generation at *x1.
 */
#include "evring.h"

bool entry(const struct evring *r, uint32_t slot, struct evring_index *copy);
bool head(const struct evring *r, struct evring_cursor_ *c);
uint64_t cur(const struct evring *r, uint32_t cpu);
bool copy(const void *data, const __u64 *genp, uint64_t gen, void *to);
bool copy_any(const void *data, const __u64 *genp, uint64_t gen, void *to, uint32_t len);
bool look(const struct evring_record *data, const __u64 *genp, uint64_t gen,
	  struct evring_event *ev);
bool in_place(const uint64_t *data, const __u64 *genp, uint64_t gen, uint64_t *sum);
bool follow(struct evring *r, struct evring_cursor_ *c);
int gather(struct evring *r, struct evring_cursor_ *c, int64_t next);
int run(struct evring *r, uint64_t *sum);

/* C', C: gen, the entry, gen. */
bool entry(const struct evring *r, uint32_t slot, struct evring_index *copy)
{
	return evring_entry_(r, slot, copy);
}

/* A, C: pub, gen. */
bool head(const struct evring *r, struct evring_cursor_ *c)
{
	return evring_head_(r, c);
}

/* B. */
uint64_t cur(const struct evring *r, uint32_t cpu)
{
	return evring_cur_(r, cpu);
}

/* C: a payload of known size, which is copied in line. */
bool copy(const void *data, const __u64 *genp, uint64_t gen, void *to)
{
	evring_copy_(to, data, 64);
	return evring_unchanged_(genp, gen);
}

/* C: of any size, by a call. */
bool copy_any(const void *data, const __u64 *genp, uint64_t gen, void *to, uint32_t len)
{
	evring_copy_(to, data, len);
	return evring_unchanged_(genp, gen);
}

/* C: a record's header. */
bool look(const struct evring_record *data, const __u64 *genp, uint64_t gen,
	  struct evring_event *ev)
{
	struct evring_cursor_ c;

	memset(&c, 0, sizeof(c));
	evring_fill_(&c, data, evring_record_len_(data), ev);
	return evring_unchanged_(genp, gen);
}

/* C: a payload used in place by the program's own plain loads. */
bool in_place(const uint64_t *data, const __u64 *genp, uint64_t gen, uint64_t *sum)
{
	uint64_t total = data[0] + data[1] * data[2];
	bool whole = evring_unchanged_(genp, gen);

	*sum = total;
	return whole;
}

/* C', A, C: gen, the entry and pub, gen. */
bool follow(struct evring *r, struct evring_cursor_ *c)
{
	return evring_follow_(r, c);
}

/* C: what evring_next() copies. */
int gather(struct evring *r, struct evring_cursor_ *c, int64_t next)
{
	return evring_gather_(r, c, next);
}

/* A whole run, in place. */
int run(struct evring *r, uint64_t *sum)
{
	const struct evring_record *record;
	struct evring_batch b;
	uint64_t total = 0;

	if (evring_batch_begin(r, &b) != 1)
		return 0;
	while ((record = evring_batch_next(&b)))
		total += *(const uint64_t *)(const void *)(record + 1);
	*sum = total;
	return evring_batch_end(r, &b);
}
