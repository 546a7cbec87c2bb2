// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "channel.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct word clocks[] = {
	{ "monotonic", EVRING_CLOCK_MONOTONIC },
	{ "boottime", EVRING_CLOCK_BOOTTIME },
	{ "realtime", EVRING_CLOCK_REALTIME },
	{ "none", EVRING_CLOCK_NONE },
	{ "cycles", EVRING_CLOCK_CYCLES },
	{ 0 }
};

int check_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(name);

	if (!n || n >= EVRING_NAME_SIZE || *name == '.' || strspn(name, allowed) != n ||
	    !strcmp(name, "control"))
		return fail(EXIT_USAGE, "%s: not a channel name: 1 to %d of A-Z a-z 0-9 _ . -, not starting with a dot, not 'control'",
			    name, EVRING_NAME_SIZE - 1);
	return 0;
}

void copy_name(char *to, const char *name)
{
	snprintf(to, EVRING_NAME_SIZE, "%s", name);
}

int open_control(void)
{
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EROFS)
		fd = open(CONTROL, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
	case ENOTDIR:
		fail(EXIT_FAILURE, "evring module is not loaded: modprobe evring (or make load in its source tree)");
		break;
	case EACCES:
	case EPERM:
		fail(EXIT_FAILURE, CONTROL ": permission denied: run as root");
		break;
	default:
		fail(EXIT_FAILURE, CONTROL ": %s", strerror(errno));
	}
	return -1;
}

int explain(const char *name, int error)
{
	switch (error) {
	case ENOENT:
		return fail(EXIT_FAILURE, "%s: no such channel: see evringctl list", name);
	case EPERM:
	case EACCES:
		return fail(EXIT_FAILURE, "%s: not permitted: needs CAP_SYS_ADMIN or CAP_PERFMON, run as root",
			    name);
	case ENOMEM:
		return fail(EXIT_FAILURE, "%s: no memory: make the ring smaller (--size), remove other channels, or raise the limit of the memory cgroup",
			    name);
	case EBUSY:
		return fail(EXIT_FAILURE, "%s: busy: a kernel module has made it and removes it when it is unloaded", name);
	case ENOTTY:
	case E2BIG:
		return fail(EXIT_FAILURE, "%s: the loaded module does not know this request (this evringctl is for ABI %d): load the module that was built with it",
			    name, EVRING_ABI_VERSION);
	default:
		return fail(EXIT_FAILURE, "%s: %s", name, strerror(error));
	}
}

int refused_channel(const char *name, const struct evring_info *info, int error)
{
	switch (error) {
	case EPROTO:
		return fail(EXIT_FAILURE, "%s: the loaded module has ABI %u, this evringctl has %d: use those of one build",
			    name, info->abi_version, EVRING_ABI_VERSION);
	case EACCES:
	case EPERM:
		return fail(EXIT_FAILURE, DEVICE_DIR "/%s: not readable for you: run as root, or as a member of its group (create --group)",
			    name);
	case ENOENT:
	case ENXIO:
	case ENODEV:
	case ENOTDIR:
		if (access(CONTROL, F_OK))
			return fail(EXIT_FAILURE, "evring module is not loaded: modprobe evring (or make load in its source tree)");
		return explain(name, ENOENT);
	default:
		return explain(name, error);
	}
}

int open_channel(const char *name, int flags)
{
	char path[sizeof(DEVICE_DIR) + EVRING_NAME_SIZE];
	struct evring_info none = { 0 };
	int fd;

	snprintf(path, sizeof(path), DEVICE_DIR "/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if ((errno == EACCES || errno == EPERM) && flags == O_RDWR)
		fail(EXIT_FAILURE, "%s: freezing needs write permission: run as root, or as a member of its group where the channel was created with --mode 0660",
		     path);
	else
		refused_channel(name, &none, errno);
	return -1;
}

int open_to_ask(const char *name)
{
	char path[sizeof(DEVICE_DIR) + EVRING_NAME_SIZE];

	snprintf(path, sizeof(path), DEVICE_DIR "/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int ask(int fd, struct evring_info *info, struct evring_channel_stats *stats)
{
	int error = 0;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	if (ioctl(fd, EVRING_IOC_INFO, info) || ioctl(fd, EVRING_IOC_STATS, stats))
		error = errno;
	else if (info->abi_version != EVRING_ABI_VERSION)
		error = EPROTO;
	/* This descriptor is not one of the channel's readers. */
	if (!error && stats->readers)
		stats->readers--;
	return error;
}

int ask_channel(const char *name, struct evring_info *info,
		struct evring_channel_stats *stats)
{
	int fd = open_to_ask(name);
	int error;

	if (fd < 0)
		return errno;
	error = ask(fd, info, stats);
	close(fd);
	return error;
}

int list_names(char (**names)[EVRING_NAME_SIZE], uint32_t *count)
{
	struct evring_list_args args = { .size = sizeof(args) };
	uint32_t room = 64;
	int fd = open_control();

	*names = NULL;
	if (fd < 0)
		return -1;
	do {
		free(*names);
		*names = calloc(room, sizeof(**names));
		if (!*names) {
			fail(EXIT_FAILURE, "no memory");
			goto err_close;
		}
		args.count = room;
		args.names = (__u64)(uintptr_t)*names;
		if (ioctl(fd, EVRING_IOC_LIST, &args)) {
			explain("list", errno);
			goto err_free;
		}
		*count = args.count;
		/* Channels may come meanwhile: leave some room, and look again. */
	} while (args.count > room && (room = args.count + 64));
	close(fd);
	return 0;

err_free:
	free(*names);
err_close:
	close(fd);
	return -1;
}

const char *state_of(uint32_t state)
{
	return state & EVRING_STATE_REMOVED ? "removed" :
	       state & EVRING_STATE_FROZEN ? "frozen" : "live";
}

__u64 dropped_in_all(const struct evring_channel_stats *s)
{
	__u64 sum = 0;
	unsigned int i;

	for (i = 0; i < EVRING_DROP_REASONS; i++)
		sum += s->dropped[i];
	return sum;
}
