// SPDX-License-Identifier: GPL-2.0
/* event: the event types there are. */
#include "channel.h"
#include "command.h"
#include "message.h"
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The first event type from @type up, with its text, which the caller frees. Return: as ioctl(). */
static int ask_event(int fd, uint32_t type, struct evring_event_args *args, char **text)
{
	uint32_t room = 4096;

	*text = NULL;
	do {
		free(*text);
		*text = malloc(room);
		if (!*text)
			return -1;
		*args = (struct evring_event_args){ .size = sizeof(*args), .type = type,
						    .text_size = room,
						    .text = (__u64)(uintptr_t)*text };
		if (ioctl(fd, EVRING_IOC_EVENT, args)) {
			free(*text);
			return -1;
		}
		/* Another may have been registered meanwhile. */
	} while (args->text_size > room && (room = args->text_size + 1024));
	return 0;
}

static void tell_event(const struct evring_event_args *args, const char *text, bool json, bool whole)
{
	struct report r = { .json = true };

	if (json) {
		report_string(&r, "name", args->name);
		report_number(&r, "type", args->type);
		report_string(&r, "format", text);
		printf("}");
	} else if (whole) {
		fputs(text, stdout);
	} else {
		printf("%5u  %s\n", args->type, args->name);
	}
}

int events(char **argv, const struct options *o)
{
	bool json = o->given & TAKES_JSON;
	struct evring_event_args args;
	int fd = open_control();
	unsigned int told = 0;
	uint32_t type = 0;
	char *text;
	int error;

	if (fd < 0)
		return EXIT_FAILURE;
	if (json)
		printf("[");
	for (; !ask_event(fd, type, &args, &text); type = args.type + 1) {
		if (!argv[0] || !strcmp(argv[0], args.name)) {
			if (json && told)
				printf(",\n");
			tell_event(&args, text, json, argv[0]);
			told++;
		}
		free(text);
	}
	error = errno;
	close(fd);
	if (json)
		puts("]");
	if (error != ENOENT)
		return explain("events", error);
	if (argv[0] && !told)
		return fail(EXIT_FAILURE, "%s: no such event type: see evringctl events", argv[0]);
	return 0;
}
