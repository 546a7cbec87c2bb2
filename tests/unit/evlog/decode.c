// SPDX-License-Identifier: GPL-2.0
/*
 * Feeds evlog's decoder:
 *
 *   evlog_decode EVENTS text|json TYPE PAYLOAD       one record, its payload in hexadecimal
 *   evlog_decode EVENTS text|json SEED [WHERE...]    payloads that lie
 *
 * EVENTS is laid out as tracefs's folder events/. With a SEED each event gets payloads of
 * all lengths about its own, their words random, small, or such as place a dynamic field
 * well, or nearly; and each WHERE is asked about each. The last line on standard error tells
 * how many events were printed by their print fmt.
 */
#include "filter.h"
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS	200	/* payloads of each event */

static struct line line;
static struct decoder decoder;
static struct filter filter;
static struct options options;
static format_fn format;

static uint32_t any(uint32_t below)
{
	return (uint32_t)random() % below;
}

/* A word such as may be found in a payload of @len bytes. */
static uint32_t word(uint32_t len)
{
	uint32_t at = any(len + 4);

	switch (any(8)) {
	case 0:
		return (uint32_t)random() * 2654435761U;
	case 1:
		return ~0U - any(4);
	case 2:
		return 0;
	case 3:
		return any(10);
	default:
		return any(len + 4 - at + 1) << 16 | at;
	}
}

/* On the heap, of the exact size, so that a sanitizer sees any byte too far. */
static unsigned char *payload_of(uint32_t type, uint32_t len)
{
	unsigned char *payload = malloc(len ? len : 1);
	struct evring_common common = { .type = (uint16_t)(any(16) ? type : type + 1) };
	uint32_t i, w = 0;

	if (!payload)
		exit(1);
	for (i = 0; i < len; i++) {
		if (i % 4 == 0)
			w = word(len);
		payload[i] = (unsigned char)(w >> i % 4 * 8);
	}
	/* Most strings end somewhere. */
	if (len > 8 && any(4))
		payload[len - 1] = 0;
	common.pid = (int32_t)any(100);
	memcpy(payload, &common, len < sizeof(common) ? len : sizeof(common));
	return payload;
}

/* Return: whether it was printed by the print fmt. */
static bool show(uint32_t type, const unsigned char *payload, uint32_t len)
{
	struct stamp stamp = { .known = true, .ns = 12345678901ULL };
	struct evring_event ev = {
		.kind = EVRING_RECORD, .type = type, .len = len, .payload = payload,
	};
	const struct event_type *t = decode_type(&decoder, type);
	size_t n;

	if (t)
		decode_learn(&decoder, t, &ev);
	filter_wants(&filter, t, &ev);
	line.len = 0;
	format(&line, &decoder, t, &ev, &stamp);
	fwrite(line.data, 1, line.len, stdout);
	return t && decode_fit(t, &ev) == FIT_WHOLE && decode_print(&decoder, t, &ev, &n);
}

static bool show_random(uint32_t type, uint32_t len)
{
	unsigned char *payload = payload_of(type, len);
	bool printed = show(type, payload, len);

	free(payload);
	return printed;
}

static void show_one(uint32_t type, const char *hex)
{
	uint32_t i, len = (uint32_t)strlen(hex) / 2;
	unsigned char *payload = malloc(len + 1);
	char byte[3] = "";

	if (!payload)
		exit(1);
	for (i = 0; i < len; i++) {
		memcpy(byte, hex + 2 * i, 2);
		payload[i] = (unsigned char)strtoul(byte, NULL, 16);
	}
	show(type, payload, len);
	free(payload);
}

static void show_lies(void)
{
	unsigned int round, printed, printable = 0, known = 0;
	const struct event_type *t;
	uint32_t type, least;
	size_t i;

	for (i = 0; i < decoder.tracefs.n; i++) {
		type = decoder.tracefs.events[i].id;
		t = decode_type(&decoder, type);
		least = t ? t->least : 8;
		known += t != NULL;
		printed = 0;
		for (round = 0; round < ROUNDS; round++)
			printed += show_random(type, least < 16 || any(8) ? least + any(100) :
					       least - any(16));
		printable += printed > 0;
		if (t && !printed)
			fprintf(stderr, "by its fields only: %s\n", t->name);
	}
	fprintf(stderr, "%zu events, %u known, %u printed by their print fmt\n", decoder.tracefs.n,
		known, printable);
}

int main(int argc, char **argv)
{
	const struct decode_source source = { .fd = -1, .known = filter_type, .ctx = &filter };
	bool one = argc == 5 && strlen(argv[4]) > 15 && !argv[4][strspn(argv[4], "0123456789abcdef")];
	int i;

	if (argc < 4 || strlen(argv[1]) >= sizeof(decoder.tracefs.root)) {
		fprintf(stderr, "usage: evlog_decode EVENTS text|json TYPE PAYLOAD|SEED [WHERE...]\n");
		return 2;
	}
	format = strcmp(argv[2], "json") ? format_text : format_json;
	for (i = 4; !one && i < argc; i++)
		options.where[options.nwhere++] = argv[i];
	filter.opt = &options;
	if (decode_open(&decoder, &source))
		return 1;
	strcpy(decoder.tracefs.root, argv[1]);
	tracefs_all(&decoder.tracefs);
	if (filter_open(&filter, &options, &decoder))
		return 1;
	srandom((unsigned int)strtoul(argv[3], NULL, 10));
	if (one)
		show_one((uint32_t)strtoul(argv[3], NULL, 10), argv[4]);
	else
		show_lies();
	filter_close(&filter, true);
	decode_close(&decoder);
	return fflush(stdout) || ferror(stdout);
}
