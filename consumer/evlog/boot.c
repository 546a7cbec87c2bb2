// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "boot.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether the channel that can be read by @fd is of the same boot. */
static bool is_same(int fd, const struct evring_control *c)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	const struct evring_control *here = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	bool same;

	if (here == MAP_FAILED)
		return false;
	same = here->magic == EVRING_MAGIC && !memcmp(here->boot_id, c->boot_id,
						       sizeof(c->boot_id));
	munmap((void *)here, size);
	return same;
}

bool boot_is_this(const struct evring_control *c)
{
	DIR *dir = opendir("/dev/evring");
	const struct dirent *entry;
	bool same = false;
	int fd;

	while (dir && !same && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "control"))
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		same = is_same(fd, c);
		close(fd);
	}
	if (dir)
		closedir(dir);
	return same;
}
