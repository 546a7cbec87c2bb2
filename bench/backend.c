// SPDX-License-Identifier: GPL-2.0
/* The table of backends. */
#include "backend.h"

#include <stdlib.h>
#include <string.h>

const struct backend backends[] = {
	{
		.name = "inplace",
		.description = "mapped: looked at in the ring, verified by batch; block order",
		.access = &mapped_access,
		.run = mapped_run_inplace,
		.flags = EVRING_OPT_BLOCK_ORDER,
	},
	{
		.name = "copy",
		.description = "mapped: payloads copied out, verified by batch; block order",
		.access = &mapped_access,
		.run = mapped_run_copy,
		.buffer = EVRING_BLOCK_MAX,
		.flags = EVRING_OPT_BLOCK_ORDER,
	},
	{
		.name = "next",
		.description = "mapped: evring_next(), each record verified; time order",
		.access = &mapped_access,
		.run = mapped_run_next,
	},
	{
		.name = "read-1",
		.description = "read(): one record a call",
		.access = &read_access,
		.run = read_run,
	},
	{
		.name = "read-4k",
		.description = "read(): buffer of 4 KiB, or one record if that is larger",
		.access = &read_access,
		.run = read_run,
		.buffer = 4U << 10,
	},
	{
		.name = "read-64k",
		.description = "read(): buffer of 64 KiB",
		.access = &read_access,
		.run = read_run,
		.buffer = 64U << 10,
	},
	{
		.name = "read-1m",
		.description = "read(): buffer of 1 MiB",
		.access = &read_access,
		.run = read_run,
		.buffer = 1U << 20,
	},
	{
		.name = "uring-64k",
		.description = "io_uring: buffer of 64 KiB, one read in flight",
		.access = &uring_access,
		.run = uring_run,
		.buffer = 64U << 10,
	},
	{
		.name = "uring-64k-fixed",
		.description = "io_uring: the same with a registered file",
		.access = &uring_access,
		.run = uring_run,
		.buffer = 64U << 10,
		.flags = BACKEND_FIXED_FILE,
	},
};

const size_t backends_count = ARRAY_SIZE(backends);

/** backend_find() - number of the backend called @name, or -1. */
int backend_find(const char *name)
{
	return name_find(name, &backends[0].name, sizeof(backends[0]), backends_count);
}

/** consumer_open() - start reading @path by @b; consumer_close() it, also after a failure. */
int consumer_open(struct consumer *c, const struct backend *b, const char *path, uint32_t payload)
{
	memset(c, 0, sizeof(*c));
	c->backend = b;
	c->path = path;
	c->payload = payload;
	c->fd = -1;
	return b->access->prepare(c);
}

/** consumer_close() - the end of it. */
void consumer_close(struct consumer *c)
{
	c->backend->access->finish(c);
	free(c->buffer);
	c->buffer = NULL;
}

/** consumers_open() - one of each backend asked for. Returns how many, or -1. */
int consumers_open(struct consumer **all, const struct options *opts, const char *path,
		   uint32_t payload)
{
	struct consumer *list = calloc(backends_count, sizeof(*list));
	int n = 0, err = 0;
	size_t i;

	if (!list)
		return fail("no memory");
	for (i = 0; i < backends_count && !err; i++)
		if (opts->backends & 1U << i)
			err = consumer_open(&list[n++], &backends[i], path, payload);
	if (err) {
		consumers_close(list, n);
		return -1;
	}
	*all = list;
	return n;
}

/** consumers_close() - close @n of them, and the list. */
void consumers_close(struct consumer *all, int n)
{
	while (n > 0)
		consumer_close(&all[--n]);
	free(all);
}
