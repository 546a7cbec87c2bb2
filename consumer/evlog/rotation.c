// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "rotation.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIGITS	6

/* The number that @entry has as a file of log @base; 0: it is none. */
static uint64_t number_of(const char *entry, const char *base)
{
	size_t len = strlen(base), digits;

	if (strncmp(entry, base, len) || entry[len] != '.')
		return 0;
	entry += len + 1;
	digits = strspn(entry, "0123456789");
	if (digits < DIGITS || digits > 18 || entry[digits])
		return 0;
	return strtoull(entry, NULL, 10);
}

/* Calls @fn for each complete file of log @name. Return: 0 or -errno. */
static int each(const char *name, int (*fn)(void *ctx, uint64_t number), void *ctx)
{
	char folder[PATH_MAX], base[PATH_MAX];
	const struct dirent *entry;
	uint64_t number;
	const char *last;
	int rc = 0;
	DIR *dir;

	if (snprintf(folder, sizeof(folder), "%s", name) >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	snprintf(base, sizeof(base), "%s", name);
	last = basename(base);
	dir = opendir(dirname(folder));
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		number = number_of(entry->d_name, last);
		if (number)
			rc = fn(ctx, number);
	}
	closedir(dir);
	return rc;
}

static int note_last(void *ctx, uint64_t number)
{
	uint64_t *last = ctx;

	*last = number > *last ? number : *last;
	return 0;
}

int64_t rotation_last(const char *name)
{
	uint64_t last = 0;
	int rc = each(name, note_last, &last);

	return rc ? rc : (int64_t)last;
}

int rotation_name(const char *name, uint64_t number, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s.%0*llu", name, DIGITS, (unsigned long long)number);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int rotation_shift(const char *name, uint64_t number)
{
	char to[PATH_MAX];
	int rc = rotation_name(name, number, to, sizeof(to));

	if (rc)
		return rc;
	/* Never over another. Some filesystems cannot promise that. */
	if (!renameat2(AT_FDCWD, name, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	return errno == EINVAL && !rename(name, to) ? 0 : -errno;
}

uint64_t rotation_turn_at(const struct rotation *policy)
{
	return policy->age_ns ? clock_ns(CLOCK_MONOTONIC) + policy->age_ns : 0;
}

/* Numbers, in no order. */
struct numbers {
	uint64_t *all;
	size_t n;
};

static int note_number(void *ctx, uint64_t number)
{
	struct numbers *numbers = ctx;
	uint64_t *all = reallocarray(numbers->all, numbers->n + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	numbers->all = all;
	all[numbers->n++] = number;
	return 0;
}

static int younger_first(const void *p, const void *q)
{
	const uint64_t *a = p, *b = q;

	return (*a < *b) - (*a > *b);
}

int rotation_keep(const char *name, const struct rotation *policy)
{
	struct numbers numbers = { 0 };
	uint64_t bytes = 0;
	char path[PATH_MAX];
	struct stat st;
	size_t i;
	int rc;

	if (!policy->keep && !policy->keep_size)
		return 0;
	rc = each(name, note_number, &numbers);
	if (numbers.n)
		qsort(numbers.all, numbers.n, sizeof(*numbers.all), younger_first);
	for (i = 0; i < numbers.n && !rc; i++) {
		rc = rotation_name(name, numbers.all[i], path, sizeof(path));
		if (rc || stat(path, &st))
			continue;
		bytes += (uint64_t)st.st_size;
		if ((policy->keep && i >= policy->keep) ||
		    (policy->keep_size && bytes > policy->keep_size))
			rc = unlink(path) && errno != ENOENT ? -errno : 0;
	}
	free(numbers.all);
	return rc;
}

/* Where the last line of @fd ends. */
static off_t end_of_lines(int fd, off_t size)
{
	char buffer[4096];
	const char *newline;
	ssize_t n;
	off_t at;

	while (size > 0) {
		at = size > (off_t)sizeof(buffer) ? size - (off_t)sizeof(buffer) : 0;
		n = pread(fd, buffer, (size_t)(size - at), at);
		if (n <= 0)
			return -1;
		newline = memrchr(buffer, '\n', (size_t)n);
		if (newline)
			return at + (newline - buffer) + 1;
		size = at;
	}
	return 0;
}

int rotation_put_aside(const char *name, uint64_t number)
{
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK), rc = 0;
	struct stat st;
	off_t end;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st))
		rc = -errno;
	else if (!S_ISREG(st.st_mode))
		rc = -EINVAL;
	if (!rc && st.st_size) {
		end = end_of_lines(fd, st.st_size);
		if (end < 0 || (end < st.st_size && ftruncate(fd, end)))
			rc = -errno;
		if (!rc)
			rc = rotation_shift(name, number);
		rc = rc ? rc : 1;
	}
	close(fd);
	return rc;
}
