// SPDX-License-Identifier: GPL-2.0
/*
 * A message is the line that the format makes, without its newline; a JSON object begins with
 * the machine and the channel, which no other line would tell. Its id (message.h) is the same
 * whoever publishes the event and however often. So is that of drops, which all readers are
 * told alike; what was overrun is a reader's own, and its id has when that began.
 */
#define _GNU_SOURCE
#include "publish.h"

#include "clock.h"
#include "courier.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct publish - the sink.
 * @sink: what others know of it.
 * @courier: brings the messages.
 * @counts: what became of them, at the end.
 * @format: makes a line.
 * @decoder: knows what is in records.
 * @origin: the channel, as ids begin.
 * @head: what a JSON object begins with; empty: it is no JSON.
 * @wall: wall time is known, @wall_offset makes it.
 * @wall_offset: nanoseconds to add to the channel's clock.
 * @last_wall: wall time of the last record: that of a loss, which has none.
 * @drop_cpu: CPU of the last drops.
 * @drop_seq: and their sequence number.
 * @drop_again: how often drops at that place have been told before.
 * @run: when this run began, for ids of what was overrun.
 * @url: where to.
 * @quiet: do not tell how it went.
 * @line: the line being made.
 */
struct publish {
	struct sink sink;
	struct courier courier;
	struct courier_counts counts;
	format_fn format;
	const struct decoder *decoder;
	char origin[POSITION_ORIGIN_MAX];
	char head[192];
	bool wall;
	uint64_t wall_offset;
	uint64_t last_wall;
	uint32_t drop_cpu;
	uint64_t drop_seq;
	unsigned int drop_again;
	uint64_t run;
	const char *url;
	bool quiet;
	struct line line;
};

static struct publish *publish_of(struct sink *sink)
{
	return (struct publish *)(void *)((char *)sink - offsetof(struct publish, sink));
}

static int noted(struct publish *p, int rc)
{
	if (rc && !p->sink.error)
		p->sink.error = rc;
	return rc;
}

static void make_loss_id(struct publish *p, char *id, size_t size, const struct evring_event *ev)
{
	unsigned long long seq = ev->seq, count = ev->count;

	if (ev->kind == EVRING_OVERRUN) {
		snprintf(id, size, "%s:%u:%llu:overrun:%llu:%llu", p->origin, ev->cpu, seq, count,
			 (unsigned long long)p->run);
		return;
	}
	p->drop_again = ev->cpu == p->drop_cpu && ev->seq == p->drop_seq ? p->drop_again + 1 : 0;
	p->drop_cpu = ev->cpu;
	p->drop_seq = ev->seq;
	snprintf(id, size, "%s:%u:%llu:dropped:%llu:%u", p->origin, ev->cpu, seq, count,
		 p->drop_again);
}

/* The line without its newline, and the head in front. */
static struct message *make_message(struct publish *p, const char *id)
{
	size_t head = strlen(p->head), skip = head ? 1 : 0, len = p->line.len;
	struct message *m;
	char *to;

	if (len && p->line.data[len - 1] == '\n')
		len--;
	m = message_create(id, p->last_wall, NULL, head + len - skip);
	if (!m)
		return NULL;
	to = m->bytes + m->id_len + 1;
	memcpy(to, p->head, head);
	memcpy(to + head, p->line.data + skip, len - skip);
	return m;
}

static int publish_event(struct sink *sink, const struct event_type *t,
			 const struct evring_event *ev, const struct stamp *stamp)
{
	struct publish *p = publish_of(sink);
	struct stamp with_wall = *stamp;
	char id[MESSAGE_ID_MAX];
	struct message *m;

	if (stamp->known && p->wall)
		p->last_wall = with_wall.wall = stamp->ns + p->wall_offset;
	if (ev->kind == EVRING_RECORD)
		snprintf(id, sizeof(id), "%s:%u:%llu", p->origin, ev->cpu,
			 (unsigned long long)ev->seq);
	else
		make_loss_id(p, id, sizeof(id), ev);
	p->line.len = 0;
	p->format(&p->line, p->decoder, t, ev, &with_wall);
	m = make_message(p, id);
	if (!m)
		return noted(p, -ENOMEM);
	p->sink.taken += m->len;
	return noted(p, courier_take(&p->courier, m));
}

static int publish_flush(struct sink *sink)
{
	struct publish *p = publish_of(sink);

	return noted(p, courier_flush(&p->courier));
}

static int publish_settle(struct sink *sink)
{
	struct publish *p = publish_of(sink);

	return noted(p, courier_settle(&p->courier));
}

static int publish_close(struct sink *sink)
{
	struct publish *p = publish_of(sink);
	const struct courier_counts *n = &p->counts;

	noted(p, courier_close(&p->courier, &p->counts));
	p->sink.written = p->sink.taken;
	if (!p->quiet)
		fprintf(stderr, "evlog: %s: %llu stored, %llu were there, %llu in the spool, %llu not delivered, %llu connections\n",
			p->url, (unsigned long long)n->stored, (unsigned long long)n->duplicates,
			(unsigned long long)n->left, (unsigned long long)n->lost,
			(unsigned long long)n->connections);
	return p->sink.error;
}

/* What the courier could not do it has told. */
static void publish_explain(const struct sink *sink, int error)
{
	const struct publish *p = publish_of((struct sink *)(uintptr_t)sink);

	if (error == -ENOMEM || error == -ECANCELED)
		fprintf(stderr, "evlog: --to %s: %s\n", p->url, error == -ENOMEM ? "no memory" :
			"ended by a signal while events waited for the server");
}

/* Threads of the library may still look at it. */
static void publish_free(struct sink *sink)
{
	(void)sink;
}

static const struct sink_ops publish_ops = {
	.event = publish_event,
	.flush = publish_flush,
	.settle = publish_settle,
	.close = publish_close,
	.explain = publish_explain,
	.free = publish_free,
};

/* BOOT:CHANNEL@CREATED */
static void make_origin(struct publish *p, const struct evring_control *c)
{
	size_t i, at = 0;

	for (i = 0; i < sizeof(c->boot_id); i++)
		at += (size_t)snprintf(p->origin + at, sizeof(p->origin) - at, "%02x",
				       c->boot_id[i]);
	snprintf(p->origin + at, sizeof(p->origin) - at, ":%.*s@%llu", EVRING_NAME_SIZE, c->name,
		 (unsigned long long)c->created_mono);
}

/* Names of channels and machines have no characters that JSON minds. */
static void make_head(struct publish *p, const struct evring_control *c)
{
	snprintf(p->head, sizeof(p->head), "{\"host\":\"%s\",\"channel\":\"%.*s\",",
		 p->courier.nats.host, EVRING_NAME_SIZE, c->name);
}

/* Where an earlier run ended; what was overrun since is told as a loss. */
static void resume(struct publish *p, struct session *s)
{
	const struct position *at = &p->courier.position;
	uint32_t cpu;

	if (!s->opt.spool || s->opt.latest || s->opt.last_ns)
		return;
	for (cpu = 0; cpu < at->ncpus; cpu++)
		if (at->next[cpu])
			evring_seek_seq(&s->ring, cpu, at->next[cpu]);
}

struct sink *publish_open(struct session *s)
{
	static struct publish the;
	struct publish *p = &the;
	struct courier_options opt = {
		.nats = s->opt.to, .spool = s->opt.spool, .spool_size = s->opt.spool_size,
		.origin = p->origin, .ncpus = s->control->ncpus, .quiet = s->opt.quiet,
	};

	p->sink.ops = &publish_ops;
	p->format = strcmp(s->opt.format->name, "json") ? format_text : format_json;
	p->decoder = &s->decoder;
	p->url = s->opt.to.url;
	p->quiet = s->opt.quiet;
	p->run = clock_ns(CLOCK_REALTIME);
	p->drop_cpu = UINT32_MAX;
	p->wall = clock_has_time(s->control) &&
		  clock_to_wall(s->control, !s->image, &p->wall_offset);
	make_origin(p, s->control);
	if (courier_open(&p->courier, &opt))
		return NULL;
	if (p->format == format_json)
		make_head(p, s->control);
	resume(p, s);
	return &p->sink;
}

int publish_tell(const struct session *s)
{
	static struct nats n;

	if (nats_open(&n, &s->opt.to, NULL, false) || nats_connect(&n)) {
		fprintf(stderr, "evlog: --to %s: %s\n", s->opt.to.url, n.why);
		return -1;
	}
	nats_disconnect(&n);
	printf("would publish %s to %s, stream %s", s->opt.format->name, s->opt.to.url, n.stream);
	if (s->opt.spool)
		printf(", with a spool of %llu MiB in %s",
		       (unsigned long long)s->opt.spool_size >> 20, s->opt.spool);
	printf("\n");
	return 0;
}
