// SPDX-License-Identifier: GPL-2.0
/* The least that a logger by read() can do: read() into a buffer, write() what is in it. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEADLINE_US	10000	/* as evlog's: it looks at the ring so often */

static volatile sig_atomic_t asked_to_end;

static void on_end(int number)
{
	asked_to_end = number;
}

static int write_whole(int to, const char *at, size_t len)
{
	ssize_t put;

	for (; len; at += put, len -= (size_t)put) {
		put = write(to, at, len);
		if (put < 0 && errno != EINTR)
			return fail("write: %s", strerror(errno));
		put = put < 0 ? 0 : put;
	}
	return 0;
}

/* Everything that there is. */
static int copy(int from, int to, char *buffer, size_t room)
{
	ssize_t got;

	while ((got = read(from, buffer, room)) > 0)
		if (write_whole(to, buffer, (size_t)got))
			return -1;
	return got < 0 && errno != EAGAIN && errno != EINTR ? fail("read: %s", strerror(errno)) : 0;
}

/* What was there when it was asked to end is still copied. */
static int copy_until_asked(int from, int to, char *buffer, size_t room)
{
	bool last;

	for (;;) {
		last = asked_to_end;
		if (copy(from, to, buffer, room))
			return EXIT_FAILURE;
		if (last)
			return EXIT_SUCCESS;
		usleep(DEADLINE_US);
	}
}

/** copying_loop() - copy the channel to the file until SIGINT comes. */
int copying_loop(const struct logging *l)
{
	struct evring_seek_args oldest = { .size = sizeof(oldest), .whence = EVRING_SEEK_OLDEST };
	struct sigaction end = { .sa_handler = on_end };
	char *buffer = aligned_alloc(4096, l->recorder->buffer);
	int from = open(l->ch.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int to = open(l->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int status = EXIT_FAILURE;

	sigaction(SIGINT, &end, NULL);
	if (!buffer)
		fail("no memory");
	else if (from < 0 || ioctl(from, EVRING_IOC_SEEK, &oldest))
		fail("%s: %s", l->ch.path, strerror(errno));
	else if (to < 0)
		fail("%s: %s", l->path, strerror(errno));
	else
		status = copy_until_asked(from, to, buffer, l->recorder->buffer);
	free(buffer);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return status;
}
