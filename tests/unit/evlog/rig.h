/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rig: a run of evlog over a channel that is a test double, as source.c makes one over a device.
 * Who includes it defines EVRING_DOUBLE_IMPLEMENTATION and includes evring_double.h before.
 */
#ifndef EVLOG_RIG_H
#define EVLOG_RIG_H

#include "session.h"
#include "signals.h"
#include "sink.h"

#include <stdlib.h>

/**
 * rig_open() - make the run ready whose options, and whether it is lossless, are set.
 * @open: makes its sink.
 *
 * Return: 0, or 1.
 */
static int rig_open(struct session *s, struct evring_double *channel,
		    struct sink *(*open)(struct session *s))
{
	struct evring_opts opts = {
		.size = sizeof(opts),
		.flags = s->lossless ? EVRING_OPT_WRITABLE | EVRING_OPT_LOSSLESS |
				       EVRING_OPT_MANUAL_ACK : 0,
	};
	struct decode_source source = { .fd = -1, .known = filter_type, .ctx = &s->filter };

	s->stop_fd = signals_open();
	if (evring_double_attach(channel, &s->ring, &opts))
		return 1;
	s->control = evring_control_page(&s->ring);
	s->cpus = calloc(s->control->ncpus, sizeof(*s->cpus));
	s->filter.opt = &s->opt;
	if (!s->cpus || decode_open(&s->decoder, &source) ||
	    filter_open(&s->filter, &s->opt, &s->decoder))
		return 1;
	s->sink = open(s);
	s->follow = s->paced = true;
	s->end_ns = UINT64_MAX;
	s->ack_step = s->control->data_size / 16;
	return !s->sink;
}

#endif /* EVLOG_RIG_H */
