// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "notify.h"

#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/**
 * struct notify - who wants to hear.
 * @fd: socket; -1: nobody.
 * @to: their address, @len bytes.
 * @every: nanoseconds between two signs of life; 0: none are wanted.
 * @at: CLOCK_MONOTONIC of the next.
 * @stopping: they know that it is about to end.
 * @failed: telling them failed, which has been said.
 */
static struct notify {
	int fd;
	struct sockaddr_un to;
	socklen_t len;
	uint64_t every;
	uint64_t at;
	bool stopping;
	bool failed;
} notify = { .fd = -1 };

static void tell(const char *message)
{
	ssize_t n;

	if (notify.fd < 0)
		return;
	n = sendto(notify.fd, message, strlen(message), MSG_NOSIGNAL,
		   (const struct sockaddr *)&notify.to, notify.len);
	if (n < 0 && !notify.failed)
		fprintf(stderr, "evlog: cannot tell the service manager by NOTIFY_SOCKET: %s\n",
			strerror(errno));
	notify.failed = n < 0;
}

/* A path, or with @ in front a name that is in no folder. */
static bool take_address(const char *text)
{
	size_t len = strlen(text);

	if ((*text != '/' && *text != '@') || len < 2 || len >= sizeof(notify.to.sun_path))
		return false;
	notify.to.sun_family = AF_UNIX;
	memcpy(notify.to.sun_path, text, len);
	if (*text == '@')
		notify.to.sun_path[0] = '\0';
	notify.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

static uint64_t number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoumax(text, NULL, 10) : 0;
}

bool notify_open(void)
{
	/* A manager that does not read any more does not hold this program. */
	static const struct timeval patience = { .tv_sec = 1 };
	const char *address = getenv("NOTIFY_SOCKET");
	uint64_t pid = number_of("WATCHDOG_PID");

	if (!address || !*address)
		return false;
	if (!take_address(address)) {
		fprintf(stderr, "evlog: NOTIFY_SOCKET=%.120s: not the address of a local socket\n",
			address);
		return false;
	}
	notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify.fd < 0) {
		fprintf(stderr, "evlog: no socket for NOTIFY_SOCKET: %s\n", strerror(errno));
		return false;
	}
	setsockopt(notify.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	notify.at = clock_ns(CLOCK_MONOTONIC);
	if (!pid || pid == (uint64_t)getpid())
		notify.every = number_of("WATCHDOG_USEC") * 1000 / 2;
	return true;
}

void notify_ready(void)
{
	tell("READY=1");
}

void notify_reloading(void)
{
	char message[80];

	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 clock_ns(CLOCK_MONOTONIC) / 1000);
	tell(message);
}

void notify_stopping(void)
{
	if (!notify.stopping)
		tell("STOPPING=1");
	notify.stopping = true;
}

void notify_status(const char *format, ...)
{
	char message[256] = "STATUS=";
	va_list args;

	va_start(args, format);
	vsnprintf(message + 7, sizeof(message) - 7, format, args);
	va_end(args);
	tell(message);
}

void notify_alive(void)
{
	uint64_t now;

	if (!notify.every)
		return;
	now = clock_ns(CLOCK_MONOTONIC);
	if (now < notify.at)
		return;
	notify.at = now + notify.every;
	tell("WATCHDOG=1");
}

uint64_t notify_due(void)
{
	return notify.every ? notify.at : 0;
}
