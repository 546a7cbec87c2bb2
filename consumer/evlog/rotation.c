// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "rotation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int64_t rotation_last(const char *name)
{
	char folder[PATH_MAX], base[PATH_MAX];
	const struct dirent *entry;
	uint64_t last = 0, number;
	DIR *dir;

	if (snprintf(folder, sizeof(folder), "%s", name) >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	snprintf(base, sizeof(base), "%s", name);
	dir = opendir(dirname(folder));
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		number = number_of(entry->d_name, basename(base));
		last = number > last ? number : last;
	}
	closedir(dir);
	return (int64_t)last;
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
