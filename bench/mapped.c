// SPDX-License-Identifier: GPL-2.0
/* Backends that read the mapping, by the consumer header. */
#include "backend.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_LOSS	2	/* evring_batch_begin(): a loss instead of records */

static int mapped_prepare(struct consumer *c)
{
	const struct evring_opts opts = {
		.size = sizeof(opts),
		.start = EVRING_SEEK_LATEST,
		.flags = c->backend->flags,
	};
	int err;

	if (c->backend->buffer) {
		c->buffer = aligned_alloc(4096, c->backend->buffer);
		if (!c->buffer)
			return fail("no memory");
	}
	err = evring_open(&c->ring, c->path, &opts);
	if (err)
		return fail("%s: %s", c->path, evring_explain(err));
	c->mapped = true;
	return 0;
}

static int mapped_seek(struct consumer *c, enum evring_whence whence)
{
	int err = evring_seek(&c->ring, whence, 0);

	return err ? fail("%s: seek: %s", c->path, evring_explain(err)) : 0;
}

static int mapped_watermark(struct consumer *c, uint64_t bytes, uint64_t usecs)
{
	int err = evring_watermark(&c->ring, bytes, usecs);

	return err ? fail("%s: watermark: %s", c->path, evring_explain(err)) : 0;
}

static int mapped_wait(struct consumer *c, int ms)
{
	int err = evring_wait(&c->ring, ms);

	return err < 0 && err != -EINTR ? fail("%s: wait: %s", c->path, evring_explain(err)) : 0;
}

static void mapped_finish(struct consumer *c)
{
	if (c->mapped)
		evring_close(&c->ring);
	c->mapped = false;
}

const struct access mapped_access = {
	.prepare = mapped_prepare,
	.seek = mapped_seek,
	.watermark = mapped_watermark,
	.wait = mapped_wait,
	.finish = mapped_finish,
};

/*
 * The header counts what it delivers: nothing but the sum is left to us. @got is
 * what ended the run.
 */
static int finish_run(struct consumer *c, uint64_t sum, int got, struct tally *t)
{
	struct evring_stats now;

	if (got < 0)
		return fail("%s: %s", c->path, evring_explain(got));
	evring_get_stats(&c->ring, &now);
	t->records += now.received - c->seen.received;
	t->discarded += now.discarded - c->seen.discarded;
	t->overrun += now.overrun - c->seen.overrun;
	t->dropped += now.dropped - c->seen.dropped;
	t->sum += sum;
	c->seen = now;
	return 0;
}

/** mapped_run_inplace() - look at records where they are. */
int mapped_run_inplace(struct consumer *c, struct tally *t)
{
	const struct evring_record *rec;
	struct evring_batch batch;
	uint64_t total = 0, sum;
	int got;

	while ((got = evring_batch_begin(&c->ring, &batch)) > 0) {
		if (got == BATCH_LOSS)
			continue;
		sum = 0;
		while ((rec = evring_batch_next(&batch)))
			sum += record_word(rec + 1);
		if (evring_batch_end(&c->ring, &batch) == 1)
			total += sum;
	}
	return finish_run(c, total, got, t);
}

/** mapped_run_copy() - copy each payload out, and look at the copy. */
int mapped_run_copy(struct consumer *c, struct tally *t)
{
	const struct evring_record *rec;
	struct evring_batch batch;
	uint64_t total = 0, sum;
	char *to;
	int got;

	while ((got = evring_batch_begin(&c->ring, &batch)) > 0) {
		if (got == BATCH_LOSS)
			continue;
		sum = 0;
		to = c->buffer;
		while ((rec = evring_batch_next(&batch))) {
			memcpy(to, rec + 1, batch.len);
			sum += record_word(to);
			to += (batch.len + 7U) & ~7U;
		}
		if (evring_batch_end(&c->ring, &batch) == 1)
			total += sum;
	}
	return finish_run(c, total, got, t);
}

/** mapped_run_next() - one event at a time, in time order. */
int mapped_run_next(struct consumer *c, struct tally *t)
{
	struct evring_event ev;
	uint64_t sum = 0;
	int got;

	while ((got = evring_next(&c->ring, &ev)) > 0)
		if (ev.kind == EVRING_RECORD)
			sum += record_word(ev.payload);
	return finish_run(c, sum, got, t);
}
