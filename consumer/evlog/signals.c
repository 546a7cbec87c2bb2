// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_hangup;

static int stop_fd = -1;
static struct sigaction old_pipe;

static void wake(void)
{
	int saved = errno;
	uint64_t one = 1;
	ssize_t n;

	/* Cannot fail: the counter is far from full. */
	n = write(stop_fd, &one, sizeof(one));
	(void)n;
	errno = saved;
}

static void on_stop(int sig)
{
	signals_stop = sig;
	wake();
}

static void on_hangup(int sig)
{
	signals_hangup = sig;
	wake();
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

void signals_reopen(void)
{
	struct sigaction hangup = { .sa_handler = on_hangup, .sa_flags = SA_RESTART };

	sigemptyset(&hangup.sa_mask);
	sigaction(SIGHUP, &hangup, NULL);
}

void signals_forget(void)
{
	uint64_t count;
	ssize_t n = read(stop_fd, &count, sizeof(count));

	/* Nothing was there, or it is gone: either will do. */
	(void)n;
}

void signals_hold(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void signals_release(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

void signals_raise_pipe(void)
{
	sigaction(SIGPIPE, &old_pipe, NULL);
	raise(SIGPIPE);
}
