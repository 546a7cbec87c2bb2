// SPDX-License-Identifier: GPL-2.0
/*
 * The module cannot be unloaded while a descriptor, a mapping without a descriptor or a source
 * lives (EWOULDBLOCK from delete_module()), whether the channel was removed or not, and can as
 * soon as the last has gone. Channels that nobody uses do not keep it; they go with it.
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "unload"

/* What takes control is done by children: our own control_fd() would stay open. */
static void make(void)
{
	pid_t pid = child();

	if (!pid) {
		channel_create(NAME, 64 << 10, 4096);
		_exit(0);
	}
	if (child_status(pid))
		bail("no channel");
}

static void take_away(void)
{
	pid_t pid = child();

	if (!pid)
		_exit(channel_remove(NAME) < 0);
	child_status(pid);
}

static void source(bool start)
{
	pid_t pid = child();

	if (!pid) {
		if (start)
			probe(NAME, EVRING_PROBE_ALL);
		else
			must(detach(NAME, 0), "DETACH");
		_exit(0);
	}
	if (child_status(pid))
		bail("no source");
}

static void descriptor(void)
{
	int fd;

	make();
	fd = channel_open(NAME, O_RDONLY);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "a descriptor keeps the module");
	take_away();
	ok_errno(module_unload("evring"), EWOULDBLOCK, "also after the channel was removed");
	close(fd);
	ok_errno(module_unload("evring"), 0, "once it is closed the module goes");
	module_load("evring", "");
}

static void mapping(void)
{
	const uint8_t *map;
	size_t whole;
	int fd;

	make();
	fd = channel_open(NAME, O_RDONLY);
	whole = channel_info(fd).map_size;
	map = channel_map(fd, 0);
	close(fd);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "a mapping without a descriptor keeps the module");
	take_away();
	ok_errno(module_unload("evring"), EWOULDBLOCK, "also after the channel was removed");
	munmap((void *)(uintptr_t)map, whole - 4096);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "so does its last page");
	munmap((void *)(uintptr_t)(map + whole - 4096), 4096);
	ok_errno(module_unload("evring"), 0, "once it is unmapped the module goes");
	module_load("evring", "");
}

static void sources(void)
{
	make();
	source(true);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "a source keeps the module");
	source(false);
	ok_errno(module_unload("evring"), 0, "once it is detached the module goes");
	module_load("evring", "");
}

static void control(void)
{
	int fd = (int)must(open("/dev/evring/control", O_RDONLY | O_CLOEXEC), "control");

	ok_errno(module_unload("evring"), EWOULDBLOCK, "control's descriptor keeps the module");
	close(fd);
	make();
	ok_errno(module_unload("evring"), 0, "a channel that nobody uses does not");
	ok(access("/dev/evring", F_OK) < 0 || access(channel_path(NAME), F_OK) < 0,
	   "it has gone with it", "its node is still there");
	module_load("evring", "");
}

int main(void)
{
	descriptor();
	mapping();
	sources();
	control();
	return result();
}
