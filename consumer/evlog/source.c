// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "source.h"

#include "boot.h"
#include "clock.h"
#include "session.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name is a channel's, unless there is no such channel but such a file. */
static int find_channel(struct session *s)
{
	const char *name = s->opt.channel;
	const char *folder = strchr(name, '/') ? "" : "/dev/evring/";
	struct stat st;
	int n;

	n = snprintf(s->path, sizeof(s->path), "%s%s", folder, name);
	if (n >= 0 && (size_t)n < sizeof(s->path) && *folder && stat(s->path, &st) &&
	    !stat(name, &st))
		n = snprintf(s->path, sizeof(s->path), "./%s", name);
	if (n < 0 || (size_t)n >= sizeof(s->path)) {
		fprintf(stderr, "evlog: %.40s...: the name is too long\n", name);
		return -1;
	}
	s->image = !stat(s->path, &st) && S_ISREG(st.st_mode);
	return 0;
}

static int open_reader(const struct session *s, struct evring *r, uint32_t start, uint32_t flags)
{
	struct evring_opts opts = { .size = sizeof(opts), .start = start, .flags = flags };
	int rc = evring_open(r, s->unpacked.path, &opts);

	if (rc < 0)
		fprintf(stderr, "evlog: %s: %s\n", s->path, evring_explain(rc));
	return rc < 0 ? rc : 0;
}

/* The time of the newest event of an image, found by reading all of it. */
static int newest_of_image(const struct session *s, uint64_t *ns)
{
	struct evring_event ev;
	struct evring r;
	uint64_t t;
	int rc;

	rc = open_reader(s, &r, EVRING_SEEK_OLDEST, EVRING_OPT_BLOCK_ORDER);
	if (rc)
		return rc;
	*ns = 0;
	while (!signals_stop && ((rc = evring_next(&r, &ev)) > 0 || rc == -EBADMSG)) {
		t = evring_time_ns(&r, ev.time);
		if (rc > 0 && ev.kind == EVRING_RECORD && t > *ns)
			*ns = t;
	}
	evring_close(&r);
	return rc == -ENODEV || rc == -EBADMSG || rc > 0 ? 0 : rc;
}

/* --last: go to where it begins. */
static int seek_last(struct session *s)
{
	uint64_t end = 0;
	int rc = 0;

	if (s->image)
		rc = newest_of_image(s, &end);
	else
		end = clock_now(s->control);
	if (rc)
		return rc;
	s->begin_ns = end > s->opt.last_ns ? end - s->opt.last_ns : 0;
	return evring_seek(&s->ring, EVRING_SEEK_TIME, clock_raw(s->control, s->begin_ns));
}

static int check_time(struct session *s)
{
	const char *option = s->opt.last_ns ? "--last" : "--wall";

	if ((s->opt.last_ns || s->opt.wall) && !clock_has_time(s->control)) {
		fprintf(stderr, "evlog: %s: %s keeps no time stamps: leave it out, or create the channel with a --clock other than none\n",
			option, s->path);
		return -1;
	}
	s->wall = s->opt.wall;
	if (s->wall && !clock_to_wall(s->control, !s->image, &s->wall_offset)) {
		fprintf(stderr, "evlog: --wall: an image by the boottime clock does not tell wall time: leave it out\n");
		return -1;
	}
	return 0;
}

/* What is there already is shown first, and may still be overrun. */
static int start_lossless(struct session *s)
{
	int rc = s->opt.latest ? 0 : evring_gate(&s->ring);

	if (rc) {
		fprintf(stderr, "evlog: --lossless: %s: %s\n", s->path, evring_explain(rc));
		return rc;
	}
	s->lossless = true;
	s->ack_step = s->control->data_size / 16;
	if (s->control->features & EVRING_FEATURE_PARTITIONED)
		s->ack_step /= s->control->ncpus;
	return 0;
}

/*
 * Wake when the deadline is over, or earlier when so much of one CPU waits that the ring
 * might go round if all CPUs had as much.
 */
static int set_watermark(struct session *s)
{
	uint64_t bytes = s->control->data_size / 4 / s->control->ncpus;
	int rc;

	if (s->opt.watermark)
		bytes = s->opt.watermark;
	if (!s->opt.deadline_ns)
		bytes = 0;
	rc = evring_watermark(&s->ring, bytes, s->opt.deadline_ns / 1000);
	s->paced = !rc;
	if (!s->opt.watermark || !rc)
		return 0;
	fprintf(stderr, "evlog: --watermark: %s: %s\n", s->path,
		rc == -ERANGE ? "more than half the ring" : strerror(-rc));
	return rc;
}

/* Emptying a file that is mapped would kill this process. */
static bool output_is_input(const struct session *s)
{
	struct stat in, out;

	if (!s->opt.output || stat(s->path, &in) || stat(s->opt.output, &out) ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return false;
	fprintf(stderr, "evlog: --output %s: that is what is being read: choose another file\n",
		s->opt.output);
	return true;
}

static int open_channel(struct session *s)
{
	uint32_t flags = 0;
	int rc;

	if (s->image && s->opt.lossless) {
		fprintf(stderr, "evlog: --lossless: %s is an image of a channel, nothing of it is lost: leave it out\n",
			s->path);
		return -1;
	}
	if (s->opt.lossless)
		flags = EVRING_OPT_WRITABLE | EVRING_OPT_MANUAL_ACK;
	/* What comes from now on: not what is overrun before the ring is held. */
	if (s->opt.lossless && s->opt.latest && !s->opt.dry_run)
		flags |= EVRING_OPT_LOSSLESS;
	rc = open_reader(s, &s->ring, s->opt.latest ? EVRING_SEEK_LATEST : EVRING_SEEK_OLDEST,
			 flags);
	if (rc)
		return rc;
	s->control = evring_control_page(&s->ring);
	rc = check_time(s);
	if (!rc && s->image && (s->opt.follow == FOLLOW_YES || s->opt.latest)) {
		fprintf(stderr, "evlog: %s: %s is an image of a channel, nothing will be added to it: leave it out\n",
			s->opt.latest ? "--new" : "--follow", s->path);
		rc = -1;
	}
	if (!rc && s->opt.last_ns) {
		rc = seek_last(s);
		if (rc)
			fprintf(stderr, "evlog: --last: %s: cannot find the place: %s\n", s->path,
				strerror(-rc));
	}
	if (!rc && s->opt.lossless && !s->opt.dry_run)
		rc = start_lossless(s);
	if (!rc && !s->image)
		rc = set_watermark(s);
	if (rc)
		evring_close(&s->ring);
	return rc;
}

/* What a raw log brings along. Of another image there is none, and that is well. */
static void read_appendix(struct session *s)
{
	int fd = open(s->unpacked.path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : appendix_read(&s->appendix, fd, s->control);

	if (rc && rc != -ENOENT && !s->opt.quiet)
		fprintf(stderr, "evlog: %s: its own event types cannot be read: %s\n", s->path,
			rc == -EPROTO ? "made by another version of evlog" : strerror(-rc));
	if (fd >= 0)
		close(fd);
}

/*
 * Of an image of another boot only evring's own types are known: of all others the numbers
 * mean something else here, unless the image has them itself.
 *
 * Return: 0, or the status to exit by, which has been explained.
 */
static int open_decoder(struct session *s)
{
	struct decode_source source = { .fd = -1, .known = filter_type, .ctx = &s->filter };
	int rc;

	s->types_fd = -1;
	if (s->image)
		read_appendix(s);
	source.appendix = &s->appendix;
	source.tracefs = !s->image || boot_is_this(s->control);
	if (!s->image)
		source.fd = evring_fd(&s->ring);
	else if (source.tracefs)
		s->types_fd = source.fd = open("/dev/evring/control", O_RDONLY | O_CLOEXEC);
	s->filter.opt = &s->opt;
	rc = decode_open(&s->decoder, &source);
	if (rc) {
		fprintf(stderr, "evlog: cannot decode: %s\n", strerror(-rc));
		return EXIT_FAILURE;
	}
	rc = filter_open(&s->filter, &s->opt, &s->decoder);
	if (rc)
		filter_close(&s->filter, false);
	if (rc)
		decode_close(&s->decoder);
	return rc;
}

int source_open(struct session *s)
{
	int status = EXIT_FAILURE;

	if (find_channel(s) || output_is_input(s) || unpack_open(&s->unpacked, s->path))
		return status;
	if (open_channel(s))
		goto err;
	status = open_decoder(s);
	if (!status)
		return 0;
	evring_close(&s->ring);
err:
	unpack_close(&s->unpacked);
	return status;
}

void source_close(struct session *s)
{
	filter_close(&s->filter, !s->opt.quiet && !s->opt.dry_run);
	decode_close(&s->decoder);
	if (s->types_fd >= 0)
		close(s->types_fd);
	appendix_free(&s->appendix);
	evring_close(&s->ring);
	unpack_close(&s->unpacked);
}
