// SPDX-License-Identifier: GPL-2.0
/*
 * Writes traces by evlog's sinks of a channel without a kernel, and what has to be in them:
 *
 *   evlog_trace mixed|large ctf|chrome EVENTS OUTPUT EXPECTED SEED [SIZE]
 *   evlog_trace kill ctf - OUTPUT EXPECTED SEED [SIZE]
 *
 * EVENTS is laid out as tracefs's folder events/. EXPECTED gets a line of JSON for each
 * record and loss. SIZE: --rotate-size.
 *
 * mixed: three CPUs emit all these types and evring's own, with payloads well made, random,
 * short, and such as lie; the ring goes round, records are too large, time goes back by a
 * little, and what was gathered is flushed now and then.
 * large: one of each type, as large as can be.
 * kill: who writes is killed again and again, and goes on with the same trace.
 */
#define _GNU_SOURCE
#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

#include "chrome.h"
#include "clock.h"
#include "ctf.h"
#include "session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NCPUS	3U
#define BLOCK	(8U << 10)	/* of the ring of mixed events: some are larger */
#define START	5000000000ULL	/* time stamp of the first record */

static struct session s;
static struct line line;
static FILE *expected;
static unsigned char payload[EVRING_PAYLOAD_MAX];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t any(uint32_t below)
{
	return (uint32_t)random() % below;
}

/* --- what is emitted -------------------------------------------------------------------------- */

/* A word such as may be found in a payload of @len bytes whose fixed part is @least. */
static uint32_t word(uint32_t least, uint32_t len)
{
	uint32_t at = least + any(len - least + 1);

	switch (any(10)) {
	case 0:
		return (uint32_t)random() * 2654435761U;
	case 1:
		return any(len + 20) << 16 | any(len + 20);
	case 2:
		return 0;
	default:
		return any(len - at + 1) << 16 | at;
	}
}

static void fill(uint32_t type, uint32_t least, uint32_t len)
{
	struct evring_common common = { .type = (uint16_t)(any(32) ? type : type + 1) };
	uint32_t i, w = 0;

	for (i = 0; i < len; i++) {
		if (i % 4 == 0)
			w = word(least, len);
		payload[i] = i < least ? (unsigned char)(w >> i % 4 * 8) :
			     (unsigned char)(any(6) ? 'a' + any(26) : any(256));
	}
	common.flags = (uint8_t)any(256);
	common.preempt_count = (uint8_t)any(256);
	common.pid = (int32_t)any(50) - 1;
	memcpy(payload, &common, len < sizeof(common) ? len : sizeof(common));
}

static uint32_t any_type(void)
{
	static const uint32_t others[] = {
		0, 99, EVRING_TYPE_PADDING - 1, EVRING_TYPE_DYNAMIC, 0xffff, ~0U,
	};

	switch (any(8)) {
	case 0:
		return others[any(sizeof(others) / sizeof(others[0]))];
	case 1:
	case 2:
		return EVRING_TYPE_EVENTS + any(EVRING_TYPE_SAMPLE - EVRING_TYPE_EVENTS + 1);
	default:
		return s.decoder.tracefs.events[any((uint32_t)s.decoder.tracefs.n)].id;
	}
}

static void emit_one(struct evring_double *d, uint32_t cpu, uint64_t *now)
{
	uint32_t type = any_type(), least, len;
	const struct event_type *t = decode_type(&s.decoder, type);

	least = t ? t->least : 8;
	len = any(8) ? least + any(60) : any(least + 1);
	if (!any(500))
		len = least + any(2 * BLOCK);
	fill(type, least < len ? least : len, len);
	*now += any(5000);
	/* As of a clock that was read in an NMI. */
	evring_double_set_time(any(50) ? *now : *now - any(20000));
	evring_double_emit(d, cpu, type, payload, len);
}

/* --- reading it -------------------------------------------------------------------------------- */

static void expect(const struct event_type *t, const struct evring_event *ev,
		   const struct stamp *stamp)
{
	line.len = 0;
	format_json(&line, &s.decoder, t, ev, stamp);
	if (fwrite(line.data, 1, line.len, expected) != line.len)
		die("expected");
}

/* Return: whether there was an event. */
static bool read_one(struct sink *sink)
{
	const struct event_type *t = NULL;
	struct evring_event ev;
	struct stamp stamp;
	int rc = evring_next(&s.ring, &ev);

	if (rc != 1)
		return false;
	stamp = (struct stamp){ .known = ev.kind == EVRING_RECORD, .ns = ev.time };
	if (s.wall && stamp.known)
		stamp.wall = ev.time + s.wall_offset;
	if (ev.kind == EVRING_RECORD)
		t = decode_type(&s.decoder, ev.type);
	if (t)
		decode_learn(&s.decoder, t, &ev);
	if (expected)
		expect(t, &ev, &stamp);
	if (sink && sink->ops->event(sink, t, &ev, &stamp)) {
		fprintf(stderr, "event: %s\n", strerror(-sink->error));
		exit(1);
	}
	return true;
}

static void open_decoder(const char *events)
{
	const struct decode_source source = { .fd = -1 };

	if (decode_open(&s.decoder, &source))
		die("decoder");
	snprintf(s.decoder.tracefs.root, sizeof(s.decoder.tracefs.root), "%s", events);
	tracefs_all(&s.decoder.tracefs);
}

static struct sink *open_sink(const char *format, const char *output)
{
	struct sink *sink;

	s.opt.output = output;
	s.wall = clock_to_wall(s.control, true, &s.wall_offset);
	sink = strcmp(format, "ctf") ? chrome_open(&s) : ctf_open(&s);
	if (!sink)
		exit(1);
	return sink;
}

static void close_sink(struct sink *sink)
{
	int rc = sink->ops->close(sink);

	if (rc) {
		sink->ops->explain(sink, rc);
		exit(1);
	}
	sink->ops->free(sink);
}

static struct sink *open_double(struct evring_double **d, uint32_t block, const char *format,
				const char *output)
{
	struct evring_double_opts o = { .size = sizeof(o), .data_size = 16 * block,
					.block_size = block, .ncpus = NCPUS };

	*d = evring_double_create("mixed", &o);
	if (!*d || evring_double_attach(*d, &s.ring, NULL))
		die("double");
	s.control = evring_control_page(&s.ring);
	return open_sink(format, output);
}

static void close_double(struct evring_double *d, struct sink *sink)
{
	while (read_one(sink))
		;
	close_sink(sink);
	evring_close(&s.ring);
	evring_double_destroy(d);
}

static void mixed(const char *format, const char *output)
{
	uint64_t now = START;
	struct evring_double *d;
	struct sink *sink;
	uint32_t n, i, burst;

	sink = open_double(&d, BLOCK, format, output);
	/* CPU 2 loses its first record. */
	evring_double_emit(d, 2, 99, payload, EVRING_PAYLOAD_MAX);
	for (n = 0; n < 40; n++) {
		/* Now and then more than the ring holds. */
		burst = n % 20 == 19 ? 2000 : any(100);
		for (i = 0; i < burst; i++)
			emit_one(d, any(NCPUS), &now);
		while (read_one(sink))
			;
		if (any(3) == 0)
			sink->ops->flush(sink);
	}
	evring_double_emit(d, 1, 99, payload, EVRING_PAYLOAD_MAX);
	close_double(d, sink);
}

static void large(const char *format, const char *output)
{
	const struct event_type *t;
	struct evring_double *d;
	struct sink *sink;
	uint32_t type, n;

	sink = open_double(&d, EVRING_BLOCK_MAX, format, output);
	evring_double_set_time(START);
	for (n = 0; n < s.decoder.tracefs.n + 2; n++) {
		type = n < s.decoder.tracefs.n ? s.decoder.tracefs.events[n].id :
		       EVRING_TYPE_USER - (n - (uint32_t)s.decoder.tracefs.n);
		t = decode_type(&s.decoder, type);
		memset(payload, 0, sizeof(payload));
		fill(type, t->least, EVRING_PAYLOAD_MAX);
		evring_double_emit(d, 0, type, payload, EVRING_PAYLOAD_MAX);
		while (read_one(sink))
			;
	}
	close_double(d, sink);
}

/* --- being killed ---------------------------------------------------------------------------------- */

static void open_image(const struct evring_double *d)
{
	if (evring_open(&s.ring, evring_double_path(d), NULL) < 0)
		die("open");
	s.control = evring_control_page(&s.ring);
}

/* Until it is killed; or, if @once, until all has been written. */
static void write_trace(const struct evring_double *d, const char *output, bool once)
{
	struct sink *sink;
	uint32_t n;

	open_image(d);
	sink = open_sink("ctf", output);
	do {
		for (n = 0; read_one(sink); n++)
			if (n % 64 == 0)
				sink->ops->flush(sink);
		sink->ops->flush(sink);
	} while (!once);
	close_sink(sink);
	evring_close(&s.ring);
}

static void killed(const char *output, FILE *lines)
{
	struct evring_double_opts o = { .size = sizeof(o), .data_size = 8 << 20, .ncpus = NCPUS };
	struct evring_double *d = evring_double_create("killed", &o);
	struct evring_event_sys_exit e = { .common.pid = 7 };
	uint64_t now = START;
	uint32_t n, i;
	int status;
	pid_t pid;

	if (!d)
		die("double");
	e.common.type = EVRING_TYPE_SYS_EXIT;
	for (n = 0; n < 20; n++) {
		pid = fork();
		if (!pid) {
			write_trace(d, output, false);
			exit(0);
		}
		for (i = any(1000); i; i--) {
			evring_double_set_time(now += 1000);
			e.ret++;
			evring_double_emit(d, any(NCPUS), EVRING_TYPE_SYS_EXIT, &e, sizeof(e));
		}
		usleep(any(20000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			die("the writer ended by itself");
	}
	write_trace(d, output, true);
	expected = lines;
	open_image(d);
	while (read_one(NULL))
		;
	evring_close(&s.ring);
	evring_double_destroy(d);
}

int main(int argc, char **argv)
{
	FILE *lines;

	if (argc != 7 && argc != 8) {
		fprintf(stderr, "usage: evlog_trace mixed|large|kill ctf|chrome EVENTS OUTPUT EXPECTED SEED [SIZE]\n");
		return 2;
	}
	lines = fopen(argv[5], "w");
	if (!lines)
		die(argv[5]);
	srandom((unsigned int)strtoul(argv[6], NULL, 10));
	if (argc == 8)
		s.opt.rotation.size = strtoul(argv[7], NULL, 10);
	open_decoder(argv[3]);
	if (!strcmp(argv[1], "kill")) {
		killed(argv[4], lines);
	} else {
		expected = lines;
		(strcmp(argv[1], "large") ? mixed : large)(argv[2], argv[4]);
	}
	decode_close(&s.decoder);
	return fclose(lines) != 0;
}
