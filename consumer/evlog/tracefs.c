// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "tracefs.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PART	10U	/* of the time may go into looking: one in so many */

int tracefs_open(struct tracefs *t)
{
	static const char *const roots[] = {
		"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events",
	};
	int error = ENOENT;
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (!access(roots[i], R_OK | X_OK)) {
			strcpy(t->root, roots[i]);
			return 0;
		}
		if (errno != ENOENT)
			error = errno;
	}
	return -error;
}

static void forget(struct tracefs *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->events[i].system);
		free(t->events[i].name);
	}
	free(t->events);
	t->events = NULL;
	t->n = 0;
}

void tracefs_close(struct tracefs *t)
{
	forget(t);
	t->root[0] = '\0';
}

/* The whole file, NUL-terminated, to be freed. Its size is not known beforehand. */
static char *read_file(int dir, const char *path)
{
	size_t room = 4096, used = 0;
	char *text = NULL, *more;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	while (fd >= 0 && n > 0) {
		more = realloc(text, room + 1);
		if (!more)
			break;
		text = more;
		n = read(fd, text + used, room - used);
		if (n > 0)
			used += (size_t)n;
		if (used == room)
			room *= 2;
	}
	if (fd >= 0)
		close(fd);
	if (!text || n) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

/* Most have no such file: they are switches, or headers. */
static uint32_t read_id(int dir, const char *name)
{
	char path[NAME_MAX + 4], text[16];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/id", name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (uint32_t)strtoul(text, NULL, 10);
}

static void add(struct tracefs *t, uint32_t id, const char *system, const char *name)
{
	struct tracefs_event e = { .id = id }, *events = t->events;

	if (!(t->n & (t->n - 1)))
		events = realloc(t->events, (t->n ? 2 * t->n : 1) * sizeof(*events));
	if (!events)
		return;
	t->events = events;
	e.system = strdup(system);
	e.name = strdup(name);
	if (e.system && e.name) {
		events[t->n++] = e;
		return;
	}
	free(e.system);
	free(e.name);
}

static void look_in(struct tracefs *t, int root, const char *system)
{
	int fd = openat(root, system, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint32_t id;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || entry->d_type == DT_REG)
			continue;
		id = read_id(fd, entry->d_name);
		if (id)
			add(t, id, system, entry->d_name);
	}
	closedir(dir);
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct tracefs_event *)a)->id;
	uint32_t y = ((const struct tracefs_event *)b)->id;

	return x < y ? -1 : x > y;
}

static void look(struct tracefs *t)
{
	DIR *dir = opendir(t->root);
	const struct dirent *entry;

	forget(t);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && entry->d_type != DT_REG)
			look_in(t, dirfd(dir), entry->d_name);
	closedir(dir);
	if (t->n)
		qsort(t->events, t->n, sizeof(*t->events), by_id);
}

void tracefs_all(struct tracefs *t)
{
	uint64_t begun = clock_ns(CLOCK_MONOTONIC), ended;

	if (!t->root[0] || begun < t->again_at)
		return;
	look(t);
	ended = clock_ns(CLOCK_MONOTONIC);
	t->again_at = ended + (ended - begun) * (PART - 1);
}

static const struct tracefs_event *find(const struct tracefs *t, uint32_t id)
{
	const struct tracefs_event key = { .id = id };

	return t->n ? bsearch(&key, t->events, t->n, sizeof(key), by_id) : NULL;
}

const struct tracefs_event *tracefs_find(struct tracefs *t, uint32_t id)
{
	const struct tracefs_event *e = find(t, id);

	if (e)
		return e;
	tracefs_all(t);
	return find(t, id);
}

char *tracefs_format(const struct tracefs *t, const struct tracefs_event *e)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s/%s/format", t->root, e->system, e->name);

	return n > 0 && (size_t)n < sizeof(path) ? read_file(AT_FDCWD, path) : NULL;
}
