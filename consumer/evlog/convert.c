// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "convert.h"

#include "command.h"
#include "sink.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The format in place of --to, which is a server elsewhere. NULL: @arg is not --to. */
static char *as_format(const char *arg)
{
	static char option[64];

	if (!strcmp(arg, "--to"))
		return strcpy(option, "--format");
	if (strncmp(arg, "--to=", strlen("--to=")))
		return NULL;
	snprintf(option, sizeof(option), "--format=%s", arg + strlen("--to="));
	return option;
}

int convert_arguments(int *argc, char ***argv)
{
	static char no_follow[] = "--no-follow";
	char **args = calloc((size_t)*argc + 1, sizeof(*args)), **given = *argv;
	char *format = NULL, names[64];
	int i, n = 1;

	if (!args) {
		fputs("evlog convert: no memory\n", stderr);
		return EXIT_FAILURE;
	}
	args[0] = given[0];
	for (i = 1; i < *argc; i++) {
		if (!format && (format = as_format(given[i])))
			args[n++] = format;
		else
			args[n++] = given[i];
	}
	/* Behind the name of the program: what follows may end the options. */
	memmove(args + 2, args + 1, (size_t)(n - 1) * sizeof(*args));
	args[1] = no_follow;
	*argc = n + 1;
	*argv = args;
	if (format || (*argc > 2 && (!strcmp(args[2], "--help") || !strcmp(args[2], "-h"))))
		return 0;
	fprintf(stderr, "evlog convert: no format: --to names one of %s; such as evlog convert ring.image --to ctf --output trace\n",
		sink_format_names(names, sizeof(names)));
	return EXIT_USAGE;
}
