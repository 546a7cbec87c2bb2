// SPDX-License-Identifier: GPL-2.0
/* snapshot: the ring in a file. */
#define _GNU_SOURCE
#include "channel.h"
#include "command.h"
#include "freeze.h"
#include "message.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_MAX	(16UL << 20)	/* bytes written between two looks for a signal */

/* Return: 0 or an errno. */
static int write_all(int fd, const char *from, size_t bytes, off_t offset)
{
	ssize_t n;

	while (bytes) {
		if (stopped)
			return EINTR;
		n = pwrite(fd, from, bytes < WRITE_MAX ? bytes : WRITE_MAX, offset);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n <= 0)
			continue;
		from += n;
		bytes -= (size_t)n;
		offset += n;
	}
	return 0;
}

static struct evring_index *index_at(const void *map, const struct evring_control *c, uint32_t slot)
{
	return (void *)((uintptr_t)map + c->index_offset + (size_t)slot * c->index_entry_size);
}

/*
 * Control pages and index, as they are now. The lines before the index, each generation
 * before the rest of its entry: what the copy of the data, made later, must hold at least.
 */
static void *copy_head(const char *map)
{
	const struct evring_control *c = (const void *)map;
	char *head = malloc(c->data_offset);
	uint32_t slot;

	if (!head)
		return NULL;
	memcpy(head, map, c->index_offset);
	for (slot = 0; slot < c->nblocks; slot++) {
		const struct evring_index *from = index_at(map, c, slot);
		struct evring_index *to = index_at(head, c, slot);
		__u64 gen = __atomic_load_n(&from->gen, __ATOMIC_ACQUIRE);

		*to = *from;
		to->gen = gen;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return head;
}

/* Blocks that changed hands after copy_head() may hold anything: they are not in the image. */
static void drop_changed(const char *map, void *head)
{
	const struct evring_control *c = (const void *)map;
	uint32_t slot;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (slot = 0; slot < c->nblocks; slot++) {
		const struct evring_index *now = index_at(map, c, slot);
		struct evring_index *then = index_at(head, c, slot);

		if (__atomic_load_n(&now->gen, __ATOMIC_RELAXED) != then->gen)
			then->gen = 0;
	}
}

/*
 * The data straight from the mapping; of a channel that is not frozen by way of memory, if
 * there is enough, which leaves producers less time to overwrite it.
 */
static int copy_map(int out, const char *map, bool live)
{
	const struct evring_control *c = (const void *)map;
	char *copy = live ? malloc(c->data_size) : NULL;
	const char *data = map + c->data_offset;
	void *head;
	int error;

	/* So that its pages are there when it has to be quick. */
	if (copy)
		memset(copy, 1, c->data_size);
	head = copy_head(map);
	if (head && copy) {
		memcpy(copy, data, c->data_size);
		drop_changed(map, head);
		data = copy;
	}
	error = head ? write_all(out, data, c->data_size, (off_t)c->data_offset) : ENOMEM;
	if (head && !copy)
		drop_changed(map, head);
	if (!error)
		error = write_all(out, head, c->data_offset, 0);
	if (!error && fsync(out))
		error = errno;
	free(head);
	free(copy);
	return error;
}

/* Makes FILE of the mapping, by way of a temporary file, so that FILE is whole or as it was. */
static int save_map(const char *map, const char *file, bool live)
{
	char *temporary;
	int out, error;
	mode_t mask;

	if (asprintf(&temporary, "%s.XXXXXX", file) < 0)
		return fail(EXIT_FAILURE, "no memory");
	out = mkostemp(temporary, O_CLOEXEC);
	if (out < 0) {
		error = errno;
		free(temporary);
		return fail(EXIT_FAILURE, "%s: cannot make a file beside it: %s", file,
			    strerror(error));
	}
	mask = umask(0);
	umask(mask);
	error = fchmod(out, 0640 & ~mask) ? errno : copy_map(out, map, live);
	if (close(out) && !error)
		error = errno;
	if (!error && rename(temporary, file))
		error = errno;
	if (error)
		unlink(temporary);
	free(temporary);
	if (error == EINTR && stopped)
		return fail(EXIT_FAILURE, "%s: interrupted: nothing was written", file);
	return error ? fail(EXIT_FAILURE, "%s: cannot write it: %s", file, strerror(error)) : 0;
}

static int save_channel(int fd, const char *name, const char *file, bool live)
{
	struct evring_info info = { .size = sizeof(info) };
	void *map;
	int rc;

	if (ioctl(fd, EVRING_IOC_INFO, &info))
		return explain(name, errno);
	if (info.abi_version != EVRING_ABI_VERSION)
		return refused_channel(name, &info, EPROTO);
	map = mmap(NULL, info.map_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return explain(name, errno);
	rc = save_map(map, file, live);
	munmap(map, info.map_size);
	return rc;
}

int snapshot(char **argv, const struct options *o)
{
	bool live = o->given & TAKES_LIVE;
	struct evring_info info = { .size = sizeof(info) };
	int fd = open_channel(argv[0], live ? O_RDONLY : O_RDWR);
	bool thaws = false;
	int rc, error = 0;

	if (fd < 0) {
		if (!live)
			fail(EXIT_FAILURE, "%s: without freezing: snapshot --live", argv[0]);
		return EXIT_FAILURE;
	}
	catch_signals();
	if (ioctl(fd, EVRING_IOC_INFO, &info))
		error = errno;
	else if (!live && !(info.state & EVRING_STATE_FROZEN))
		error = ask_frozen(fd, EVRING_IOC_FREEZE);
	if (error) {
		close(fd);
		return explain(argv[0], error);
	}
	thaws = !live && !(info.state & EVRING_STATE_FROZEN);
	rc = save_channel(fd, argv[0], argv[1], live);
	error = thaws ? ask_frozen(fd, EVRING_IOC_THAW) : 0;
	/* Removed meanwhile: nobody misses it. */
	if (error && error != ENODEV)
		rc = fail(EXIT_FAILURE, "%s: stays frozen: %s: try evringctl thaw %s", argv[0],
			  strerror(error), argv[0]);
	close(fd);
	return rc;
}
