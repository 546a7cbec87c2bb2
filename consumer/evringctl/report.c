// SPDX-License-Identifier: GPL-2.0
#include "report.h"
#include "channel.h"

#include <stdio.h>

void report_name(struct report *r, const char *name)
{
	if (r->json)
		printf("%s\"%s\":", r->any ? "," : "{", name);
	else
		printf("%-18s ", name);
	r->any = true;
}

/* As a JSON string. */
static void print_quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s == '\n')
			printf("\\n");
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", (unsigned int)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

void report_string(struct report *r, const char *name, const char *value)
{
	report_name(r, name);
	if (r->json)
		print_quoted(value);
	else
		puts(value);
}

void report_number(struct report *r, const char *name, __u64 value)
{
	report_name(r, name);
	printf(r->json ? "%llu" : "%llu\n", (unsigned long long)value);
}

static void report_bool(struct report *r, const char *name, bool value)
{
	report_name(r, name);
	if (r->json)
		fputs(value ? "true" : "false", stdout);
	else
		puts(value ? "yes" : "no");
}

void report_info(struct report *r, const struct evring_info *i)
{
	report_string(r, "name", i->name);
	report_string(r, "state", state_of(i->state));
	report_string(r, "clock", word_of(clocks, i->clock));
	report_number(r, "id", i->id);
	report_number(r, "abi_version", i->abi_version);
	report_number(r, "ring_bytes", i->data_size);
	report_number(r, "block_bytes", i->block_size);
	report_number(r, "blocks", i->nblocks);
	report_number(r, "cpus", i->ncpus);
	report_number(r, "page_bytes", i->page_size);
	report_number(r, "map_bytes", i->map_size);
	report_number(r, "memory_bytes", i->memory);
	report_number(r, "max_payload", i->max_payload);
	report_number(r, "fault_window_pages", i->fault_window);
	report_bool(r, "partitioned", i->features & EVRING_FEATURE_PARTITIONED);
	report_bool(r, "user_write", i->features & EVRING_FEATURE_USER_WRITE);
}

void report_stats(struct report *r, const struct evring_channel_stats *s)
{
	report_number(r, "accepted", s->accepted);
	report_number(r, "dropped", dropped_in_all(s));
	report_number(r, "dropped_no_room", s->dropped[EVRING_DROP_NO_ROOM]);
	report_number(r, "dropped_too_large", s->dropped[EVRING_DROP_TOO_LARGE]);
	report_number(r, "dropped_frozen", s->dropped[EVRING_DROP_FROZEN]);
	report_number(r, "dropped_context", s->dropped[EVRING_DROP_CONTEXT]);
	report_number(r, "readers", s->readers);
	report_number(r, "sources", s->sources);
	report_number(r, "blocks_open", s->blocks_open);
	report_number(r, "wakeups", s->wakeups);
	report_number(r, "faults", s->faults);
	report_number(r, "positions", s->positions);
	report_number(r, "evictions", s->evictions);
}
