// SPDX-License-Identifier: GPL-2.0
/*
 * Each channel is a session as any other, read to its end over and over; what comes is counted in
 * tables. Between two looks it sleeps, until the next is due or the watermark says that a ring
 * might go round.
 */
#define _GNU_SOURCE
#include "top.h"

#include "clock.h"
#include "command.h"
#include "page.h"
#include "screen.h"
#include "signals.h"
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000ULL
#define DEVICES		"/dev/evring"

/* Events of one channel before the keys and the others are looked at again. */
#define TURN		32768U
/* How soon to look again where the kernel does not know watermarks. */
#define UNPACED_NS	20000000ULL
/* Key of the process of events that do not tell theirs; no thread id is so large. */
#define NOBODY		(TABLE_OTHERS - 1)

static const char help[] =
"Usage: evlog top [OPTION]... [CHANNEL|FILE]...\n"
"Shows how much comes, of which events, from which processes, on which CPUs, and what is\n"
"lost; of all channels if none is named. q quits, h tells the other keys.\n"
"\n"
"  -b, --batch N      print N looks on standard output, and end\n"
"  -d, --delay TIME   seconds between two looks, 0.1 to 3600 (default 1)\n"
"  -s, --sort ORDER   by rate (default), bytes, events, lost or name\n"
"  -v, --view VIEW    all (default), event, process or cpu\n"
"  -h, --help         this text\n"
"\n"
"Exit status: 0 well, 1 failure, 2 wrong usage.\n";

static const struct option long_options[] = {
	{ "batch", required_argument, NULL, 'b' },
	{ "delay", required_argument, NULL, 'd' },
	{ "sort", required_argument, NULL, 's' },
	{ "view", required_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* --- the command line -------------------------------------------------------------------- */

/* Which of @n words @text is. Return: its number, or -1. */
static int find_word(const char *const *words, unsigned int n, const char *text)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(words[i], text))
			return (int)i;
	return -1;
}

static int parse_batch(struct top *top, const char *text)
{
	if (!command_number(text, 1, UINT64_MAX, &top->batch))
		return command_usage("top", "--batch %s: not a whole number above 0", text);
	return -1;
}

static int parse_delay(struct top *top, const char *text)
{
	double seconds = 0;
	char *end = NULL;

	if (strspn(text, "0123456789.") == strlen(text))
		seconds = strtod(text, &end);
	if (!(seconds >= 0.1 && seconds <= 3600) || *end)
		return command_usage("top", "--delay %s: not seconds from 0.1 to 3600", text);
	top->delay_ns = (uint64_t)(seconds * 1e9);
	return -1;
}

static int parse_sort(struct top *top, const char *text)
{
	static const char *const words[] = { "rate", "bytes", "events", "lost", "name" };
	int i = find_word(words, TABLE_ORDERS, text);

	if (i < 0)
		return command_usage("top", "--sort %s: choose one of rate, bytes, events, lost, name", text);
	top->order = (enum table_order)i;
	return -1;
}

static int parse_view(struct top *top, const char *text)
{
	static const char *const words[] = { "", "event", "process", "cpu", "all" };
	int i = find_word(words, TOP_TABLES + 1, text);

	if (i < 1)
		return command_usage("top", "--view %s: choose one of all, event, process, cpu", text);
	top->view = (enum top_table)i;
	return -1;
}

/* Return: -1 to go on, else the status to exit by. */
static int parse(struct top *top, int argc, char **argv)
{
	int c, rc = -1;

	opterr = 0;
	optind = 0;
	while (rc < 0 && (c = getopt_long(argc, argv, ":b:d:s:v:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'b':
			rc = parse_batch(top, optarg);
			break;
		case 'd':
			rc = parse_delay(top, optarg);
			break;
		case 's':
			rc = parse_sort(top, optarg);
			break;
		case 'v':
			rc = parse_view(top, optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			return command_complaint("top", c, argv);
		}
	}
	return rc;
}

/* --- channels ------------------------------------------------------------------------------ */

static int open_one(struct top *top, const char *name)
{
	struct session *s = &top->sessions[top->nsessions];
	int status;

	s->opt.channel = name;
	s->opt.quiet = true;
	s->opt.deadline_ns = top->delay_ns;
	status = source_open(s);
	if (status)
		return status;
	top->nsessions++;
	if (!s->image)
		evring_seek(&s->ring, EVRING_SEEK_LATEST, 0);
	return 0;
}

static int is_channel(const struct dirent *d)
{
	return d->d_name[0] != '.' && strcmp(d->d_name, "control");
}

/* Those that there are; the names stay until the program ends. */
static int open_all(struct top *top)
{
	struct dirent **names;
	int i, n, rc = 0;

	n = scandir(DEVICES, &names, is_channel, versionsort);
	if (n <= 0) {
		fprintf(stderr, "evlog: top: there are no channels in " DEVICES ": make one (evringctl create), or name an image\n");
		return EXIT_FAILURE;
	}
	for (i = 0; i < n && !rc && i < (int)TOP_CHANNELS; i++)
		rc = open_one(top, names[i]->d_name);
	return rc;
}

static int open_channels(struct top *top, int n, char **names)
{
	int i, rc = 0;

	if (n > (int)TOP_CHANNELS)
		return command_usage("top", "at most %u channels", TOP_CHANNELS);
	top->sessions = calloc(TOP_CHANNELS, sizeof(*top->sessions));
	for (i = 0; i < TOP_TABLES && top->sessions && !rc; i++)
		rc = table_open(&top->tables[i]);
	if (!top->sessions || rc) {
		fprintf(stderr, "evlog: top: no memory\n");
		return EXIT_FAILURE;
	}
	if (!n)
		return open_all(top);
	for (i = 0; i < n && !rc; i++)
		rc = open_one(top, names[i]);
	return rc;
}

static void close_channels(struct top *top)
{
	unsigned int i;

	for (i = 0; i < top->nsessions; i++)
		source_close(&top->sessions[i]);
	free(top->sessions);
	for (i = 0; i < TOP_TABLES; i++)
		table_close(&top->tables[i]);
}

static bool are_images(const struct top *top)
{
	unsigned int i;

	for (i = 0; i < top->nsessions; i++)
		if (!top->sessions[i].image)
			return false;
	return true;
}

/* --- counting ------------------------------------------------------------------------------- */

static struct row *channel_row(struct top *top, const struct session *s)
{
	struct row *row = table_row(&top->tables[TOP_CHANNEL], (uint64_t)(s - top->sessions));
	char name[64];

	if (!row->name[0]) {
		snprintf(name, sizeof(name), "%.*s", (int)sizeof(s->control->name), s->control->name);
		table_name(row, name, strlen(name));
	}
	return row;
}

static struct row *cpu_row(struct top *top, uint32_t cpu)
{
	struct row *row = table_row(&top->tables[TOP_CPU], cpu);
	char name[16];

	if (!row->name[0])
		table_name(row, name, (size_t)snprintf(name, sizeof(name), "%u", cpu));
	return row;
}

/* Types of an image may be others than those of this machine. */
static struct row *event_row(struct top *top, const struct session *s, const struct event_type *t,
			     uint32_t type)
{
	uint64_t where = s->image ? (uint64_t)(s - top->sessions) + 1 : 0;
	struct row *row = table_row(&top->tables[TOP_EVENT], where << 32 | type);
	char buf[24];
	const char *name;

	if (!row->name[0]) {
		name = decode_name(t, type, buf, sizeof(buf));
		table_name(row, name, strlen(name));
	}
	return row;
}

/* What a process is called changes, but seldom: that is not looked at for each of its events. */
static struct row *process_row(struct top *top, const struct session *s,
			       const struct event_type *t, const struct evring_event *ev)
{
	struct value comm, pid;
	char name[48];
	struct row *row;
	int len;

	decode_task(&s->decoder, t, ev, &comm, &pid);
	row = table_row(&top->tables[TOP_PROCESS],
			pid.kind == VALUE_NONE ? NOBODY : (uint32_t)pid.number);
	if (row->total.events >= 16 && row->total.events % 64)
		return row;
	if (pid.kind == VALUE_NONE)
		len = snprintf(name, sizeof(name), "(not told)");
	else if (comm.kind == VALUE_STRING)
		len = snprintf(name, sizeof(name), "%7d %.*s", (int32_t)pid.number, (int)comm.len,
			       (const char *)comm.bytes);
	else if (row->name[0])
		return row;
	else
		len = snprintf(name, sizeof(name), "%7d", (int32_t)pid.number);
	table_name(row, name, (size_t)len < sizeof(name) ? (size_t)len : sizeof(name) - 1);
	return row;
}

static void count_event(struct row *row, const struct evring_event *ev)
{
	row->total.events++;
	row->total.bytes += ev->len + sizeof(struct evring_record);
}

static void take_loss(struct top *top, const struct session *s, const struct evring_event *ev)
{
	if (ev->kind == EVRING_OVERRUN)
		top->overrun += ev->count;
	else
		top->dropped += ev->count;
	channel_row(top, s)->total.lost += ev->count;
	cpu_row(top, ev->cpu)->total.lost += ev->count;
}

static void take(struct top *top, struct session *s, const struct evring_event *ev)
{
	const struct event_type *t;
	uint64_t ns;

	if (ev->kind != EVRING_RECORD) {
		take_loss(top, s, ev);
		return;
	}
	ns = evring_time_ns(&s->ring, ev->time);
	if (!s->events++)
		s->begin_ns = ns;
	s->end_ns = ns > s->end_ns ? ns : s->end_ns;
	t = decode_type(&s->decoder, ev->type);
	if (t && t->ntasks)
		decode_learn(&s->decoder, t, ev);
	count_event(channel_row(top, s), ev);
	count_event(cpu_row(top, ev->cpu), ev);
	count_event(event_row(top, s, t, ev->type), ev);
	count_event(process_row(top, s, t, ev), ev);
}

/* Takes what there is, up to a TURN. Return: whether there may be more now. */
static bool drain(struct top *top, struct session *s)
{
	struct evring_event ev;
	unsigned int n;
	int rc;

	for (n = 0; n < TURN && !s->removed; n++) {
		rc = evring_next(&s->ring, &ev);
		if (!rc)
			return false;
		if (rc == -ENODEV)
			s->removed = true;
		else if (rc == -EBADMSG)
			s->damaged = true;
		else if (rc < 0)
			return false;
		else
			take(top, s, &ev);
	}
	return !s->removed;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* All that came from images came in no time: the rates are those of their own time. */
static double image_seconds(const struct top *top)
{
	double seconds, most = 0;
	unsigned int i;

	for (i = 0; i < top->nsessions; i++) {
		const struct session *s = &top->sessions[i];

		seconds = (double)(s->end_ns - s->begin_ns) / 1e9;
		if (s->end_ns > s->begin_ns && seconds > most)
			most = seconds;
	}
	return most > 0 ? most : 1;
}

/* A number that is another when anything has come. */
static uint64_t state_of(const struct top *top)
{
	uint64_t state = top->overrun + top->dropped;
	unsigned int i;

	for (i = 0; i < top->nsessions; i++)
		state += top->sessions[i].events + top->sessions[i].removed;
	return state;
}

static void measure_lag(struct top *top)
{
	struct session *s;
	uint64_t lag;
	uint32_t cpu;
	size_t i;

	for (i = 0; i < top->tables[TOP_CPU].nrows; i++)
		top->tables[TOP_CPU].rows[i].lag = 0;
	for (i = 0; i < top->nsessions; i++) {
		s = &top->sessions[i];
		channel_row(top, s)->lag = 0;
		for (cpu = 0; cpu < s->control->ncpus; cpu++) {
			lag = evring_lag(&s->ring, cpu);
			if (!lag)
				continue;
			channel_row(top, s)->lag += lag;
			cpu_row(top, cpu)->lag += lag;
		}
	}
}

static void mark_removed(struct top *top)
{
	unsigned int i;
	struct row *row;
	char name[64];
	int len;

	for (i = 0; i < top->nsessions; i++) {
		row = channel_row(top, &top->sessions[i]);
		if ((!top->sessions[i].removed && !top->sessions[i].damaged) || strchr(row->name, ' '))
			continue;
		len = snprintf(name, sizeof(name), "%s (%s)", row->name,
			       top->sessions[i].removed ? "removed" : "damaged");
		table_name(row, name, (size_t)len);
	}
}

static void tick(struct top *top, double seconds)
{
	unsigned int i;

	for (i = 0; i < TOP_TABLES; i++)
		table_tick(&top->tables[i], seconds);
	top->lost_rate = 0;
	for (i = 0; i < top->tables[TOP_CHANNEL].nrows; i++)
		top->lost_rate += top->tables[TOP_CHANNEL].rows[i].lost_rate;
	measure_lag(top);
	mark_removed(top);
}

static int print(const struct page *p, bool first)
{
	size_t i;

	if (!first)
		putchar('\n');
	for (i = 0; i < p->nlines; i++)
		puts(p->lines[i].text);
	if (!fflush(stdout))
		return 0;
	fprintf(stderr, "evlog: top: cannot write to standard output: %s\n", strerror(errno));
	return -1;
}

static int show(struct top *top)
{
	static struct page page;

	page_make(&page, top, top->batch ? PAGE_LINES : screen_height());
	if (top->batch)
		return print(&page, !top->ticks);
	screen_show(&page);
	return 0;
}

/* Return: whether to go on. */
static bool press(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 's':
		top->order = (top->order + 1) % TABLE_ORDERS;
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case 'e':
		top->view = TOP_EVENT;
		break;
	case 'p':
		top->view = TOP_PROCESS;
		break;
	case 'c':
		top->view = TOP_CPU;
		break;
	case 'a':
		top->view = TOP_TABLES;
		break;
	case ' ':
		top->paused = !top->paused;
		break;
	case 'h':
	case '?':
		top->helping = !top->helping;
		break;
	}
	return true;
}

/* Sleeps until @until, a key, a signal, or until much has come. */
static void wait_more(struct top *top, int stop_fd, uint64_t until)
{
	struct pollfd fds[TOP_CHANNELS + 2];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct timespec ts;
	unsigned int i;
	nfds_t n = 0;

	fds[n++] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	if (!top->batch)
		fds[n++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (i = 0; i < top->nsessions; i++) {
		struct session *s = &top->sessions[i];

		if (s->image || s->removed)
			continue;
		if (!s->paced && until > now + UNPACED_NS)
			until = now + UNPACED_NS;
		else if (s->paced && evring_position(&s->ring) == 1)
			until = now;
		if (s->paced)
			fds[n++] = (struct pollfd){ .fd = evring_fd(&s->ring), .events = POLLIN };
	}
	until = until > now ? until - now : 0;
	ts.tv_sec = (time_t)(until / NS_PER_S);
	ts.tv_nsec = (long)(until % NS_PER_S);
	ppoll(fds, n, &ts, NULL);
}

/* Return: whether all channels were removed. */
static bool is_over(const struct top *top)
{
	unsigned int i;

	for (i = 0; i < top->nsessions; i++)
		if (!top->sessions[i].removed)
			return false;
	return true;
}

/* A look, if it is due. Return: 0, 1 after the last one of a batch, or -1. */
static int look(struct top *top, uint64_t *looked)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), state = state_of(top);
	bool images = are_images(top);
	double seconds = (double)(now - *looked) / 1e9;

	if (now < *looked + top->delay_ns && (top->ticks || !images))
		return 0;
	if (!top->ticks && images)
		seconds = image_seconds(top);
	if (!top->ticks)
		top->state = state;
	/* Images keep the rates of their own time, unless they turn out to grow. */
	top->is_live |= !images || state != top->state;
	if (!top->ticks || top->is_live)
		tick(top, seconds);
	*looked = now;
	if (!top->paused && show(top))
		return -1;
	top->ticks++;
	return top->batch && (top->ticks == top->batch || is_over(top));
}

static int run(struct top *top, int stop_fd)
{
	uint64_t looked = clock_ns(CLOCK_MONOTONIC);
	unsigned int i;
	bool more;
	int key, rc;

	for (;;) {
		more = false;
		for (i = 0; i < top->nsessions; i++)
			more |= drain(top, &top->sessions[i]);
		if (signals_stop)
			return 0;
		rc = more && are_images(top) && !top->ticks ? 0 : look(top, &looked);
		if (rc)
			return rc < 0 ? -1 : 0;
		while (!top->batch && (key = screen_key()) >= 0) {
			if (!press(top, key))
				return 0;
			show(top);
		}
		if (!more)
			wait_more(top, stop_fd, looked + top->delay_ns);
	}
}

int top_main(int argc, char **argv)
{
	struct top top = { .delay_ns = NS_PER_S, .view = TOP_TABLES };
	int stop_fd, status = parse(&top, argc, argv);

	if (status >= 0)
		return status;
	stop_fd = signals_open();
	if (stop_fd < 0) {
		fprintf(stderr, "evlog: cannot take signals: %s\n", strerror(-stop_fd));
		return EXIT_FAILURE;
	}
	status = open_channels(&top, argc - optind, argv + optind);
	if (!status && !top.batch && screen_open())
		status = EXIT_FAILURE;
	if (!status && run(&top, stop_fd))
		status = EXIT_FAILURE;
	screen_close();
	close_channels(&top);
	return status;
}
