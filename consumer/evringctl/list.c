// SPDX-License-Identifier: GPL-2.0
/* list: the channels there are. */
#include "channel.h"
#include "command.h"
#include "message.h"
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line or object of the list. A channel that may not be read has its name only. */
static void list_one(const char *name, bool json)
{
	struct report r = { .json = true };
	struct evring_channel_stats stats;
	struct evring_info info;
	int error = ask_channel(name, &info, &stats);

	/* It was removed meanwhile. */
	if (error == ENOENT)
		return;
	if (json) {
		if (error) {
			report_string(&r, "name", name);
			report_string(&r, "error", strerror(error));
		} else {
			report_info(&r, &info);
			report_stats(&r, &stats);
		}
		puts("}");
	} else if (error) {
		printf("%-20s (%s)\n", name, strerror(error));
	} else {
		printf("%-20s %8lluK %5uK %-10s %-8s %7u %7u %14llu %12llu\n", name,
		       (unsigned long long)info.data_size >> 10, info.block_size >> 10,
		       word_of(clocks, info.clock), state_of(info.state), stats.sources,
		       stats.readers, (unsigned long long)stats.accepted,
		       (unsigned long long)dropped_in_all(&stats));
	}
}

int list(char **argv, const struct options *o)
{
	char (*names)[EVRING_NAME_SIZE];
	bool json = o->given & TAKES_JSON;
	uint32_t count, i;

	(void)argv;
	if (list_names(&names, &count))
		return EXIT_FAILURE;
	if (json)
		puts("[");
	else
		printf("%-20s %9s %6s %-10s %-8s %7s %7s %14s %12s\n", "NAME", "RING", "BLOCK",
		       "CLOCK", "STATE", "SOURCES", "READERS", "ACCEPTED", "DROPPED");
	for (i = 0; i < count; i++) {
		names[i][EVRING_NAME_SIZE - 1] = '\0';
		if (!names[i][0]) {
			fail(0, "list: only the first %u of %u channels are told by the module", i,
			     count);
			break;
		}
		if (json && i)
			puts(",");
		list_one(names[i], json);
	}
	if (json)
		puts("]");
	free(names);
	return 0;
}
