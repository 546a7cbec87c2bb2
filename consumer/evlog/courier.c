// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "courier.h"

#include "clock.h"
#include "notify.h"
#include "signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS		1000000ULL
#define LOOK_NS		(50 * MS)	/* between two looks at signals, while waiting */
#define STALL_NS	(500 * MS)	/* without an acknowledgement: spool */
#define SILENCE_NS	(5000 * MS)	/* without one: the connection is of no use */
#define GRACE_NS	(5000 * MS)	/* without one, at the end: give up */
#define SAVE_NS		(500 * MS)	/* between two savings of the position */
#define RETRY_FIRST_NS	(100 * MS)
#define RETRY_MAX_NS	(5000 * MS)
#define IN_FLIGHT	1024U

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static struct message **slot(struct courier *c, uint64_t number)
{
	return &c->window[number % COURIER_WINDOW];
}

static void wait_until(struct courier *c, uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U),
	};

	pthread_cond_timedwait(&c->changed, &c->lock, &ts);
}

/* Who hands over waits so: it gets on, though it may take long, and looks at signals in between. */
static void wait_awake(struct courier *c)
{
	notify_alive();
	wait_until(c, now_ns() + LOOK_NS);
}

static bool has_room(const struct courier *c)
{
	return c->last - c->first < COURIER_WINDOW && c->bytes < COURIER_BYTES;
}

static bool stalled(const struct courier *c)
{
	return c->first < c->taken && now_ns() - c->moved_at > STALL_NS;
}

static void put_last(struct courier *c, struct message *m)
{
	*slot(c, c->last++) = m;
	c->bytes += message_size(m);
}

static void fail(struct courier *c, int error, const char *why)
{
	if (c->error)
		return;
	c->error = error;
	fprintf(stderr, "evlog: --to %s: %s\n", c->opt.nats.url, why);
	pthread_cond_broadcast(&c->changed);
}

/* --- the server's answers ------------------------------------------------------------- */

static struct message *find(struct courier *c, const char *id)
{
	uint64_t n;

	/* They come in the order in which they were sent, so the first or one near it. */
	for (n = c->first; n < c->sent; n++)
		if (!(*slot(c, n))->acked && !strcmp(message_id(*slot(c, n)), id))
			return *slot(c, n);
	return NULL;
}

static void note_stored(struct courier *c, struct message *m, uint64_t sequence, bool duplicate)
{
	m->acked = true;
	c->moved_at = c->silent_since = now_ns();
	c->limit = IN_FLIGHT;
	c->retry_ns = RETRY_FIRST_NS;
	if (sequence > c->position.sequence)
		c->position.sequence = sequence;
	if (duplicate)
		c->counts.duplicates++;
	else
		c->counts.stored++;
	if (c->told)
		fprintf(stderr, "evlog: %s takes events again\n", c->nats.servers);
	c->told = false;
}

static void on_verdict(void *ctx, const char *id, enum nats_verdict v, uint64_t sequence,
		       const char *why)
{
	struct courier *c = ctx;
	struct message *m;

	pthread_mutex_lock(&c->lock);
	m = find(c, id);
	switch (m ? v : NATS_REFUSED) {
	case NATS_STORED:
	case NATS_DUPLICATE:
		note_stored(c, m, sequence, v == NATS_DUPLICATE);
		break;
	case NATS_IMPOSSIBLE:
		snprintf(c->why, sizeof(c->why), "%s: %s: let the stream take larger messages",
			 id, why);
		fail(c, -EMSGSIZE, c->why);
		break;
	case NATS_REFUSED:
		if (!m)
			break;
		c->refused = true;
		snprintf(c->why, sizeof(c->why), "the server refuses events: %s", why);
		break;
	}
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void on_closed(void *ctx)
{
	struct courier *c = ctx;

	pthread_mutex_lock(&c->lock);
	c->broken = c->up;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* Only of our subject: what else we may not do has other ways. */
static void on_forbidden(void *ctx, const char *why)
{
	struct courier *c = ctx;

	pthread_mutex_lock(&c->lock);
	if (c->first < c->sent) {
		snprintf(c->why, sizeof(c->why),
			 "the server does not let us publish: %s: let this user publish %s",
			 why && *why ? why : "permissions violation", c->nats.subject);
		fail(c, -EACCES, c->why);
	}
	pthread_mutex_unlock(&c->lock);
}

/* --- the thread that sends -------------------------------------------------------------- */

static void pop_acked(struct courier *c)
{
	uint64_t before = c->first;
	struct message *m;

	for (; c->first < c->sent && (*slot(c, c->first))->acked; c->first++) {
		m = *slot(c, c->first);
		position_pass(&c->position, message_id(m));
		c->bytes -= message_size(m);
		free(m);
	}
	if (c->first == before)
		return;
	if (c->spooling && c->first == c->taken) {
		spool_clear(&c->spool, c->taken);
		c->spooling = false;
	} else if (c->spooling) {
		spool_forget(&c->spool, c->first);
	}
	pthread_cond_broadcast(&c->changed);
}

static void save_position(struct courier *c, bool at_once)
{
	uint64_t now = now_ns();

	if (!c->has_spool || !c->position.changed || (!at_once && now - c->saved_at < SAVE_NS))
		return;
	c->saved_at = now;
	/* Without it the next start sends more twice, which the server finds out. */
	if (position_save(&c->position, c->spool.dir))
		c->position.changed = true;
}

/* What the spool holds comes into the window, where it has room. */
static void refill(struct courier *c)
{
	struct message *m;
	int rc;

	while (c->spooling && c->last < c->taken && has_room(c)) {
		rc = spool_read(&c->spool, &m);
		if (rc == 1) {
			put_last(c, m);
			continue;
		}
		snprintf(c->why, sizeof(c->why), "--spool %s: cannot read it: %s", c->spool.path,
			 rc ? strerror(-rc) : "messages are missing");
		if (rc != -ENOSPC)
			fail(c, rc ? rc : -EBADMSG, c->why);
		return;
	}
}

/* Once for each time that it is away. */
static void tell_away(struct courier *c)
{
	if (c->told)
		return;
	c->told = true;
	fprintf(stderr, "evlog: %s: %s; trying again, events %s\n", c->nats.servers, c->why,
		c->has_spool ? "go to the spool" : "wait");
}

/* Waits before the next attempt, each time longer. */
static void back_off(struct courier *c)
{
	uint64_t until = now_ns() + c->retry_ns;

	c->retry_ns *= 2;
	if (c->retry_ns > RETRY_MAX_NS)
		c->retry_ns = RETRY_MAX_NS;
	while (!c->quit && !c->error && now_ns() < until)
		wait_until(c, until);
}

static void drop_connection(struct courier *c)
{
	c->up = false;
	c->broken = false;
	pthread_mutex_unlock(&c->lock);
	nats_disconnect(&c->nats);
	pthread_mutex_lock(&c->lock);
	c->sent = c->first;
}

static int add_known(void *ctx, const char *id, uint64_t sequence)
{
	struct courier *c = ctx;

	(void)sequence;
	return ids_add(&c->known, id);
}

/*
 * The server remembers ids for a while only. After a longer silence it is looked up in the
 * stream itself what is there of that which was sent and not acknowledged; of an earlier
 * run, what came after the position that it saved.
 */
static int look_up(struct courier *c)
{
	uint64_t silence = c->silent_since ? now_ns() - c->silent_since : UINT64_MAX;
	uint64_t from = c->position.sequence + 1;
	int rc;

	if (!c->position.placed || c->reached <= c->first ||
	    silence < (uint64_t)c->nats.window_ns / 2)
		return 0;
	ids_clear(&c->known);
	pthread_mutex_unlock(&c->lock);
	rc = nats_look(&c->nats, from, add_known, c);
	pthread_mutex_lock(&c->lock);
	if (rc)
		snprintf(c->why, sizeof(c->why), "%s", c->nats.why);
	return rc;
}

/* Nothing is sent before there is a position that a later run can look from. */
static void note_connected(struct courier *c)
{
	c->up = true;
	c->broken = c->refused = false;
	c->why[0] = '\0';
	c->sent = c->first;
	c->limit = IN_FLIGHT;
	c->moved_at = now_ns();
	c->counts.connections++;
	if (!c->position.placed) {
		c->position.sequence = c->nats.stream_end;
		c->position.placed = c->position.changed = true;
	}
	save_position(c, true);
}

static void try_connect(struct courier *c)
{
	int rc;

	pthread_mutex_unlock(&c->lock);
	rc = nats_connect(&c->nats);
	pthread_mutex_lock(&c->lock);
	if (rc)
		snprintf(c->why, sizeof(c->why), "%s", c->nats.why);
	else
		rc = look_up(c);
	if (!rc)
		note_connected(c);
	/* What was right once may be right again: only the first attempt is judged. */
	if (!c->counts.connections && (rc == -EINVAL || (rc && !c->has_spool)))
		fail(c, rc, c->why);
	c->tried = true;
	pthread_cond_broadcast(&c->changed);
	if (!rc || c->error)
		return;
	tell_away(c);
	drop_connection(c);
	back_off(c);
}

static void send_next(struct courier *c)
{
	struct message *m = *slot(c, c->sent);
	int rc;

	c->sent++;
	if (c->reached < c->sent)
		c->reached = c->sent;
	if (!m->acked && ids_has(&c->known, message_id(m))) {
		m->acked = true;
		c->counts.duplicates++;
	}
	if (m->acked)
		return;
	/* Only this thread takes messages away. */
	pthread_mutex_unlock(&c->lock);
	rc = nats_publish(&c->nats, m);
	pthread_mutex_lock(&c->lock);
	if (rc == -EMSGSIZE)
		fail(c, rc, c->nats.why);
	else if (rc)
		c->broken = true;
}

/* Everything that was not acknowledged is sent again, one alone at first. */
static void send_again(struct courier *c)
{
	tell_away(c);
	back_off(c);
	c->refused = false;
	c->sent = c->first;
	c->limit = 1;
}

static void step(struct courier *c)
{
	uint64_t now;

	if (!c->up) {
		try_connect(c);
		return;
	}
	pop_acked(c);
	save_position(c, false);
	refill(c);
	now = now_ns();
	if (c->first == c->taken)
		c->moved_at = now;
	if (c->sent > c->first && now - c->moved_at > SILENCE_NS) {
		snprintf(c->why, sizeof(c->why), "the server does not answer any more");
		c->broken = true;
	}
	if (c->broken) {
		if (!c->why[0])
			snprintf(c->why, sizeof(c->why), "the connection broke");
		tell_away(c);
		drop_connection(c);
	} else if (c->refused) {
		send_again(c);
	} else if (c->sent < c->last && c->sent - c->first < c->limit) {
		send_next(c);
	} else {
		wait_until(c, now + STALL_NS);
	}
}

static void *carry(void *ctx)
{
	struct courier *c = ctx;

	pthread_mutex_lock(&c->lock);
	while (!c->quit && !c->error)
		step(c);
	pop_acked(c);
	pthread_mutex_unlock(&c->lock);
	nats_disconnect(&c->nats);
	return NULL;
}

/* --- who hands over --------------------------------------------------------------------- */

/* From now on everything goes through the spool. Return: 0, or -ENOSPC or -errno. */
static int begin_spooling(struct courier *c)
{
	uint64_t n;
	int rc = 0;

	spool_clear(&c->spool, c->first);
	for (n = c->first; n < c->last && !rc; n++)
		rc = spool_append(&c->spool, *slot(c, n));
	if (!rc)
		rc = spool_flush(&c->spool);
	if (rc) {
		spool_clear(&c->spool, c->first);
		return rc;
	}
	spool_skip(&c->spool);
	c->spooling = true;
	return 0;
}

static int spool_failed(struct courier *c, int rc)
{
	snprintf(c->why, sizeof(c->why), "--spool %s: cannot write: %s", c->spool.path, strerror(-rc));
	fail(c, rc, c->why);
	return c->error;
}

/* Return: 0; -ENOSPC: no room now; or -errno. */
static int try_take(struct courier *c, struct message *m)
{
	int rc;

	if (c->error)
		return c->error;
	if (!c->spooling && !has_room(c) && c->has_spool && (!c->up || stalled(c))) {
		rc = begin_spooling(c);
		if (rc)
			return rc == -ENOSPC ? rc : spool_failed(c, rc);
	}
	if (c->spooling) {
		rc = spool_append(&c->spool, m);
		if (rc)
			return rc == -ENOSPC ? rc : spool_failed(c, rc);
		c->taken++;
		free(m);
		return 0;
	}
	if (!has_room(c))
		return -ENOSPC;
	/* Silence counts from the first message on. */
	if (c->first == c->taken)
		c->moved_at = now_ns();
	put_last(c, m);
	c->taken++;
	return 0;
}

int courier_take(struct courier *c, struct message *m)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	while ((rc = try_take(c, m)) == -ENOSPC) {
		if (signals_stop) {
			rc = -ECANCELED;
			break;
		}
		wait_awake(c);
	}
	if (rc)
		free(m);
	else
		pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

int courier_flush(struct courier *c)
{
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	if (c->error)
		rc = c->error;
	else if (c->spooling)
		rc = spool_flush(&c->spool);
	if (rc && rc != -ENOSPC && !c->error)
		rc = spool_failed(c, rc);
	pthread_mutex_unlock(&c->lock);
	return rc == -ENOSPC ? 0 : rc;
}

/* Return: 1 if everything below @target is safe, 0 if not yet, or -errno. */
static int is_safe(struct courier *c, uint64_t target)
{
	int rc = 0;

	if (c->error)
		return c->error;
	if (c->first >= target)
		return 1;
	if (!c->has_spool)
		return 0;
	if (!c->spooling && stalled(c))
		rc = begin_spooling(c);
	if (!rc && c->spooling)
		rc = spool_sync(&c->spool);
	if (rc && rc != -ENOSPC)
		return spool_failed(c, rc);
	return !rc && c->spooling;
}

int courier_settle(struct courier *c)
{
	uint64_t target, gave_up = 0;
	int rc;

	pthread_mutex_lock(&c->lock);
	target = c->taken;
	while (!(rc = is_safe(c, target))) {
		if (signals_stop && !gave_up)
			gave_up = now_ns() + GRACE_NS;
		if (gave_up && now_ns() > gave_up) {
			rc = -ECANCELED;
			break;
		}
		wait_awake(c);
	}
	pthread_mutex_unlock(&c->lock);
	return rc < 0 ? rc : 0;
}

/* --- beginning and end -------------------------------------------------------------------- */

/* What the spool holds need not be read from the ring again. */
static void note_left(void *ctx, const struct message *m)
{
	struct courier *c = ctx;

	position_pass(&c->position, message_id(m));
	c->taken++;
}

static int open_spool(struct courier *c)
{
	const struct courier_options *opt = &c->opt;
	int rc;

	if (!opt->spool)
		return 0;
	rc = spool_open(&c->spool, opt->spool, c->nats.subject, opt->spool_size, note_left, c);
	if (rc)
		return rc;
	c->has_spool = true;
	position_load(&c->position, c->spool.dir);
	c->spooling = c->taken > 0;
	/* Some of it may have been sent, and of what is in the ring still. */
	c->reached = c->taken + 1;
	if (!c->spooling)
		spool_clear(&c->spool, 0);
	else if (!opt->quiet)
		fprintf(stderr, "evlog: --spool %s: %llu events are left in it and go first\n",
			opt->spool, (unsigned long long)c->taken);
	return 0;
}

static int start_thread(struct courier *c)
{
	sigset_t before;
	int rc;

	/* Signals are for the thread that reads the channel. */
	signals_hold(&before);
	rc = pthread_create(&c->thread, NULL, carry, c);
	signals_release(&before);
	c->running = !rc;
	if (rc)
		fprintf(stderr, "evlog: cannot make a thread: %s\n", strerror(rc));
	return -rc;
}

static int await_first(struct courier *c)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	while (!c->tried && !c->error && !signals_stop)
		wait_awake(c);
	rc = c->error;
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static void end_thread(struct courier *c)
{
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (c->running)
		pthread_join(c->thread, NULL);
	c->running = false;
}

int courier_open(struct courier *c, const struct courier_options *opt)
{
	struct nats_events events = {
		.ctx = c, .verdict = on_verdict, .closed = on_closed, .forbidden = on_forbidden,
	};
	pthread_condattr_t attr;
	int rc;

	memset(c, 0, sizeof(*c));
	c->opt = *opt;
	c->limit = IN_FLIGHT;
	c->retry_ns = RETRY_FIRST_NS;
	c->moved_at = now_ns();
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	rc = nats_open(&c->nats, &opt->nats, &events, false);
	if (rc) {
		fprintf(stderr, "evlog: --to %s: %s\n", opt->nats.url, c->nats.why);
		return rc;
	}
	rc = position_open(&c->position, opt->origin, opt->ncpus);
	if (!rc)
		rc = open_spool(c);
	if (!rc)
		rc = start_thread(c);
	if (!rc)
		rc = await_first(c);
	if (!rc)
		return 0;
	end_thread(c);
	if (c->has_spool)
		spool_close(&c->spool);
	position_close(&c->position);
	ids_clear(&c->known);
	return rc;
}

/* Waits for what is under way, for as long as something of it arrives. */
static void deliver_rest(struct courier *c)
{
	uint64_t first = c->first, since = now_ns(), begun = since;

	while (c->first < c->taken && !c->error) {
		if (c->first != first) {
			first = c->first;
			since = now_ns();
		}
		if (c->has_spool && (!c->up || c->refused) && (c->spooling || !begin_spooling(c)))
			return;
		if (now_ns() - (signals_stop ? begun : since) > GRACE_NS)
			return;
		wait_awake(c);
	}
}

/* What could not be delivered: into the spool, or it is lost. */
static int keep_rest(struct courier *c)
{
	uint64_t rest = c->taken - c->first;
	int rc = -ENOENT;

	if (!rest)
		return 0;
	if (c->has_spool)
		rc = c->spooling ? 0 : begin_spooling(c);
	if (!rc)
		rc = spool_sync(&c->spool);
	if (!rc) {
		c->counts.left = rest;
		return 0;
	}
	c->counts.lost = rest;
	if (rc != -ENOENT)
		fprintf(stderr, "evlog: --spool %s: cannot write: %s\n", c->spool.path,
			strerror(-rc));
	fprintf(stderr, "evlog: --to %s: %llu events were not acknowledged%s%s%s\n", c->opt.nats.url,
		(unsigned long long)rest, c->why[0] ? ": " : "", c->why,
		c->has_spool ? "" : ": with --spool DIR they would be kept");
	return -ETIMEDOUT;
}

int courier_close(struct courier *c, struct courier_counts *counts)
{
	int rc, error;

	pthread_mutex_lock(&c->lock);
	deliver_rest(c);
	pthread_mutex_unlock(&c->lock);
	end_thread(c);
	rc = keep_rest(c);
	save_position(c, true);
	error = c->error;
	*counts = c->counts;
	while (c->first < c->last)
		free(*slot(c, c->first++));
	if (c->has_spool)
		spool_close(&c->spool);
	position_close(&c->position);
	ids_clear(&c->known);
	return error ? error : rc;
}
