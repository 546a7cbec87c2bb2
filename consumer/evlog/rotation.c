// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "rotation.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIGITS	6
#define PACKED	".zst"
#define SCRATCH	".new"	/* behind that, and a dot in front: NAME* does not find it */

/* The form that a file has of whose name this is behind the number; 0: none. */
static unsigned int form_of(const char *end, bool hidden)
{
	if (hidden)
		return strcmp(end, PACKED SCRATCH) ? 0 : ROTATION_SCRATCH;
	if (!*end)
		return ROTATION_PLAIN;
	return strcmp(end, PACKED) ? 0 : ROTATION_PACKED;
}

/* The number that @entry has as a file of log @base, and in which form; 0: it is none. */
static uint64_t number_of(const char *entry, const char *base, unsigned int *form)
{
	size_t len = strlen(base), digits;
	bool hidden = *entry == '.' && !strncmp(entry + 1, base, len);

	entry += hidden;
	if (strncmp(entry, base, len) || entry[len] != '.')
		return 0;
	entry += len + 1;
	digits = strspn(entry, "0123456789");
	if (digits < DIGITS || digits > 18)
		return 0;
	*form = form_of(entry + digits, hidden);
	return *form ? strtoull(entry, NULL, 10) : 0;
}

/* Calls @fn for each form of each complete file of log @name. Return: 0 or -errno. */
static int each(const char *name, int (*fn)(void *ctx, uint64_t number, unsigned int form),
		void *ctx)
{
	char folder[PATH_MAX], base[PATH_MAX];
	const struct dirent *entry;
	unsigned int form = 0;
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
		number = number_of(entry->d_name, last, &form);
		if (number)
			rc = fn(ctx, number, form);
	}
	closedir(dir);
	return rc;
}

static int note_last(void *ctx, uint64_t number, unsigned int form)
{
	uint64_t *last = ctx;

	(void)form;
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

int rotation_form_name(const char *name, uint64_t number, enum rotation_form form, char *buf,
		       size_t size)
{
	const char *slash = strrchr(name, '/');
	int folder = slash ? (int)(slash + 1 - name) : 0, n;

	if (form == ROTATION_PLAIN)
		return rotation_name(name, number, buf, size);
	n = snprintf(buf, size, "%.*s%s%s.%0*llu" PACKED "%s", folder, name,
		     form == ROTATION_SCRATCH ? "." : "", name + folder, DIGITS,
		     (unsigned long long)number, form == ROTATION_SCRATCH ? SCRATCH : "");
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

/* Files, in no order, a form of a file each. */
struct forms {
	struct rotated *all;
	size_t n;
};

static int note_form(void *ctx, uint64_t number, unsigned int form)
{
	struct forms *forms = ctx;
	struct rotated *all = reallocarray(forms->all, forms->n + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	forms->all = all;
	all[forms->n++] = (struct rotated){ .number = number, .forms = form };
	return 0;
}

static int younger_first(const void *p, const void *q)
{
	const struct rotated *a = p, *b = q;

	return (a->number < b->number) - (a->number > b->number);
}

ssize_t rotation_list(const char *name, struct rotated **list)
{
	struct forms forms = { 0 };
	int rc = each(name, note_form, &forms);
	size_t i, n = 0;

	if (rc) {
		free(forms.all);
		return rc;
	}
	if (forms.n)
		qsort(forms.all, forms.n, sizeof(*forms.all), younger_first);
	for (i = 0; i < forms.n; i++) {
		if (n && forms.all[n - 1].number == forms.all[i].number)
			forms.all[n - 1].forms |= forms.all[i].forms;
		else
			forms.all[n++] = forms.all[i];
	}
	*list = forms.all;
	return (ssize_t)n;
}

/* Calls @fn for each name that @file has, but for what is not complete. Return: 0 or -errno. */
static int each_name(const char *name, const struct rotated *file,
		     int (*fn)(const char *path, void *ctx), void *ctx)
{
	unsigned int form;
	char path[PATH_MAX];
	int rc = 0;

	for (form = ROTATION_PLAIN; form <= ROTATION_PACKED && !rc; form *= 2) {
		if (!(file->forms & form))
			continue;
		rc = rotation_form_name(name, file->number, form, path, sizeof(path));
		if (!rc)
			rc = fn(path, ctx);
	}
	return rc;
}

/* A trace is a folder of these. */
static bool is_of_trace(const char *entry)
{
	return !strcmp(entry, "metadata") || !strcmp(entry, ".metadata") || !strncmp(entry, "cpu", 3);
}

static uint64_t folder_size(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	while (dir && (entry = readdir(dir)))
		if (is_of_trace(entry->d_name) && !fstatat(dirfd(dir), entry->d_name, &st, 0))
			bytes += (uint64_t)st.st_size;
	if (dir)
		closedir(dir);
	return bytes;
}

static int add_size(const char *path, void *ctx)
{
	uint64_t *bytes = ctx;
	struct stat st;

	if (!stat(path, &st))
		*bytes += S_ISDIR(st.st_mode) ? folder_size(path) : (uint64_t)st.st_size;
	return 0;
}

/* What else somebody has put there stays, and the folder with it. */
static int remove_trace(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOTDIR || errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		if (is_of_trace(entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(path) && errno != ENOENT && errno != ENOTEMPTY ? -errno : 0;
}

static int remove_one(const char *path, void *ctx)
{
	(void)ctx;
	if (!unlink(path) || errno == ENOENT)
		return 0;
	return errno == EISDIR ? remove_trace(path) : -errno;
}

int rotation_keep(const char *name, const struct rotation *policy)
{
	struct rotated *files = NULL;
	uint64_t bytes = 0, kept = 0;
	ssize_t n, i;
	int rc = 0;

	if (!policy->keep && !policy->keep_size)
		return 0;
	n = rotation_list(name, &files);
	for (i = 0; i < n && !rc; i++) {
		if (!(files[i].forms & (ROTATION_PLAIN | ROTATION_PACKED)))
			continue;
		rc = each_name(name, &files[i], add_size, &bytes);
		if (!rc && ((policy->keep && ++kept > policy->keep) ||
			    (policy->keep_size && bytes > policy->keep_size)))
			rc = each_name(name, &files[i], remove_one, NULL);
	}
	free(files);
	return n < 0 ? (int)n : rc;
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

off_t rotation_cut(int fd, off_t size)
{
	off_t end = end_of_lines(fd, size);

	/* Though no byte goes, the room does that was made behind them. */
	return end < 0 || ftruncate(fd, end) ? -errno : end;
}

/* Return: 1: it has the number; 0: there is nothing to keep; -errno. */
static int put_aside(const char *name, uint64_t number)
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
		end = rotation_cut(fd, st.st_size);
		rc = end < 0 ? (int)end : rotation_shift(name, number);
		rc = rc ? rc : 1;
	}
	close(fd);
	return rc;
}

int rotation_begin(const char *name, uint64_t *number)
{
	int64_t last = rotation_last(name);
	int rc = last < 0 ? (int)last : put_aside(name, (uint64_t)last + 1);

	if (rc < 0) {
		fprintf(stderr, "evlog: cannot put aside what is in %s: %s\n", name, strerror(-rc));
		return rc;
	}
	*number = (uint64_t)last + 1 + (uint64_t)rc;
	return 0;
}
