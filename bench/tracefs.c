// SPDX-License-Identifier: GPL-2.0
/* Tracepoints, and the files by which tracefs is told what to do. */
#include "evbench.h"
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** tracefs_put() - write @text to the file @path. Returns 0, or -errno. */
int tracefs_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/** tracefs_number() - the number that the file @path begins with; 0: it has none. */
uint64_t tracefs_number(const char *path)
{
	char text[24] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoull(text, NULL, 10);
}

/** tracefs_event_id() - the number of the tracepoint "system/name"; 0: there is none. */
uint64_t tracefs_event_id(const char *event)
{
	char path[128];

	snprintf(path, sizeof(path), TRACEFS "/events/%s/id", event);
	return tracefs_number(path);
}

/** tracefs_field() - where the field @name of the tracepoint "system/name" is; 0: it has none. */
uint32_t tracefs_field(const char *event, const char *name)
{
	char path[128], line[256], end[64];
	uint32_t offset = 0;
	const char *at;
	FILE *in;

	snprintf(path, sizeof(path), TRACEFS "/events/%s/format", event);
	snprintf(end, sizeof(end), " %s;\toffset:", name);
	in = fopen(path, "re");
	while (in && !offset && fgets(line, sizeof(line), in)) {
		at = strstr(line, end);
		if (at)
			offset = (uint32_t)strtoul(at + strlen(end), NULL, 10);
	}
	if (in)
		fclose(in);
	return offset;
}
