// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

volatile sig_atomic_t signals_stop;

static int stop_fd = -1;
static struct sigaction old_pipe;

static void on_stop(int sig)
{
	int saved = errno;
	uint64_t one = 1;
	ssize_t n;

	signals_stop = sig;
	/* Cannot fail: the counter is far from full. */
	n = write(stop_fd, &one, sizeof(one));
	(void)n;
	errno = saved;
}

int signals_open(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	unsigned int i;

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	stop.sa_flags = SA_RESTART | (int)SA_RESETHAND;
	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaction(stops[i], &stop, NULL);
	sigaction(SIGPIPE, &ignore, &old_pipe);
	sigaction(SIGXFSZ, &ignore, NULL);
	return stop_fd;
}

void signals_raise_pipe(void)
{
	sigaction(SIGPIPE, &old_pipe, NULL);
	raise(SIGPIPE);
}
