// SPDX-License-Identifier: GPL-2.0
/*
 * Feeds the line formats of evlog: evlog_format text|json loss|fuzz [SEED].
 *
 *   loss   an overrun and a drop
 *   fuzz   every event type with random payloads of every length up to 100, and long ones
 */
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct line line;
static struct decoder decoder;
static format_fn format;

static void show(const struct evring_event *ev)
{
	struct stamp stamp = { .known = ev->kind == EVRING_RECORD, .ns = 12345678901ULL };
	const struct event_type *t = NULL;

	if (ev->kind == EVRING_RECORD)
		t = decode_type(&decoder, ev->type);
	if (t)
		decode_learn(&decoder, t, ev);
	line.len = 0;
	format(&line, &decoder, t, ev, &stamp);
	fwrite(line.data, 1, line.len, stdout);
}

static void show_losses(void)
{
	struct evring_event ev = {
		.kind = EVRING_OVERRUN, .cpu = 3, .seq = 456, .count = 123,
	};

	show(&ev);
	ev.kind = EVRING_DROPPED;
	ev.count = 1;
	show(&ev);
}

/* A payload on the heap, of the exact size, so that a sanitizer sees any byte too far. */
static void show_random(uint32_t type, uint32_t len)
{
	struct evring_event ev = { .kind = EVRING_RECORD, .type = type, .len = len };
	unsigned char *payload = malloc(len ? len : 1);
	uint16_t common = (uint16_t)type;
	uint32_t i;

	if (!payload)
		exit(1);
	for (i = 0; i < len; i++)
		payload[i] = (unsigned char)(random() >> 7);
	/* Else all would be broken. */
	if (len >= sizeof(common) && random() % 8)
		memcpy(payload, &common, sizeof(common));
	ev.payload = payload;
	show(&ev);
	free(payload);
}

static void fuzz(void)
{
	static const uint32_t others[] = { 0, 1, 291, EVRING_TYPE_PADDING, EVRING_TYPE_DYNAMIC, ~0U };
	uint32_t type, len;
	size_t i;

	for (len = 0; len <= 100; len++) {
		for (type = EVRING_TYPE_GENERATOR; type <= EVRING_TYPE_SYS_EXIT + 1; type++)
			show_random(type, len);
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			show_random(others[i], len);
	}
	for (type = EVRING_TYPE_GENERATOR; type <= EVRING_TYPE_SYS_EXIT + 1; type++)
		show_random(type, EVRING_PAYLOAD_MAX);
}

int main(int argc, char **argv)
{
	const struct decode_source source = { .fd = -1 };

	if (argc < 3) {
		fprintf(stderr, "usage: evlog_format text|json loss|fuzz [SEED]\n");
		return 2;
	}
	format = strcmp(argv[1], "json") ? format_text : format_json;
	if (decode_open(&decoder, &source))
		return 1;
	srandom(argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 1);
	if (!strcmp(argv[2], "loss"))
		show_losses();
	else
		fuzz();
	decode_close(&decoder);
	return fflush(stdout) || ferror(stdout);
}
