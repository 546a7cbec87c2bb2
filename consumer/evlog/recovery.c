// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "recovery.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the entry can be true at all. */
static bool plausible(const struct log *l, uint32_t slot)
{
	const struct evring_index *e = log_entry(l, slot);

	return e->cpu < l->control->ncpus && !(e->seq_first >> 63) &&
	       evring_pos_slot(e->pub) == slot &&
	       evring_pos_bytes(e->pub) <= l->control->block_size;
}

/* Cuts a block off after its last whole record, or gives it up. */
static int mend_block(struct log *l, uint32_t slot, unsigned char *buffer, struct recovery *found)
{
	struct evring_index *e = log_entry(l, slot);
	uint32_t told = evring_pos_seq(e->pub) - (uint32_t)e->seq_first;
	uint32_t bytes = evring_pos_bytes(e->pub);
	struct run run = { 0 };
	ssize_t n;

	if (plausible(l, slot)) {
		n = pread(l->fd, buffer, bytes, (off_t)log_place(l, slot, 0));
		if (n != (ssize_t)bytes)
			return n < 0 ? -errno : -EIO;
		run_scan(buffer, bytes, &run, NULL, NULL);
	}
	if (run.records > told)
		run.records = 0;
	found->records += run.records;
	found->cut += told <= l->control->block_size / sizeof(struct evring_record) ?
		      told - run.records : 0;
	if (!run.records) {
		memset(e, 0, sizeof(*e));
		e->prev_slot = EVRING_POS_NO_SLOT;
		e->next_slot = EVRING_POS_NO_SLOT;
	} else {
		e->pub = ((e->seq_first + run.records) & 0xffffffff) << EVRING_POS_SEQ_SHIFT |
			 (uint64_t)slot << EVRING_POS_SLOT_SHIFT | EVRING_POS_FULL |
			 run.bytes >> 3;
		e->ts_end = run.youngest;
	}
	log_touch(l, slot);
	return 0;
}

static int mend_blocks(struct log *l, struct recovery *found)
{
	unsigned char *buffer = malloc(l->control->block_size);
	uint32_t slot;
	int rc = buffer ? 0 : -ENOMEM;

	for (slot = 0; slot < l->used && !rc; slot++)
		if (log_entry(l, slot)->gen)
			rc = mend_block(l, slot, buffer, found);
	free(buffer);
	return rc;
}

static uint64_t end_of(const struct evring_index *e)
{
	return evring_seq_extend(e->seq_first, evring_pos_seq(e->pub));
}

/* Slots are given out in the order of writing: of one CPU, in the order of its records. */
static void chain(struct log *l, struct appendix_line *lines)
{
	struct evring_line *line;
	struct evring_index *e;
	struct log_cpu *cpu;
	uint32_t slot, i;

	for (i = 0; i < l->control->ncpus; i++) {
		l->cpus[i].last = EVRING_POS_NO_SLOT;
		lines[i].end_seq = appendix_line(&l->appendix, i)->seq;
		log_line(l, i)->cur = (lines[i].end_seq & 0xffffffff) << EVRING_POS_SEQ_SHIFT |
				      (uint64_t)EVRING_POS_NO_SLOT << EVRING_POS_SLOT_SHIFT |
				      EVRING_POS_FULL;
		log_line(l, i)->total = lines[i].end_seq;
	}
	for (slot = 0; slot < l->used; slot++) {
		e = log_entry(l, slot);
		if (!e->gen)
			continue;
		cpu = &l->cpus[e->cpu];
		line = log_line(l, e->cpu);
		e->prev_slot = cpu->last;
		e->next_slot = EVRING_POS_NO_SLOT;
		if (cpu->last != EVRING_POS_NO_SLOT)
			log_entry(l, cpu->last)->next_slot = slot;
		cpu->last = slot;
		line->cur = e->pub;
		line->total = end_of(e);
		lines[e->cpu].end_seq = line->total;
		log_drops(l, e->cpu, e->drops, line);
	}
	for (i = 0; i < l->control->ncpus; i++)
		lines[i].end_drops = log_dropped(l, i);
}

int recovery_mend(struct log *l, struct recovery *found)
{
	struct appendix_line *lines = calloc(l->control->ncpus, sizeof(*lines));
	int rc = lines ? mend_blocks(l, found) : -ENOMEM;

	if (!rc) {
		chain(l, lines);
		rc = log_finish(l, lines);
	}
	free(lines);
	return rc;
}
