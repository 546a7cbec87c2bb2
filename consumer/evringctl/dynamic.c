// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "dynamic.h"
#include "message.h"
#include "symbol.h"
#include "tracefs.h"
#include "word.h"

#include <errno.h>
#include <linux/types.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLACKLIST	"/sys/kernel/debug/kprobes/blacklist"
#define NUMBERS		100000U		/* events of one function that are looked for */

/* --- what was typed ------------------------------------------------------------------ */

static int wrong_form(const struct dynamic *d, const char *event)
{
	return fail(EXIT_USAGE, d->user ?
		    "%s: %s:PATH:FUNCTION or %s:PATH:0xOFFSET is wanted, then, after a blank, what is fetched" :
		    "%s: %s:FUNCTION or %s:FUNCTION+OFFSET is wanted, then, after a blank, what is fetched",
		    event, d->kind, d->kind);
}

int parse_dynamic(struct dynamic *d, const char *event, char *text)
{
	size_t n = strcspn(text, " \t");

	d->user = strchr(d->kind, 'u') == d->kind;
	d->returns = strstr(d->kind, "ret");
	d->fetch = text + n;
	if (*d->fetch)
		*d->fetch++ = '\0';
	d->fetch += strspn(d->fetch, " \t");
	d->place = text;
	if (d->user) {
		d->path = text;
		d->place = strrchr(text, ':');
		if (!d->place || d->place == text)
			return wrong_form(d, event);
		*d->place++ = '\0';
	}
	/* Further lines, and comments, would be commands of their own. */
	if (!*d->place || strpbrk(event, "\n#"))
		return wrong_form(d, event);
	return 0;
}

/* --- where it is --------------------------------------------------------------------- */

/* Where it is, as tracefs writes it; of a program "PATH:0x...", padded as tracefs pads it. */
static int locate(const struct dynamic *d, const char *event, char *where, size_t room)
{
	char path[PATH_MAX], *end;
	__u64 offset;
	int n, rc;

	if (!d->user) {
		n = snprintf(where, room, "%s", d->place);
		return n < (int)room ? 0 : fail(EXIT_USAGE, "%s: too long", event);
	}
	if (!realpath(d->path, path))
		return fail(EXIT_FAILURE, "%s: %s: %s", event, d->path, strerror(errno));
	offset = strtoull(d->place, &end, 0);
	if (*end || *d->place < '0' || *d->place > '9') {
		rc = find_symbol(event, path, d->place, &offset);
		if (rc)
			return rc;
	}
	n = snprintf(where, room, "%s:0x%0*llx", path, (int)sizeof(void *) * 2,
		     (unsigned long long)offset);
	return n < (int)room ? 0 : fail(EXIT_USAGE, "%s: too long", event);
}

/* --- its name ------------------------------------------------------------------------ */

/* "KIND_PLACE", of what tracefs takes in a name, with room for a number. */
static void name_base(const struct dynamic *d, char base[DYNAMIC_NAME - 8])
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	char *c;

	snprintf(base, DYNAMIC_NAME - 8, "%s_%s", d->kind, d->place);
	for (c = base; *c; c++)
		if (!strchr(allowed, *c))
			*c = '_';
}

/* The name of the one that @line of tracefs's list tells, if its definition is @wanted. */
static bool take_same(struct dynamic *d, char *line, const char *wanted)
{
	char *slash = strchr(line, '/');
	char *blank = strchr(line, ' ');

	if (!slash || !blank || blank < slash || strcmp(blank + 1, wanted) ||
	    *line != (d->returns ? 'r' : 'p') ||
	    strncmp(line + strcspn(line, ":"), ":" DYNAMIC_GROUP "/", strlen(DYNAMIC_GROUP) + 2))
		return false;
	*blank = '\0';
	snprintf(d->name, sizeof(d->name), "%s", slash + 1);
	return true;
}

static bool find_same(struct dynamic *d, const char *list, const char *wanted)
{
	char *copy = strdup(list);
	char *line, *rest;
	bool found = false;

	if (!copy)
		return false;
	for (line = strtok_r(copy, "\n", &rest); line && !found; line = strtok_r(NULL, "\n", &rest))
		found = take_same(d, line, wanted);
	free(copy);
	return found;
}

/* A name that @list does not have. */
static void choose_name(struct dynamic *d, const char *list)
{
	char base[DYNAMIC_NAME - 8], taken[DYNAMIC_NAME + 16];
	unsigned int i = 0;

	name_base(d, base);
	do {
		snprintf(d->name, sizeof(d->name), "%s_%u", base, ++i);
		snprintf(taken, sizeof(taken), ":" DYNAMIC_GROUP "/%s ", d->name);
	} while (strstr(list, taken) && i < NUMBERS);
}

/* --- refusals ------------------------------------------------------------------------ */

/* The function alone, without +OFFSET and MODULE: before it. */
static char *function_of(const struct dynamic *d)
{
	const char *colon = strchr(d->place, ':');
	const char *name = colon ? colon + 1 : d->place;

	return strndup(name, strcspn(name, "+"));
}

/* Is @name the word that stands first, or last, on a line of the file? */
static bool lists(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[512], *first, *last;
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		last = strrchr(line, '\t');
		first = line;
		if (!last)
			first[strcspn(first, " ")] = '\0';
		found = !strcmp(last ? last + 1 : first, name);
	}
	fclose(f);
	return found;
}

/* Names of /proc/kallsyms: "ADDRESS TYPE NAME[\t[MODULE]]". */
static bool look_in_kernel(struct near *near, const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[1024], type, *symbol;
	bool found = false;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\t\n")] = '\0';
		if (sscanf(line, "%*s %c", &type) != 1 || !strchr("tTwW", type))
			continue;
		symbol = strrchr(line, ' ') + 1;
		near_look(near, symbol);
		found = found || !strcmp(symbol, name);
	}
	fclose(f);
	return found;
}

static int refused_function(const char *event, const char *name, int error, const char *reason)
{
	struct near near;
	char *all;

	near_begin(&near, name);
	if (!look_in_kernel(&near, name)) {
		/* Those that can be probed alone, if the kernel tells. */
		all = tracefs_get("available_filter_functions");
		if (all) {
			near_begin(&near, name);
			near_lines(&near, all);
		}
		free(all);
		fail(EXIT_FAILURE, "%s: the kernel has no function %s: it may be inlined, or its module not loaded",
		     event, name);
		near_print(&near);
		return EXIT_FAILURE;
	}
	if (lists(BLACKLIST, name))
		return fail(EXIT_FAILURE, "%s: the kernel lets nobody probe %s, because probes need it themselves: see "
			    BLACKLIST, event, name);
	if (error == EADDRNOTAVAIL)
		return fail(EXIT_FAILURE, "%s: tracefs refuses this probe%s: %s is the name of more than one function: take one that is inside it, or calls it",
			    event, reason, name);
	/* What tracefs itself has understood, but the kernel does not take. */
	if (strstr(reason, "register") && !lists(TRACEFS "/available_filter_functions", name))
		return fail(EXIT_FAILURE, "%s: tracefs refuses this probe%s: %s is notrace: take a function of "
			    TRACEFS "/available_filter_functions", event, reason, name);
	return fail(EXIT_FAILURE, "%s: tracefs refuses this probe%s: what is fetched is written as NAME=+OFFSET($argN):TYPE, and FUNCTION+OFFSET is where an instruction begins",
		    event, reason);
}

static int refused_dynamic(const struct dynamic *d, const char *event, int error)
{
	char reason[160];
	char *name;
	int rc;

	tracefs_reason(d->name, reason, sizeof(reason));
	switch (error) {
	case EACCES:
	case EPERM:
		return fail(EXIT_FAILURE, "%s: not permitted to make probes: run as root; or the kernel is locked down (see /sys/kernel/security/lockdown)",
			    event);
	case ENOENT:
	case EINVAL:
	case EILSEQ:
	case EADDRNOTAVAIL:
		break;
	default:
		return fail(EXIT_FAILURE, "%s: tracefs refuses this probe%s: %s", event, reason,
			    strerror(error));
	}
	if (d->user)
		return fail(EXIT_FAILURE, "%s: tracefs refuses this probe%s: the offset must lie in the file, and what is fetched is written as NAME=+OFFSET(%%REGISTER):TYPE",
			    event, reason);
	name = function_of(d);
	if (!name)
		return fail(EXIT_FAILURE, "no memory");
	rc = refused_function(event, name, error, reason);
	free(name);
	return rc;
}

/* --- making -------------------------------------------------------------------------- */

int make_dynamic(struct dynamic *d, const char *event)
{
	const char *file = d->user ? "uprobe_events" : "kprobe_events";
	char where[PATH_MAX + 32], *wanted = NULL, *command = NULL;
	char *list;
	int error, rc;

	rc = locate(d, event, where, sizeof(where));
	if (rc)
		return rc;
	list = tracefs_get(file);
	if (!list && errno == ENOENT)
		return fail(EXIT_FAILURE, "%s: this kernel has no " TRACEFS "/%s: take one with CONFIG_KPROBE_EVENTS and CONFIG_UPROBE_EVENTS",
			    event, file);
	if (!list)
		return fail(EXIT_FAILURE, "%s: " TRACEFS "/%s: %s", event, file, strerror(errno));
	if (asprintf(&wanted, "%s%s%s", where, *d->fetch ? " " : "", d->fetch) < 0) {
		rc = fail(EXIT_FAILURE, "no memory");
		goto out_list;
	}
	if (find_same(d, list, wanted))
		goto out_wanted;
	choose_name(d, list);
	if (asprintf(&command, "%c:" DYNAMIC_GROUP "/%s %s", d->returns ? 'r' : 'p', d->name,
		     wanted) < 0) {
		rc = fail(EXIT_FAILURE, "no memory");
		goto out_wanted;
	}
	error = tracefs_put(file, command);
	if (error)
		rc = refused_dynamic(d, event, error);
	free(command);

out_wanted:
	free(wanted);
out_list:
	free(list);
	return rc;
}
