// SPDX-License-Identifier: GPL-2.0
/* stat: what a channel is and what it has done. */
#include "channel.h"
#include "command.h"
#include "message.h"
#include "report.h"

#include <stdio.h>

int show_info(char **argv, const struct options *o)
{
	struct report r = { .json = o->given & TAKES_JSON };
	struct evring_channel_stats stats;
	struct evring_info info = { 0 };
	int error = ask_channel(argv[0], &info, &stats);

	if (error)
		return refused_channel(argv[0], &info, error);
	report_info(&r, &info);
	if (r.json)
		puts("}");
	return 0;
}

int show_stat(char **argv, const struct options *o)
{
	struct report r = { .json = o->given & TAKES_JSON };
	struct evring_channel_stats stats;
	struct evring_info info = { 0 };
	int error;

	if (o->given & TAKES_WATCH)
		return watch_stat(argv, o);
	if (argv[1])
		return fail(EXIT_USAGE, "usage: evringctl stat NAME [--watch[=SECONDS]]");
	error = ask_channel(argv[0], &info, &stats);
	if (error)
		return refused_channel(argv[0], &info, error);
	if (r.json)
		report_string(&r, "name", info.name);
	report_stats(&r, &stats);
	if (r.json)
		puts("}");
	return 0;
}
