// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "plan.h"

#include "publish.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const char *option, const char *path, int error)
{
	fprintf(stderr, "evlog: %s %s: could not be written: %s\n", option, path, strerror(error));
	return -1;
}

static bool can_write(const char *path, int mode)
{
	return !faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

/* The folder that @path would be made in; @buf has PATH_MAX bytes. */
static const char *folder_of(const char *path, char *buf)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	snprintf(buf, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return buf;
}

/* What would become of the file @path. @kept: what is there is not written over. */
static int tell_file(const char *option, const char *what, const char *path, bool kept)
{
	char buf[PATH_MAX];
	struct stat st;

	if (!stat(path, &st)) {
		if (!can_write(path, W_OK))
			return cannot(option, path, errno);
		if (S_ISDIR(st.st_mode))
			return cannot(option, path, EISDIR);
		if (kept)
			printf("would write %s to %s; what is there gets a number and stays\n", what,
			       path);
		else if (S_ISREG(st.st_mode))
			printf("would write %s to %s, in place of the %lld bytes there\n", what, path,
			       (long long)st.st_size);
		else
			printf("would write %s to %s\n", what, path);
		return 0;
	}
	if (errno != ENOENT || !can_write(folder_of(path, buf), W_OK | X_OK))
		return cannot(option, path, errno);
	printf("would write %s to %s, a new file\n", what, path);
	return 0;
}

/* What would become of the trace in the folder @path. @kept: what is there is not gone on with. */
static int tell_trace(const char *path, bool kept)
{
	char buf[PATH_MAX];
	struct stat st;
	bool there;

	if (!path) {
		fprintf(stderr, "evlog: --format ctf: a trace is a directory: name one by --output DIR\n");
		return -1;
	}
	there = !stat(path, &st);
	if (there && !S_ISDIR(st.st_mode))
		return cannot("--output", path, ENOTDIR);
	if (!can_write(there ? path : folder_of(path, buf), W_OK | X_OK))
		return cannot("--output", path, errno);
	printf("would write ctf to %s, a%s directory%s\n", path, there ? "" : " new",
	       there && kept ? "; a trace there gets a number and stays" : "");
	return 0;
}

static void tell_source(const struct session *s)
{
	static const char *const clocks[] = { "monotonic", "boottime", "realtime", "none", "cycles" };
	const struct evring_control *c = s->control;

	printf("would read %s: %s of channel %.*s, %llu KiB, %u CPUs, clock %s\n", s->path,
	       s->image ? "an image" : "the device", (int)sizeof(c->name), c->name,
	       (unsigned long long)c->data_size >> 10, c->ncpus,
	       c->clock < sizeof(clocks) / sizeof(clocks[0]) ? clocks[c->clock] : "unknown");
}

static void tell_range(const struct session *s)
{
	const struct options *opt = &s->opt;

	if (opt->last_ns)
		printf("from %.3f s before the end of it", (double)opt->last_ns / 1e9);
	else
		printf("from the %s on", opt->latest ? "next event" : "oldest event");
	if (opt->count)
		printf(", at most %llu events", (unsigned long long)opt->count);
	if (opt->duration_ns)
		printf(", for %.3f s", (double)opt->duration_ns / 1e9);
	printf(", %s%s\n", s->follow ? "waiting for more" : "to what is there now",
	       opt->lossless ? ", lossless" : "");
}

int plan_tell(const struct session *s)
{
	const struct rotation *r = &s->opt.rotation;
	bool rotates = rotation_is_wanted(r) || s->opt.format->whole;
	int rc = 0;

	tell_source(s);
	tell_range(s);
	if (s->opt.to.url)
		rc = publish_tell(s);
	else if (s->opt.format->folder)
		rc = tell_trace(s->opt.output, rotates);
	else if (s->opt.output)
		rc = tell_file("--output", s->opt.format->name, s->opt.output,
			       rotates);
	else
		printf("would write %s to standard output\n", s->opt.format->name);
	if (r->compress)
		printf("would compress what is complete, at level %u\n", r->compress);
	if (s->opt.on_error != ON_ERROR_STOP)
		printf("when that fails: %s until it can be written again\n",
		       s->opt.on_error == ON_ERROR_DROP ? "dropping events, and counting them," :
		       "waiting");
	if (s->opt.metrics && tell_file("--metrics", "metrics", s->opt.metrics, false))
		rc = -1;
	if (fflush(stdout)) {
		fprintf(stderr, "evlog: cannot write to standard output: %s\n", strerror(errno));
		rc = -1;
	}
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
