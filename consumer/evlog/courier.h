/* SPDX-License-Identifier: GPL-2.0 */
/*
 * courier: brings messages to a NATS server, each until the server has acknowledged it.
 *
 * A thread of its own sends them, many at once, and asks again for whatever is not
 * acknowledged: after the connection broke, after the server refused, after a silence. The
 * server finds out by their ids what it gets twice. While it is away, messages go to a spool
 * on disk, if there is one, and from there, in order, when it is back; else they wait here,
 * and so does who hands them over.
 *
 * All messages that are under way have numbers in a row:
 *
 *	first <= sent <= last <= taken
 *	[first, sent)	sent on this connection, not all acknowledged
 *	[sent, last)	in memory, to be sent
 *	[last, taken)	on disk alone
 *
 * Either nothing is on disk (direct), or everything from first on is (spooling).
 */
#ifndef EVLOG_COURIER_H
#define EVLOG_COURIER_H

#include "ids.h"
#include "message.h"
#include "nats.h"
#include "position.h"
#include "spool.h"

#include <pthread.h>

/** COURIER_WINDOW - most messages in memory. */
#define COURIER_WINDOW	4096U

/** COURIER_BYTES - bytes of them from which on no more are taken. */
#define COURIER_BYTES	((size_t)1 << 20)

/**
 * struct courier_options - where to, and by which way.
 * @nats: the server.
 * @spool: folder for what the server does not take now, or NULL.
 * @spool_size: most bytes of it.
 * @origin: what ids of this channel's messages begin with.
 * @ncpus: CPUs of the channel.
 * @quiet: do not tell how it went.
 */
struct courier_options {
	struct nats_options nats;
	const char *spool;
	uint64_t spool_size;
	const char *origin;
	uint32_t ncpus;
	bool quiet;
};

/**
 * struct courier_counts - what became of messages.
 * @stored: stored by the server.
 * @duplicates: found to be there already.
 * @left: still in the spool.
 * @lost: neither; nobody has them.
 * @connections: connections made.
 */
struct courier_counts {
	uint64_t stored;
	uint64_t duplicates;
	uint64_t left;
	uint64_t lost;
	uint64_t connections;
};

/**
 * struct courier - the courier. Private; has to stay for as long as the process.
 * @opt: what is wanted.
 * @lock: guards everything below.
 * @changed: something has.
 * @thread: sends.
 * @running: it does.
 * @quit: it shall end.
 * @nats: the connection; used by @thread alone.
 * @spool: the spool, if @has_spool.
 * @has_spool: there is one.
 * @spooling: everything from @first on is in the spool.
 * @position: up to where messages have been delivered.
 * @known: ids that were found in the stream, of what may have been sent; @thread's.
 * @window: messages [@first, @last), each at its number modulo the size.
 * @bytes: memory they take.
 * @first: number of the oldest message that is not acknowledged.
 * @sent: of the next one to be sent.
 * @last: of the next one to come into the window.
 * @taken: of the next one to be taken.
 * @reached: messages below this were sent once, on whatever connection.
 * @limit: most messages to be sent and not acknowledged.
 * @up: there is a connection.
 * @broken: it is of no use any more.
 * @tried: a first attempt to connect has ended.
 * @refused: the server refused a message.
 * @why: why, or why there is no connection.
 * @told: that has been told on standard error.
 * @moved_at: CLOCK_MONOTONIC when something was acknowledged last, or nothing was under way.
 * @silent_since: CLOCK_MONOTONIC of the last acknowledgement; 0: none yet.
 * @retry_ns: how long to wait before the next attempt.
 * @saved_at: CLOCK_MONOTONIC when the position was saved.
 * @error: 0, or -errno: it cannot go on.
 * @counts: what became of messages.
 */
struct courier {
	struct courier_options opt;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool running;
	bool quit;
	struct nats nats;
	struct spool spool;
	bool has_spool;
	bool spooling;
	struct position position;
	struct ids known;
	struct message *window[COURIER_WINDOW];
	size_t bytes;
	uint64_t first;
	uint64_t sent;
	uint64_t last;
	uint64_t taken;
	uint64_t reached;
	uint64_t limit;
	bool up;
	bool broken;
	bool tried;
	bool refused;
	char why[NATS_TEXT];
	bool told;
	uint64_t moved_at;
	uint64_t silent_since;
	uint64_t retry_ns;
	uint64_t saved_at;
	int error;
	struct courier_counts counts;
};

/**
 * courier_open() - start; what a spool still holds is sent first.
 *
 * Says on standard error why it cannot: the address, the spool, a server that does not let
 * us in or has no stream, or, without a spool, one that is not there.
 * Return: 0 or -errno.
 */
int courier_open(struct courier *c, const struct courier_options *opt);

/**
 * courier_take() - hand over a message; waits while there is no room, until a signal asks
 * evlog to end.
 * @m: the message, the courier's from now on; without success it is freed.
 *
 * Return: 0; -ECANCELED after a signal; or -errno after telling why.
 */
int courier_take(struct courier *c, struct message *m);

/** courier_flush() - hand what goes to the spool to the kernel. Return: 0 or -errno. */
int courier_flush(struct courier *c);

/**
 * courier_settle() - wait until everything taken is acknowledged, or on the spool's disk.
 * Return: as courier_take().
 */
int courier_settle(struct courier *c);

/**
 * courier_close() - deliver what can be delivered, and end.
 * @counts: answer: what became of messages.
 *
 * Return: 0; -ETIMEDOUT: @counts->lost, told on standard error; or -errno of before.
 */
int courier_close(struct courier *c, struct courier_counts *counts);

#endif /* EVLOG_COURIER_H */
