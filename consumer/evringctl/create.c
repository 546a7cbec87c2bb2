// SPDX-License-Identifier: GPL-2.0
/* create: making and removing channels. */
#include "channel.h"
#include "command.h"
#include "leftover.h"
#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int refused_create(const struct evring_create_args *args, int error)
{
	switch (error) {
	case EEXIST:
		return fail(EXIT_FAILURE, "%s: there is a channel of this name: choose another, or evringctl remove %s",
			    args->name, args->name);
	case ERANGE:
		return fail(EXIT_FAILURE, "%s: size out of range: the ring (--size) has %llu KiB to %llu GiB, a block (--block) is a power of two from %u to %u KiB, at most %u blocks, at least %u for each possible CPU",
			    args->name, EVRING_RING_MIN >> 10, EVRING_RING_MAX >> 30,
			    EVRING_BLOCK_MIN >> 10, EVRING_BLOCK_MAX >> 10, EVRING_BLOCKS_MAX,
			    EVRING_BLOCKS_PER_CPU);
	case EOPNOTSUPP:
		return fail(EXIT_FAILURE, "%s: the clock '%s' does not work on this machine: use another --clock (cycles needs a constant, synchronised counter, or the module parameter trust_tsc)",
			    args->name, word_of(clocks, args->clock));
	case EINVAL:
		return fail(EXIT_FAILURE, "%s: the module does not know these options: load the module that was built with this evringctl",
			    args->name);
	default:
		return explain(args->name, error);
	}
}

int create(char **argv, const struct options *o)
{
	struct evring_create_args args = {
		.size = sizeof(args), .data_size = o->size, .block_size = o->block,
		.clock = o->clock, .mode = o->mode, .gid = o->gid, .evict_us = o->evict_us,
	};
	int fd, rc = 0;

	if (o->given & TAKES_PARTITIONED)
		args.flags |= EVRING_CREATE_PARTITIONED;
	if (o->given & TAKES_USER_WRITE)
		args.flags |= EVRING_CREATE_USER_WRITE;
	copy_name(args.name, argv[0]);
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_CREATE, &args))
		rc = refused_create(&args, errno);
	close(fd);
	if (rc)
		return rc;
	if (o->size && o->size != args.data_size)
		fprintf(stderr, "evringctl: %s: ring of %llu KiB, rounded up from %llu KiB (a power of two, at least %u blocks for each possible CPU)\n",
			args.name, (unsigned long long)args.data_size >> 10,
			(unsigned long long)o->size >> 10, EVRING_BLOCKS_PER_CPU);
	if (o->block && o->block != args.block_size)
		fprintf(stderr, "evringctl: %s: blocks of %u KiB instead of %u KiB (at most %u blocks)\n",
			args.name, args.block_size >> 10, o->block >> 10, EVRING_BLOCKS_MAX);
	return 0;
}

int remove_channel(char **argv, const struct options *o)
{
	struct evring_remove_args args = { .size = sizeof(args) };
	int fd, rc = 0;

	(void)o;
	copy_name(args.name, argv[0]);
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_REMOVE, &args))
		rc = explain(args.name, errno);
	close(fd);
	sweep();
	return rc;
}
