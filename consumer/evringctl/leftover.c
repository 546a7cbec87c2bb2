// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "leftover.h"
#include "dynamic.h"
#include "filter.h"
#include "tracefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LEASE		"/run/evringctl.lock"
#define INSTANCES	TRACEFS "/instances"

int take_lease(void)
{
	int fd = open(LEASE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (fd < 0)
		return -1;
	do
		rc = flock(fd, LOCK_EX);
	while (rc && errno == EINTR);
	if (rc) {
		rc = errno;
		close(fd);
		errno = rc;
		return -1;
	}
	return fd;
}

/* Instances of ours. Return: whether there are any; they are removed if @removing. */
static bool instances(bool removing)
{
	DIR *dir = opendir(INSTANCES);
	struct dirent *entry;
	bool any = false;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, FILTER_PREFIX, strlen(FILTER_PREFIX)))
			continue;
		any = true;
		if (removing)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
	return any;
}

/* The same for dynamic events: "p:evring/NAME WHERE", a line each. */
static bool dynamic_events(bool removing)
{
	static const char group[] = ":" DYNAMIC_GROUP "/";
	char command[DYNAMIC_NAME + 16], *list = tracefs_get("dynamic_events");
	char *line, *rest, *name;
	bool any = false;

	for (line = list ? strtok_r(list, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		name = strchr(line, ':');
		if (!name || strncmp(name, group, strlen(group)))
			continue;
		any = true;
		name += strlen(group);
		snprintf(command, sizeof(command), "-%s%.*s", group, (int)strcspn(name, " "), name);
		if (removing)
			tracefs_put("dynamic_events", command);
	}
	free(list);
	return any;
}

void sweep_leased(void)
{
	/* A filter's event file holds on to its event. */
	instances(true);
	dynamic_events(true);
}

void sweep(void)
{
	int lease;

	if (!instances(false) && !dynamic_events(false))
		return;
	lease = take_lease();
	if (lease < 0)
		return;
	sweep_leased();
	close(lease);
}
