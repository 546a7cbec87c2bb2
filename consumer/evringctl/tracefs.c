// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "tracefs.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_below(const char *path, int flags)
{
	char whole[PATH_MAX];
	int n = snprintf(whole, sizeof(whole), TRACEFS "/%s", path);

	if (n < 0 || (size_t)n >= sizeof(whole)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(whole, flags | O_CLOEXEC);
}

/* All that @fd says, NUL at the end. NULL with errno. */
static char *slurp(int fd)
{
	size_t have = 0, room = 0;
	char *text = NULL, *more;
	ssize_t n;

	do {
		if (room < have + 4096) {
			room = 2 * room + 8192;
			more = realloc(text, room);
			if (!more)
				goto err_free;
			text = more;
		}
		n = read(fd, text + have, room - have - 1);
		if (n < 0)
			goto err_free;
		have += (size_t)n;
	} while (n);
	text[have] = '\0';
	return text;

err_free:
	free(text);
	return NULL;
}

char *tracefs_get(const char *path)
{
	int fd = open_below(path, O_RDONLY);
	char *text;
	int error;

	if (fd < 0)
		return NULL;
	text = slurp(fd);
	error = errno;
	close(fd);
	errno = error;
	return text;
}

int tracefs_put(const char *path, const char *text)
{
	/* Never truncated: that would remove all dynamic events. */
	int fd = open_below(path, O_WRONLY | O_APPEND);
	ssize_t n;
	int error;

	if (fd < 0)
		return errno;
	n = write(fd, text, strlen(text));
	error = n < 0 ? errno : 0;
	close(fd);
	return error;
}

int tracefs_id(const char *system, const char *name, __u64 *id)
{
	char path[PATH_MAX];
	char *text;

	snprintf(path, sizeof(path), "events/%s/%s/id", system, name);
	text = tracefs_get(path);
	if (!text)
		return errno;
	*id = strtoull(text, NULL, 10);
	free(text);
	return 0;
}

int tracefs_missing(const char *event)
{
	if (!access(TRACEFS "/events", R_OK | X_OK))
		return 0;
	if (errno == EACCES)
		return fail(EXIT_FAILURE, "%s: " TRACEFS " is not readable for you: run as root",
			    event);
	return fail(EXIT_FAILURE, "%s: tracefs is not mounted: mount -t tracefs nodev " TRACEFS,
		    event);
}

void tracefs_reason(const char *name, char *reason, size_t room)
{
	/* "[time] system: error: WHAT", then "  Command: TEXT", for each. */
	char *log = tracefs_get("error_log");
	char *at = log, *end, *command;

	*reason = '\0';
	while (at && (at = strstr(at, "error: "))) {
		at += strlen("error: ");
		end = strchr(at, '\n');
		command = end ? strchr(end + 1, '\n') : NULL;
		if (!command)
			break;
		*end = '\0';
		*command = '\0';
		if (strstr(end + 1, name))
			snprintf(reason, room, ": %s", at);
		at = command + 1;
	}
	free(log);
}
