// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/evring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Bytes that are read at once, and that are made of them. */
#define ROOM	((size_t)128 << 10)

/* The folder of copies, if TMPDIR does not name another: they are large. */
#define FOLDER	"/var/tmp"

/* Return: bytes read, fewer than @size only at the end; or -errno. */
static ssize_t read_whole(int fd, void *bytes, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, (char *)bytes + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int write_whole(int fd, const void *bytes, size_t size)
{
	const char *from = bytes;
	ssize_t n;

	while (size) {
		n = write(fd, from, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

/* --- compressing ------------------------------------------------------------------------------ */

/**
 * struct packer - a file being compressed.
 * @ctx: zstd's.
 * @from: what is read.
 * @to: what is written.
 * @in: ROOM bytes of what is read.
 * @out: ROOM bytes of what is written.
 */
struct packer {
	ZSTD_CCtx *ctx;
	int from;
	int to;
	unsigned char *in;
	unsigned char *out;
};

/* @size: bytes of the file: they stand in front, and zstd holds us to it. */
static int set_up(struct packer *p, unsigned int level, uint64_t size)
{
	p->ctx = ZSTD_createCCtx();
	p->in = malloc(ROOM);
	p->out = malloc(ROOM);
	if (!p->ctx || !p->in || !p->out)
		return -ENOMEM;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_compressionLevel, (int)level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(p->ctx, size)))
		return -EINVAL;
	return 0;
}

/* @n bytes of p->in are next; @last: the last ones. */
static int pack_piece(struct packer *p, size_t n, bool last)
{
	ZSTD_inBuffer in = { .src = p->in, .size = n };
	ZSTD_outBuffer out;
	size_t left;
	int rc = 0;

	do {
		out = (ZSTD_outBuffer){ .dst = p->out, .size = ROOM };
		left = ZSTD_compressStream2(p->ctx, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
		rc = write_whole(p->to, p->out, out.pos);
	} while (!rc && (in.pos < in.size || (last && left)));
	return rc;
}

static int pack_all(struct packer *p, const atomic_bool *stop)
{
	ssize_t n = (ssize_t)ROOM;
	int rc = 0;

	while (!rc && n == (ssize_t)ROOM) {
		if (atomic_load_explicit(stop, memory_order_relaxed))
			return -ECANCELED;
		n = read_whole(p->from, p->in, ROOM);
		rc = n < 0 ? (int)n : pack_piece(p, (size_t)n, n < (ssize_t)ROOM);
	}
	return rc;
}

/* What tells about @from beside its bytes. Whom it belongs to cannot always be kept. */
static int take_over(int to, const struct stat *from)
{
	const struct timespec times[2] = { from->st_atim, from->st_mtim };

	if (fchown(to, from->st_uid, from->st_gid))
		errno = 0;
	if (fchmod(to, from->st_mode & 07777) || futimens(to, times))
		return -errno;
	return 0;
}

static int pack_fd(int from, const struct stat *st, const char *to, unsigned int level,
		   const atomic_bool *stop)
{
	struct packer p = { .from = from };
	int rc;

	p.to = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p.to < 0)
		return -errno;
	rc = set_up(&p, level, (uint64_t)st->st_size);
	if (!rc)
		rc = pack_all(&p, stop);
	if (!rc)
		rc = take_over(p.to, st);
	if (!rc && fsync(p.to))
		rc = -errno;
	if (close(p.to) && !rc)
		rc = -errno;
	if (rc)
		unlink(to);
	ZSTD_freeCCtx(p.ctx);
	free(p.in);
	free(p.out);
	return rc;
}

int pack_file(const char *from, const char *to, unsigned int level, const atomic_bool *stop)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		rc = -errno;
	else
		rc = S_ISREG(st.st_mode) ? pack_fd(fd, &st, to, level, stop) : -EISDIR;
	close(fd);
	return rc;
}

/* --- unpacking -------------------------------------------------------------------------------- */

/**
 * struct unpacker - a file being unpacked.
 * @ctx: zstd's.
 * @from: the file.
 * @in: ROOM bytes of it,
 * @rest: of which these have not been unpacked.
 * @out: ROOM bytes of what is in it.
 * @left: 0: what was read so far is whole.
 * @why: what is wrong with it; NULL: nothing.
 */
struct unpacker {
	ZSTD_DCtx *ctx;
	int from;
	unsigned char *in;
	ZSTD_inBuffer rest;
	unsigned char *out;
	size_t left;
	const char *why;
};

static int unpacker_open(struct unpacker *u, int from)
{
	*u = (struct unpacker){ .from = from, .ctx = ZSTD_createDCtx(), .in = malloc(ROOM),
				.out = malloc(ROOM) };
	return u->ctx && u->in && u->out ? 0 : -ENOMEM;
}

static void unpacker_close(struct unpacker *u)
{
	ZSTD_freeDCtx(u->ctx);
	free(u->in);
	free(u->out);
}

/* The next bytes, in u->out. Return: how many; 0: that was all, and it was whole; or -errno. */
static ssize_t unpack(struct unpacker *u)
{
	ZSTD_outBuffer out = { .dst = u->out, .size = ROOM };
	ssize_t n;

	while (!out.pos) {
		if (u->rest.pos == u->rest.size) {
			n = read_whole(u->from, u->in, ROOM);
			if (n < 0)
				return n;
			if (!n && u->left)
				u->why = "it ends early";
			if (!n)
				return u->left ? -EBADMSG : 0;
			u->rest = (ZSTD_inBuffer){ .src = u->in, .size = (size_t)n };
		}
		u->left = ZSTD_decompressStream(u->ctx, &out, &u->rest);
		if (ZSTD_isError(u->left)) {
			u->why = ZSTD_getErrorName(u->left);
			return -EBADMSG;
		}
	}
	return (ssize_t)out.pos;
}

static bool holds(struct unpacker *u, int plain, unsigned char *bytes)
{
	ssize_t n;

	while ((n = unpack(u)) > 0)
		if (read_whole(plain, bytes, (size_t)n) != n || memcmp(u->out, bytes, (size_t)n))
			return false;
	return !n && !read_whole(plain, bytes, 1);
}

bool pack_holds(const char *packed, const char *plain)
{
	int from = open(packed, O_RDONLY | O_CLOEXEC), to = open(plain, O_RDONLY | O_CLOEXEC);
	unsigned char *bytes = malloc(ROOM);
	struct unpacker u;
	bool same = !unpacker_open(&u, from) && bytes && from >= 0 && to >= 0 && holds(&u, to, bytes);

	unpacker_close(&u);
	free(bytes);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return same;
}

static bool is_packed(int fd)
{
	uint32_t magic = 0;

	return pread(fd, &magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       magic == ZSTD_MAGICNUMBER;
}

static const char *folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : FOLDER;
}

/* Return: a descriptor of a file that has no name any more, or -errno. */
static int make_copy(void)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/evlog.XXXXXX", folder()) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int not_copied(const char *name, int error)
{
	fprintf(stderr, "evlog: %s: it is compressed, and cannot be unpacked into %s: %s%s\n", name,
		folder(), strerror(-error),
		error == -ENOSPC ? ": make room there, or name another folder by TMPDIR" :
				   ": name another folder by TMPDIR");
	return error;
}

static int damaged(const char *name, const char *why)
{
	fprintf(stderr, "evlog: %s: damaged: zstd: %s\n", name, why);
	return -EBADMSG;
}

/* Whether @n bytes begin as an image does: of what does not, it is known at once. */
static int check_image(const char *name, const unsigned char *bytes, size_t n)
{
	uint64_t magic = 0;

	memcpy(&magic, bytes, n < sizeof(magic) ? n : sizeof(magic));
	if (magic == EVRING_MAGIC)
		return 0;
	fprintf(stderr, "evlog: %s: what is compressed there is no image of a channel: read lines by zstdcat\n",
		name);
	return -EBADMSG;
}

static int unpack_to(int to, struct unpacker *u, const char *name)
{
	ssize_t n = unpack(u);
	int rc = n >= 0 ? check_image(name, u->out, (size_t)n) : 0;

	while (!rc && n > 0) {
		rc = write_whole(to, u->out, (size_t)n);
		if (rc)
			return not_copied(name, rc);
		n = unpack(u);
	}
	if (n == -EBADMSG)
		return damaged(name, u->why);
	if (n < 0)
		fprintf(stderr, "evlog: %s: cannot read: %s\n", name, strerror((int)-n));
	return n < 0 ? (int)n : rc;
}

static int copy_unpacked(struct unpacked *u, int from, const char *name)
{
	struct unpacker unpacker;
	int rc;

	u->fd = make_copy();
	if (u->fd < 0)
		return not_copied(name, u->fd);
	rc = unpacker_open(&unpacker, from);
	rc = rc ? not_copied(name, rc) : unpack_to(u->fd, &unpacker, name);
	unpacker_close(&unpacker);
	if (rc)
		unpack_close(u);
	else
		snprintf(u->path, sizeof(u->path), "/proc/self/fd/%d", u->fd);
	return rc;
}

int unpack_open(struct unpacked *u, const char *name)
{
	struct stat st;
	int from, rc = 0;

	u->fd = -1;
	if (snprintf(u->path, sizeof(u->path), "%s", name) >= (int)sizeof(u->path)) {
		fprintf(stderr, "evlog: %.40s...: the name is too long\n", name);
		return -ENAMETOOLONG;
	}
	/* Not what opening would have an effect on. */
	if (stat(name, &st) || !S_ISREG(st.st_mode))
		return 0;
	from = open(name, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return 0;
	if (is_packed(from))
		rc = copy_unpacked(u, from, name);
	close(from);
	return rc;
}

void unpack_close(struct unpacked *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}
