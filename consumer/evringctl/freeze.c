// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "freeze.h"
#include "channel.h"
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/evring.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int ask_frozen(int fd, unsigned long request)
{
	struct evring_freeze_args args = { .size = sizeof(args) };

	return ioctl(fd, request, &args) ? errno : 0;
}

static int set_frozen(const char *name, unsigned long request)
{
	int fd = open_channel(name, O_RDWR);
	int error;

	if (fd < 0)
		return EXIT_FAILURE;
	error = ask_frozen(fd, request);
	close(fd);
	return error ? explain(name, error) : 0;
}

int freeze(char **argv, const struct options *o)
{
	(void)o;
	return set_frozen(argv[0], EVRING_IOC_FREEZE);
}

int thaw(char **argv, const struct options *o)
{
	(void)o;
	return set_frozen(argv[0], EVRING_IOC_THAW);
}
