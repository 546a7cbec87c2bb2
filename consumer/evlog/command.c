// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool command_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	/* Not strtoull() alone: it also takes signs and spaces. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end && *value >= min && *value <= max;
}

int command_usage(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "evlog: %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see evlog %s --help\n", command);
	return EXIT_USAGE;
}

int command_complaint(const char *command, int c, char **argv)
{
	char *arg = argv[optind - 1];
	size_t name = strcspn(arg, "=");

	if (c == ':')
		return command_usage(command, "%s: something has to follow it", arg);
	if (optopt && arg[name])
		return command_usage(command, "%.*s: nothing can follow it", (int)name, arg);
	/* A letter in the midst of others: argv is not there yet. */
	if (optopt)
		return command_usage(command, "-%c: there is no such option", optopt);
	return command_usage(command, "%s: there is no such option", arg);
}
