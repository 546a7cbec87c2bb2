// SPDX-License-Identifier: GPL-2.0
#include "convert.h"

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

char **convert_arguments(int *argc, char **argv)
{
	static char no_follow[] = "--no-follow";
	char **args = calloc((size_t)*argc + 1, sizeof(*args));
	char *format = NULL, names[64];
	int i, n = 1;

	if (!args) {
		fputs("evlog convert: no memory\n", stderr);
		return NULL;
	}
	args[0] = argv[0];
	for (i = 1; i < *argc; i++) {
		if (!format && (format = as_format(argv[i])))
			args[n++] = format;
		else
			args[n++] = argv[i];
	}
	/* Behind the name of the program: what follows may end the options. */
	memmove(args + 2, args + 1, (size_t)(n - 1) * sizeof(*args));
	args[1] = no_follow;
	*argc = n + 1;
	if (format || (*argc > 2 && (!strcmp(args[2], "--help") || !strcmp(args[2], "-h"))))
		return args;
	fprintf(stderr, "evlog convert: no format: --to names one of %s; such as evlog convert ring.image --to ctf --output trace\n",
		sink_format_names(names, sizeof(names)));
	return NULL;
}
