// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "signals.h"

#include <stddef.h>

volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = signal;
}

void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}
