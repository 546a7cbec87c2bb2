/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nats: a connection to a NATS server with JetStream.
 *
 * libnats is loaded when it is first needed, so that evlog also runs where it is not
 * installed; where its header was not there when evlog was built, everything here says so
 * and fails. Connections are not mended by the library: who owns one makes it anew, and knows
 * what has to be sent again.
 */
#ifndef EVLOG_NATS_H
#define EVLOG_NATS_H

#include "message.h"

/** NATS_TEXT - bytes of an explanation. */
#define NATS_TEXT	512U

/** NATS_SUBJECT_MAX - most bytes of a subject, its NUL included. */
#define NATS_SUBJECT_MAX	240U

/** NATS_HEADER_HOST - header of a message: the machine it comes from. */
#define NATS_HEADER_HOST	"Evring-Host"
/** NATS_HEADER_TIME - header: when it happened, nanoseconds since the epoch. */
#define NATS_HEADER_TIME	"Evring-Time"

/**
 * struct nats_options - what to connect to, and how.
 * @url: nats://[USER:PASSWORD@]HOST[:PORT][,HOST...]/SUBJECT; tls:// asks for TLS.
 * @tls: speak TLS.
 * @tls_ca: file with the authorities to trust; NULL: the system's.
 * @tls_cert: file with the client's certificate, or NULL.
 * @tls_key: and with its key.
 * @creds: credentials file, or NULL.
 */
struct nats_options {
	const char *url;
	bool tls;
	const char *tls_ca;
	const char *tls_cert;
	const char *tls_key;
	const char *creds;
};

/**
 * enum nats_option - what getopt_long() answers for options of NATS_LONG_OPTIONS.
 */
enum nats_option {
	NATS_OPT_TLS = 512,
	NATS_OPT_TLS_CA,
	NATS_OPT_TLS_CERT,
	NATS_OPT_TLS_KEY,
	NATS_OPT_CREDS,
};

/** NATS_LONG_OPTIONS - entries for a table of struct option. */
#define NATS_LONG_OPTIONS						\
	{ "tls", no_argument, NULL, NATS_OPT_TLS },			\
	{ "tls-ca", required_argument, NULL, NATS_OPT_TLS_CA },		\
	{ "tls-cert", required_argument, NULL, NATS_OPT_TLS_CERT },	\
	{ "tls-key", required_argument, NULL, NATS_OPT_TLS_KEY },	\
	{ "creds", required_argument, NULL, NATS_OPT_CREDS }

/** NATS_OPTIONS_HELP - what --help tells of them. */
#define NATS_OPTIONS_HELP						\
"      --tls            speak TLS, as with tls://HOST:PORT/SUBJECT\n"	\
"      --tls-ca FILE    whom to trust, instead of the system's authorities\n" \
"      --tls-cert FILE  certificate to show the server\n"		\
"      --tls-key FILE   and its key\n"					\
"      --creds FILE     credentials file\n"

/**
 * nats_option() - take one of them.
 * @c: which, an enum nats_option.
 * @value: what follows it; it has to stay.
 *
 * Return: NULL, or what is wrong.
 */
const char *nats_option(struct nats_options *o, int c, const char *value);

/**
 * enum nats_verdict - what became of a message.
 * @NATS_STORED: the server has it.
 * @NATS_DUPLICATE: the server had it already.
 * @NATS_REFUSED: it would not take it now: there is no room, say.
 * @NATS_IMPOSSIBLE: it will never take it: it is too large.
 */
enum nats_verdict {
	NATS_STORED,
	NATS_DUPLICATE,
	NATS_REFUSED,
	NATS_IMPOSSIBLE,
};

/**
 * struct nats_events - who is told what happens; called by threads of the library.
 * @ctx: passed to each.
 * @verdict: what became of message @id; @sequence: its number in the stream, if it is there;
 *	@why: if it was refused.
 * @closed: the connection is of no use any more.
 * @forbidden: the server does not allow what was asked; @why: its own words.
 */
struct nats_events {
	void *ctx;
	void (*verdict)(void *ctx, const char *id, enum nats_verdict v, uint64_t sequence,
			const char *why);
	void (*closed)(void *ctx);
	void (*forbidden)(void *ctx, const char *why);
};

struct __natsConnection;
struct __jsCtx;

/**
 * struct nats - a connection. Has to stay for as long as the process: threads of the library
 * may still tell @events.
 * @opt: what to connect to.
 * @events: who is told.
 * @name: tells the connection from others on the server.
 * @host: this machine, for NATS_HEADER_HOST.
 * @servers: the addresses, without the subject, separated by commas.
 * @subject: the subject.
 * @tls: speak TLS.
 * @conn: the connection; NULL: none.
 * @js: its JetStream.
 * @stream: the stream that takes the subject; empty: the server does not tell.
 * @window_ns: for how long that finds out duplicates.
 * @stream_end: sequence number of its last message when the connection was made.
 * @why: after a failure, why.
 */
struct nats {
	struct nats_options opt;
	struct nats_events events;
	char name[128];
	char host[65];
	char servers[512];
	char subject[NATS_SUBJECT_MAX];
	bool tls;
	struct __natsConnection *conn;
	struct __jsCtx *js;
	char stream[256];
	int64_t window_ns;
	uint64_t stream_end;
	char why[NATS_TEXT];
};

/**
 * nats_parse() - take an address apart.
 * @wildcards: its subject may have some.
 *
 * Return: 0, or -EINVAL and @n->why.
 */
int nats_parse(struct nats *n, const struct nats_options *opt, bool wildcards);

/**
 * nats_open() - take an address to connect to, and load the library.
 * @events: who is told; NULL: nobody, nothing will be published.
 * @wildcards: its subject may have some.
 *
 * Return: 0, or -EINVAL (bad address) or -ENOSYS (no library), and @n->why.
 */
int nats_open(struct nats *n, const struct nats_options *opt, const struct nats_events *events,
	      bool wildcards);

/**
 * nats_connect() - connect, and look for the stream that takes the subject.
 *
 * Return: 0, or @n->why and -EAGAIN: it may go well later; -EINVAL: not before somebody
 * mends something.
 */
int nats_connect(struct nats *n);

/** nats_disconnect() - drop the connection, whatever is on its way. */
void nats_disconnect(struct nats *n);

/**
 * nats_publish() - put a message on its way; what becomes of it, @events tells.
 *
 * Return: 0, or @n->why and -EMSGSIZE: too large for this server; -EIO: the connection is of
 * no use any more.
 */
int nats_publish(struct nats *n, const struct message *m);

/** typedef nats_known_fn - told the id of a message of the stream; -1 stops. */
typedef int (*nats_known_fn)(void *ctx, const char *id, uint64_t sequence);

/**
 * nats_look() - ask which messages the stream has on our subject.
 * @from: sequence number to begin at; the end is that of when the connection was made.
 *
 * Return: 0, or -EIO and @n->why.
 */
int nats_look(struct nats *n, uint64_t from, nats_known_fn known, void *ctx);

struct nats_reader;

/**
 * struct nats_item - a message of a stream.
 * @time: when it happened, or if that is not known when the server got it; nanoseconds since
 *	the epoch.
 * @sequence: its number in the stream.
 * @left: how many came after it that have not been read.
 * @data: its data, malloc()ed.
 * @len: bytes of it.
 */
struct nats_item {
	uint64_t time;
	uint64_t sequence;
	uint64_t left;
	char *data;
	size_t len;
};

/**
 * nats_subjects() - the subjects that the stream has messages of and that fit ours.
 * @list: answer: their names, in one malloc()ed piece of memory.
 *
 * Return: how many, or -EIO and @n->why.
 */
int nats_subjects(struct nats *n, char ***list);

/**
 * nats_read_open() - read what the stream has on a subject, in order.
 * @from: sequence number to begin at.
 *
 * Return: the reader, or NULL and @n->why.
 */
struct nats_reader *nats_read_open(struct nats *n, const char *subject, uint64_t from);

/**
 * nats_read() - the next message.
 * @timeout_ms: wait for it so long.
 *
 * Return: 1; 0: none came; or -EIO and @n->why.
 */
int nats_read(struct nats *n, struct nats_reader *r, struct nats_item *item, int timeout_ms);

/** nats_read_close() - the end of it. */
void nats_read_close(struct nats_reader *r);

#endif /* EVLOG_NATS_H */
