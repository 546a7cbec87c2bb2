// SPDX-License-Identifier: GPL-2.0
/*
 * evringctl: makes, feeds, shows and removes evring channels.
 *
 * Results on standard output, what went wrong and how to mend it on standard
 * error. Exit status: 0 well, 1 failure, 2 wrong usage.
 */
#include "channel.h"
#include "command.h"
#include "message.h"
#include "word.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct command - a command.
 * @name: its name.
 * @run: does it; gets what follows the name, ended by NULL, and returns the exit status.
 * @min: least arguments, the channel's name included.
 * @max: most arguments.
 * @takes: options that it takes, TAKES_*.
 * @arguments: what it wants, for messages.
 */
struct command {
	const char *name;
	int (*run)(char **argv, const struct options *o);
	int min;
	int max;
	unsigned int takes;
	const char *arguments;
};

static const struct command commands[] = {
	{ "list", list, 0, 0, TAKES_JSON, "" },
	{ "info", show_info, 1, 1, TAKES_JSON, " NAME" },
	{ "stat", show_stat, 1, 2, TAKES_JSON | TAKES_WATCH, " NAME [--watch[=SECONDS]]" },
	{ "create", create, 1, 1, TAKES_CREATE, " NAME" },
	{ "remove", remove_channel, 1, 1, 0, " NAME" },
	{ "attach", attach, 2, INT_MAX, TAKES_FILTER | TAKES_PID, " NAME EVENT..." },
	{ "detach", detach, 1, 2, 0, " NAME [ID]" },
	{ "freeze", freeze, 1, 1, 0, " NAME" },
	{ "thaw", thaw, 1, 1, 0, " NAME" },
	{ "doctor", doctor, 0, 1, TAKES_JSON, " [NAME]" },
	{ "events", events, 0, 1, TAKES_JSON, " [EVENT]" },
	{ "snapshot", snapshot, 2, 2, TAKES_LIVE, " NAME FILE [--live]" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int unknown_command(const char *name)
{
	struct word words[NCOMMANDS + 1] = { 0 };
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		words[i].name = commands[i].name;
	fprintf(stderr, "evringctl: %s: no such command\n", name);
	print_near(words, name);
	return EXIT_USAGE;
}

static int run_command(int argc, char **argv, const struct options *o)
{
	const struct command *c;

	for (c = commands; c < commands + NCOMMANDS; c++)
		if (!strcmp(c->name, argv[0]))
			break;
	if (c == commands + NCOMMANDS)
		return unknown_command(argv[0]);
	if (argc - 1 < c->min || argc - 1 > c->max)
		return fail(EXIT_USAGE, "usage: evringctl %s%s%s", c->name, c->arguments,
			    c->takes == TAKES_CREATE ? " [OPTION]..." : "");
	if (o->given & ~c->takes)
		return fail(EXIT_USAGE, "%s: %s", c->name,
			    o->given & ~c->takes & TAKES_JSON ? "--json is for list, info, stat, events and doctor" :
			    o->given & ~c->takes & TAKES_LIVE ? "--live is for snapshot" :
			    o->given & ~c->takes & TAKES_WATCH ? "--watch is for stat" :
			    o->given & ~c->takes & (TAKES_FILTER | TAKES_PID) ? "--filter and --pid are for attach" :
			    "--size, --block, --clock, --mode, --group, --partitioned, --user-write and --lossless-deadline are for create");
	if (c->min && check_name(argv[1]))
		return EXIT_USAGE;
	return c->run(argv + 1, o);
}

int main(int argc, char **argv)
{
	struct options o = { .clock = EVRING_CLOCK_MONOTONIC };
	int rc = parse_options(argc, argv, &o);

	if (rc >= 0)
		return rc;
	if (optind == argc)
		return fail(EXIT_USAGE, "no command");
	rc = run_command(argc - optind, argv + optind, &o);
	if (fflush(stdout) || ferror(stdout)) {
		fail(EXIT_FAILURE, "cannot write to standard output: %s", strerror(errno));
		rc = rc ? rc : EXIT_FAILURE;
	}
	return rc;
}
