// SPDX-License-Identifier: GPL-2.0
#include "trouble.h"

#include "clock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_NS	100000000ULL	/* before the first attempt */
#define LONGEST_NS	5000000000ULL	/* between two of them */
#define CALM_NS		10000000000ULL	/* so long without trouble: the next is another */

/* What may pass: room that is made, a disk or a server that comes back. */
static bool may_pass(int error)
{
	static const int errors[] = {
		ENOSPC, EDQUOT, EIO, EROFS, ENXIO, ENODATA, ENOLINK, EREMOTEIO, ESTALE, ETIMEDOUT,
	};
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (error == -errors[i])
			return true;
	return false;
}

const char *trouble_hint(int error)
{
	switch (error) {
	case -ENOSPC:
		return ": make room there";
	case -EDQUOT:
		return ": the quota is used up: make room there";
	case -EFBIG:
		return ": see ulimit -f";
	case -EROFS:
		return ": see dmesg, mount it writable again";
	default:
		return "";
	}
}

static void begin(struct trouble *t, int error, uint64_t now)
{
	t->since = now;
	t->dropped = 0;
	/* A disk that fails again and again is not asked more often for that. */
	if (!t->step || now - t->ended > CALM_NS)
		t->step = FIRST_NS;
	fprintf(stderr, "evlog: cannot write to %s: %s%s; %s until it can be written again\n",
		t->name, strerror(-error), trouble_hint(error),
		t->policy == ON_ERROR_DROP ? "events are dropped" : "waiting");
}

static void note(struct trouble *t, int error)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!t->error)
		begin(t, error, now);
	t->error = error;
	t->retry_at = now + t->step;
	t->step = 2 * t->step < LONGEST_NS ? 2 * t->step : LONGEST_NS;
}

bool trouble_wait(struct trouble *t, int error)
{
	if (t->policy != ON_ERROR_WAIT || !may_pass(error) || t->last)
		return false;
	note(t, error);
	/* The disk may be back, with most of the pause still to come when evlog is asked to end. */
	t->last = !t->pause(t->ctx, t->retry_at);
	return true;
}

bool trouble_drop(struct trouble *t, int error)
{
	if (t->policy != ON_ERROR_DROP || !may_pass(error))
		return false;
	note(t, error);
	return true;
}

bool trouble_holds(const struct trouble *t)
{
	return t->error && clock_ns(CLOCK_MONOTONIC) < t->retry_at;
}

void trouble_over(struct trouble *t)
{
	if (!t->error)
		return;
	t->error = 0;
	t->last = false;
	t->retry_at = 0;
	t->ended = clock_ns(CLOCK_MONOTONIC);
	fprintf(stderr, "evlog: %s can be written again after %.1f s", t->name,
		(double)(t->ended - t->since) / 1e9);
	if (t->policy == ON_ERROR_DROP)
		fprintf(stderr, ": %llu events were dropped", (unsigned long long)t->dropped);
	fputc('\n', stderr);
}
