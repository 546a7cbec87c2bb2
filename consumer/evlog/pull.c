// SPDX-License-Identifier: GPL-2.0
/*
 * What streams hold already is merged by time: each subject, which is usually one machine's,
 * is read on its own, so that it does not matter when its events reached the server. What
 * comes later is held for a moment, so that others that happened before it can overtake it.
 */
#define _GNU_SOURCE
#include "pull.h"

#include "clock.h"
#include "command.h"
#include "heap.h"
#include "nats.h"
#include "output.h"
#include "signals.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVERS_MAX	16U
#define READERS_MAX	256U	/* more subjects are read by one reader, as they came */
#define AHEAD		256U	/* messages of each subject that are looked at */
#define PATIENCE_MS	5000	/* for the next message that has to come */
#define LOOK_MS		50	/* for one that may come */
#define HOLD_NS		500000000ULL
#define RETRY_MS	1000U

/**
 * struct pull_reader - a subject being read.
 * @server: where.
 * @reader: its messages; NULL: all have been read.
 * @held: how many of them wait in the heap.
 */
struct pull_reader {
	unsigned int server;
	struct nats_reader *reader;
	unsigned int held;
};

/**
 * struct pull - one run.
 * @nats: the servers; they stay, as threads of the library may look at them.
 * @nservers: how many.
 * @at: for each, number in the stream of the last message of it that was taken.
 * @readers: what is read.
 * @nreaders: how many.
 * @heap: messages that wait for their turn.
 * @out: where lines go.
 * @output: its name, or NULL.
 * @follow: wait for more.
 * @quiet: do not tell how it went.
 * @count: end after so many; 0: no end.
 * @shown: so many have been.
 */
struct pull {
	struct nats *nats[SERVERS_MAX];
	unsigned int nservers;
	uint64_t at[SERVERS_MAX];
	struct pull_reader readers[READERS_MAX];
	unsigned int nreaders;
	struct heap heap;
	struct output out;
	const char *output;
	bool follow;
	bool quiet;
	uint64_t count;
	uint64_t shown;
};

static const char help[] =
"Usage: evlog pull [OPTION]... URL...\n"
"Reads back what evlog --to URL published, as lines, merged by time.\n"
"\n"
"  URL  nats://HOST:PORT/SUBJECT; the subject may have wildcards: evlog.>\n"
"\n"
"  -f, --follow         wait for more\n"
"  -n, --count N        end after N lines\n"
"  -o, --output FILE    write to FILE\n"
NATS_OPTIONS_HELP
"  -q, --quiet          no summary on standard error\n"
"  -h, --help           this text\n"
"\n"
"Exit status: 0 well, 1 failure, 2 wrong usage.\n";

static const struct option long_options[] = {
	{ "follow", no_argument, NULL, 'f' },
	{ "count", required_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	NATS_LONG_OPTIONS,
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* --- the command line ------------------------------------------------------------------- */

static int parse_one(struct pull *p, struct nats_options *o, int c, char **argv)
{
	const char *why;

	switch (c) {
	case 'f':
		p->follow = true;
		return -1;
	case 'n':
		if (command_number(optarg, 1, UINT64_MAX, &p->count))
			return -1;
		return command_usage("pull", "--count %s: not a whole number above 0", optarg);
	case 'o':
		if (!*optarg)
			return command_usage("pull", "--output: the file name is empty");
		p->output = strcmp(optarg, "-") ? optarg : NULL;
		return -1;
	case NATS_OPT_TLS ... NATS_OPT_CREDS:
		why = nats_option(o, c, optarg);
		return why ? command_usage("pull", "%s", why) : -1;
	case 'q':
		p->quiet = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return 0;
	default:
		return command_complaint("pull", c, argv);
	}
}

/* Return: -1, else the status to exit by. */
static int open_server(struct pull *p, const struct nats_options *o)
{
	struct nats *n = calloc(1, sizeof(*n));
	int rc;

	if (!n) {
		fprintf(stderr, "evlog: pull %s: no memory\n", o->url);
		return EXIT_FAILURE;
	}
	rc = nats_open(n, o, NULL, true);
	if (!rc) {
		p->nats[p->nservers++] = n;
		return -1;
	}
	fprintf(stderr, "evlog: pull %s: %s\n", o->url, n->why);
	free(n);
	return rc == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
}

/* Return: -1 to go on, else the status to exit by. */
static int parse(struct pull *p, int argc, char **argv)
{
	struct nats_options o = { 0 };
	int c, rc = -1;

	opterr = 0;
	while (rc < 0 && (c = getopt_long(argc, argv, ":fn:o:qh", long_options, NULL)) != -1)
		rc = parse_one(p, &o, c, argv);
	if (rc >= 0)
		return rc;
	if (optind == argc)
		return command_usage("pull", "no address: name one, like nats://HOST:PORT/SUBJECT");
	if ((unsigned int)(argc - optind) > SERVERS_MAX)
		return command_usage("pull", "too many addresses: at most %u", SERVERS_MAX);
	for (; optind < argc && rc < 0; optind++) {
		o.url = argv[optind];
		rc = open_server(p, &o);
	}
	return rc;
}

/* --- reading ------------------------------------------------------------------------------ */

static int failed(const struct pull *p, unsigned int server)
{
	fprintf(stderr, "evlog: pull %s: %s\n", p->nats[server]->opt.url, p->nats[server]->why);
	return -EIO;
}

/* Return: 0; 1: it was the last one wanted; or -errno of the output. */
static int show_oldest(struct pull *p)
{
	struct heap_entry e = heap_pop(&p->heap);
	int rc;

	e.item.data[e.item.len] = '\n';
	rc = output_write(&p->out, e.item.data, e.item.len + 1);
	free(e.item.data);
	if (e.from < p->nreaders)
		p->readers[e.from].held--;
	p->shown++;
	return rc ? rc : p->count && p->shown == p->count;
}

static int hold(struct pull *p, const struct nats_item *item, unsigned int from)
{
	struct heap_entry e = { .item = *item, .came = clock_ns(CLOCK_MONOTONIC), .from = from };

	if (!heap_push(&p->heap, e))
		return 0;
	free(item->data);
	fprintf(stderr, "evlog: pull: no memory\n");
	return -ENOMEM;
}

/* Some messages of a subject, so that they can be put in order. */
static int fill(struct pull *p, unsigned int i)
{
	struct pull_reader *r = &p->readers[i];
	struct nats *n = p->nats[r->server];
	struct nats_item item;
	bool last;
	int rc;

	while (r->reader && r->held < AHEAD && !signals_stop) {
		rc = nats_read(n, r->reader, &item, PATIENCE_MS);
		if (!rc)
			snprintf(n->why, sizeof(n->why), "the server sends nothing more of the stream %s",
				 n->stream);
		if (rc <= 0)
			return failed(p, r->server);
		last = item.sequence >= n->stream_end || !item.left;
		if (item.sequence > n->stream_end) {
			free(item.data);
		} else {
			rc = hold(p, &item, i);
			if (rc < 0)
				return rc;
			r->held++;
		}
		if (last) {
			nats_read_close(r->reader);
			r->reader = NULL;
		}
	}
	return 0;
}

static int open_subject(struct pull *p, unsigned int server, const char *subject)
{
	struct nats_reader *r = nats_read_open(p->nats[server], subject, 1);

	if (!r)
		return failed(p, server);
	p->readers[p->nreaders++] = (struct pull_reader){ .server = server, .reader = r };
	return 0;
}

static int open_history(struct pull *p, unsigned int server)
{
	struct nats *n = p->nats[server];
	char **list;
	int i, count, rc = 0;

	if (nats_connect(n))
		return failed(p, server);
	if (!n->stream[0]) {
		snprintf(n->why, sizeof(n->why), "the server does not tell which stream has the subject: let this user ask for $JS.API.>");
		return failed(p, server);
	}
	p->at[server] = n->stream_end;
	count = nats_subjects(n, &list);
	if (count < 0)
		return failed(p, server);
	if ((unsigned int)count > (READERS_MAX - p->nreaders) / (SERVERS_MAX - server))
		rc = open_subject(p, server, n->subject);
	else
		for (i = 0; i < count && !rc; i++)
			rc = open_subject(p, server, list[i]);
	free(list);
	return rc;
}

/* What there is when it starts. Return: 0, 1: no more is wanted, or -errno. */
static int show_history(struct pull *p)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < p->nservers && !rc; i++)
		rc = open_history(p, i);
	for (i = 0; i < p->nreaders && !rc; i++)
		rc = fill(p, i);
	while (!rc && p->heap.count && !signals_stop) {
		i = p->heap.entries[0].from;
		rc = show_oldest(p);
		if (!rc && p->readers[i].held < AHEAD / 2)
			rc = fill(p, i);
	}
	for (i = 0; i < p->nreaders; i++)
		nats_read_close(p->readers[i].reader);
	p->nreaders = 0;
	return rc;
}

/* --- following ---------------------------------------------------------------------------- */

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* A server that went away is asked again until it is back. */
static struct nats_reader *open_live(struct pull *p, unsigned int server)
{
	struct nats *n = p->nats[server];
	struct nats_reader *r = NULL;
	bool told = false;

	while (!signals_stop) {
		if (n->conn)
			r = nats_read_open(n, n->subject, p->at[server] + 1);
		if (r)
			break;
		if (!told && n->why[0])
			fprintf(stderr, "evlog: pull %s: %s; trying again\n", n->opt.url, n->why);
		told = true;
		nats_disconnect(n);
		if (nats_connect(n))
			sleep_ms(RETRY_MS);
	}
	return r;
}

/* Takes what a server has sent. Return: how many, or -errno. */
static int take_live(struct pull *p, unsigned int server, struct nats_reader **r)
{
	struct nats *n = p->nats[server];
	int wait = LOOK_MS, got, rc = 0;
	struct nats_item item;

	if (!*r)
		*r = open_live(p, server);
	for (got = 0; *r && got < (int)AHEAD; got++) {
		rc = nats_read(n, *r, &item, wait);
		if (rc <= 0)
			break;
		wait = 0;
		p->at[server] = item.sequence;
		rc = hold(p, &item, READERS_MAX);
		if (rc)
			return rc;
	}
	if (rc < 0) {
		nats_read_close(*r);
		nats_disconnect(n);
		*r = NULL;
	}
	return got;
}

/* Return: 0, 1: no more is wanted, or -errno. */
static int show_live(struct pull *p)
{
	struct nats_reader *readers[SERVERS_MAX] = { NULL };
	unsigned int i;
	int rc = 0;

	while (!rc && !signals_stop) {
		for (i = 0; i < p->nservers && rc >= 0; i++)
			rc = take_live(p, i, &readers[i]);
		rc = rc < 0 ? rc : 0;
		while (!rc && p->heap.count &&
		       clock_ns(CLOCK_MONOTONIC) - p->heap.entries[0].came > HOLD_NS)
			rc = show_oldest(p);
		if (!rc)
			rc = output_flush(&p->out);
	}
	while (!rc && p->heap.count)
		rc = show_oldest(p);
	for (i = 0; i < p->nservers; i++)
		nats_read_close(readers[i]);
	return rc;
}

static int finish(struct pull *p, int rc)
{
	int error = output_close(&p->out);
	unsigned int i;

	for (i = 0; i < p->nservers; i++)
		nats_disconnect(p->nats[i]);
	heap_free(&p->heap);
	if (error == -EPIPE && !p->output) {
		signals_raise_pipe();
		return EXIT_FAILURE;
	}
	if (error)
		fprintf(stderr, "evlog: cannot write to %s: %s\n", p->out.name, strerror(-error));
	else if (!p->quiet)
		fprintf(stderr, "evlog: pull: %llu lines\n", (unsigned long long)p->shown);
	return error || rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int pull_main(int argc, char **argv)
{
	static struct pull p;
	int rc = parse(&p, argc, argv);

	if (rc >= 0)
		return rc;
	rc = signals_open();
	if (rc < 0) {
		fprintf(stderr, "evlog: cannot take signals: %s\n", strerror(-rc));
		return EXIT_FAILURE;
	}
	if (output_open(&p.out, p.output))
		return EXIT_FAILURE;
	rc = show_history(&p);
	if (!rc && p.follow)
		rc = show_live(&p);
	return finish(&p, rc);
}
