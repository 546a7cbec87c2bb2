/* SPDX-License-Identifier: GPL-2.0 */
/* pack: files that are compressed by zstd: making them, and reading what is in them. */
#ifndef EVLOG_PACK_H
#define EVLOG_PACK_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

/** PACK_LEVEL - how hard to try if nothing is said. */
#define PACK_LEVEL	3U

/** PACK_LEVEL_MAX - the most that can be asked for: beyond it reading takes much memory too. */
#define PACK_LEVEL_MAX	19U

/**
 * pack_file() - compress a file.
 * @from: its name. It has its end, and stays.
 * @to: name of the file to make, which has owner, mode and time of @from; a file of that name is
 *	written over.
 * @level: 1 to PACK_LEVEL_MAX.
 * @stop: may become true in another thread: then it ends early, by -ECANCELED.
 *
 * When it returns 0, all of @to is on the disk; else there is no @to.
 * Return: 0; -EISDIR: @from is no regular file; other -errno.
 */
int pack_file(const char *from, const char *to, unsigned int level, const atomic_bool *stop);

/** pack_holds() - whether file @packed is whole, and holds just what is in file @plain. */
bool pack_holds(const char *packed, const char *plain);

/**
 * struct unpacked - where to read a file that may be compressed.
 * @path: its own name, or that of a copy, which is good until unpack_close().
 * @fd: descriptor of the copy; -1: there is none.
 */
struct unpacked {
	char path[PATH_MAX];
	int fd;
};

/**
 * unpack_open() - have the image in file @name read, though it be compressed.
 * @u: answer.
 *
 * The copy is a file without a name in the folder TMPDIR, or /var/tmp. Of what is not there, or not
 * compressed, the path is @name. Says on standard error why not.
 * Return: 0; -EBADMSG: damaged, or no image; other -errno.
 */
int unpack_open(struct unpacked *u, const char *name);

/** unpack_close() - give up the copy. What has it open or mapped may go on with it. */
void unpack_close(struct unpacked *u);

#endif /* EVLOG_PACK_H */
