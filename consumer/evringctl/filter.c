// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "filter.h"
#include "message.h"
#include "tracefs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_instance(struct filter *f, const char *event)
{
	char path[sizeof(TRACEFS "/instances/") + sizeof(f->instance)];
	char size[sizeof(path)];
	unsigned int i = 0;

	/* One of this process number may be in use from long ago. */
	do {
		snprintf(f->instance, sizeof(f->instance), FILTER_PREFIX "%d.%u", (int)getpid(),
			 i++);
		snprintf(path, sizeof(path), TRACEFS "/instances/%s", f->instance);
		if (!mkdir(path, 0700)) {
			/* Nothing is recorded there: give the memory back. */
			snprintf(size, sizeof(size), "instances/%s/buffer_size_kb", f->instance);
			tracefs_put(size, "1");
			return 0;
		}
	} while (errno == EEXIST);
	*f->instance = '\0';
	return fail(EXIT_FAILURE, "%s: %s: %s: --filter needs an instance of tracefs (CONFIG_TRACING, root)",
		    event, path, strerror(errno));
}

/*
 * tracefs keeps the expression, with what is wrong and where below it. The error does not
 * tell: for a quote that is missing it is ESRCH.
 */
static int refused_filter(const struct filter *f, const char *event, const char *path, int error)
{
	char *text = tracefs_get(path);
	char *line, *rest;

	if (!text || !strstr(text, "parse_error")) {
		free(text);
		return fail(EXIT_FAILURE, "%s: --filter %s: %s", event, f->expression, strerror(error));
	}
	fprintf(stderr, "evringctl: %s: --filter is wrong:\n", event);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		fprintf(stderr, "  %s\n", line);
	free(text);
	return EXIT_USAGE;
}

int set_filter(struct filter *f, const char *event, const char *system, const char *name,
	       char path[EVRING_FILTER_MAX])
{
	char file[PATH_MAX];
	int error, rc;

	if (!*f->instance) {
		rc = make_instance(f, event);
		if (rc)
			return rc;
	}
	if (snprintf(path, EVRING_FILTER_MAX, "%s/%s/%s", f->instance, system, name) >=
	    (int)EVRING_FILTER_MAX)
		return fail(EXIT_USAGE, "%s: too long", event);
	snprintf(file, sizeof(file), "instances/%s/events/%s/%s/filter", f->instance, system, name);
	error = tracefs_put(file, f->expression);
	if (error == ENOENT)
		return fail(EXIT_FAILURE, "%s: tracefs has no filter for this event", event);
	return error ? refused_filter(f, event, file, error) : 0;
}
