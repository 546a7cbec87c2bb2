// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_MAGIC	"EVSPOOL1"
#define SEGMENT_MAX	((uint64_t)16 << 20)
#define SEGMENTS_LEAST	8U	/* so many segments make up the limit, or more */
#define NAME_FORMAT	"%016llu.spool"

/**
 * struct segment_head - what a segment begins with.
 * @magic: SEGMENT_MAGIC.
 * @subject: of all its messages, NUL-terminated.
 */
struct segment_head {
	char magic[8];
	char subject[SPOOL_SUBJECT_MAX];
};

/**
 * struct record - what stands before each message.
 * @sum: of what follows, the bytes of the message included.
 * @wall: when it happened.
 * @id_len: bytes of its id, without the NUL.
 * @len: bytes of its data.
 */
struct record {
	uint64_t sum;
	uint64_t wall;
	uint32_t id_len;
	uint32_t len;
};

static uint64_t sum_of(const struct record *r, const char *bytes)
{
	uint64_t sum = message_sum(MESSAGE_SUM, &r->wall,
				   sizeof(*r) - offsetof(struct record, wall));

	return message_sum(sum, bytes, (size_t)r->id_len + 1 + r->len);
}

static uint64_t segment_limit(const struct spool *s)
{
	uint64_t part = s->limit / SEGMENTS_LEAST;

	return part < SEGMENT_MAX ? part : SEGMENT_MAX;
}

static void name_of(char *name, size_t size, uint64_t index)
{
	snprintf(name, size, NAME_FORMAT, (unsigned long long)index);
}

static int open_segment(const struct spool *s, uint64_t index, int flags)
{
	char name[48];
	int fd;

	name_of(name, sizeof(name), index);
	fd = openat(s->dir, name, flags | O_CLOEXEC, 0640);
	return fd < 0 ? -errno : fd;
}

static void remove_segment(struct spool *s, const struct spool_segment *seg)
{
	char name[48];

	name_of(name, sizeof(name), seg->index);
	if (unlinkat(s->dir, name, 0))
		fprintf(stderr, "evlog: %s/%s: cannot remove it, it will be sent again: %s\n",
			s->path, name, strerror(errno));
	s->bytes -= seg->bytes;
}

static int add_segment(struct spool *s, uint64_t index)
{
	struct spool_segment *more;

	if (s->nsegments == s->room) {
		more = realloc(s->segments, (s->room * 2 + 16) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->segments = more;
		s->room = s->room * 2 + 16;
	}
	s->segments[s->nsegments++] = (struct spool_segment){ .index = index, .end = s->end };
	return 0;
}

static struct spool_segment *newest(const struct spool *s)
{
	return &s->segments[s->nsegments - 1];
}

/* All of @n bytes at @at, or -errno; -ENODATA: there are not so many. */
static int read_whole(int fd, void *to, size_t n, uint64_t at)
{
	ssize_t got;

	while (n) {
		got = pread(fd, to, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -ENODATA;
		to = (char *)to + got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return 0;
}

/* The message at @at. Return: its bytes in the file, or -errno; -EBADMSG: it is not whole. */
static int64_t read_message(int fd, uint64_t at, struct message **answer)
{
	struct message *m;
	struct record r;
	int rc;

	rc = read_whole(fd, &r, sizeof(r), at);
	if (rc)
		return rc == -ENODATA ? -EBADMSG : rc;
	if (r.id_len >= MESSAGE_ID_MAX || r.len > MESSAGE_DATA_MAX)
		return -EBADMSG;
	m = malloc(sizeof(*m) + r.id_len + 1 + r.len);
	if (!m)
		return -ENOMEM;
	*m = (struct message){ .wall = r.wall, .id_len = r.id_len, .len = r.len };
	rc = read_whole(fd, m->bytes, (size_t)r.id_len + 1 + r.len, at + sizeof(r));
	if (!rc && (sum_of(&r, m->bytes) != r.sum || m->bytes[r.id_len]))
		rc = -EBADMSG;
	if (rc) {
		free(m);
		return rc == -ENODATA ? -EBADMSG : rc;
	}
	*answer = m;
	return (int64_t)(sizeof(r) + r.id_len + 1 + r.len);
}

static int check_head(const struct spool *s, int fd, const char *name)
{
	struct segment_head head;
	int rc = read_whole(fd, &head, sizeof(head), 0);

	if (rc)
		return rc == -ENODATA ? -EBADMSG : rc;
	if (memcmp(head.magic, SEGMENT_MAGIC, sizeof(head.magic))) {
		fprintf(stderr, "evlog: --spool %s: %s is nothing that evlog wrote: move it away, or choose another folder\n",
			s->path, name);
		return -EINVAL;
	}
	head.subject[sizeof(head.subject) - 1] = '\0';
	if (!strcmp(head.subject, s->subject))
		return 0;
	fprintf(stderr, "evlog: --spool %s: it holds events for the subject %s: send them there first, or choose another folder\n",
		s->path, head.subject);
	return -EINVAL;
}

/* Counts what is whole in a segment that another process left, and cuts off what is not. */
static int recover(struct spool *s, uint64_t index, spool_seen_fn seen, void *ctx)
{
	int fd = open_segment(s, index, O_RDWR);
	struct spool_segment *seg;
	struct message *m;
	struct stat st;
	int64_t n = 0;
	char name[48];
	int rc;

	if (fd < 0)
		return fd;
	name_of(name, sizeof(name), index);
	rc = add_segment(s, index);
	if (!rc && fstat(fd, &st))
		rc = -errno;
	if (rc)
		goto out;
	seg = newest(s);
	rc = check_head(s, fd, name);
	if (!rc)
		seg->bytes = sizeof(struct segment_head);
	else if (rc != -EBADMSG)
		goto out;
	while (!rc && (uint64_t)st.st_size > seg->bytes) {
		n = read_message(fd, seg->bytes, &m);
		if (n < 0)
			break;
		if (seen)
			seen(ctx, m);
		free(m);
		seg->bytes += (uint64_t)n;
		s->end++;
	}
	seg->end = s->end;
	s->bytes += seg->bytes;
	rc = n < 0 && n != -EBADMSG ? (int)n : 0;
	if (!rc && (uint64_t)st.st_size > seg->bytes) {
		fprintf(stderr, "evlog: --spool %s: %s: %llu bytes of a message that was not finished are cut off\n",
			s->path, name, (unsigned long long)st.st_size - seg->bytes);
		if (ftruncate(fd, (off_t)seg->bytes) || fsync(fd))
			rc = -errno;
	}
out:
	close(fd);
	return rc;
}

static int by_index(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of the segments that there are, in order. Return: how many, or -errno. */
static long list_segments(const struct spool *s, uint64_t **list)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0, room = 0;
	uint64_t *more;
	char *end;

	*list = NULL;
	if (!dir) {
		n = (size_t)errno;
		if (fd >= 0)
			close(fd);
		return -(long)n;
	}
	while ((entry = readdir(dir))) {
		unsigned long long index = strtoull(entry->d_name, &end, 10);

		if (end != entry->d_name + 16 || strcmp(end, ".spool"))
			continue;
		if (n == room) {
			room = room * 2 + 16;
			more = realloc(*list, room * sizeof(*more));
			if (!more) {
				free(*list);
				closedir(dir);
				return -ENOMEM;
			}
			*list = more;
		}
		(*list)[n++] = index;
	}
	closedir(dir);
	qsort(*list, n, sizeof(**list), by_index);
	return (long)n;
}

static int recover_all(struct spool *s, spool_seen_fn seen, void *ctx)
{
	uint64_t *list;
	long n = list_segments(s, &list), i;
	int rc = 0;

	if (n < 0)
		return (int)n;
	for (i = 0; i < n && !rc; i++)
		rc = recover(s, list[i], seen, ctx);
	free(list);
	return rc;
}

static int explain_open(const char *path, int rc)
{
	if (rc == -EWOULDBLOCK)
		fprintf(stderr, "evlog: --spool %s: another evlog uses it: each needs its own folder\n",
			path);
	else if (rc != -EINVAL)
		fprintf(stderr, "evlog: --spool %s: cannot use it: %s\n", path, strerror(-rc));
	return rc;
}

int spool_open(struct spool *s, const char *path, const char *subject, uint64_t limit,
	       spool_seen_fn seen, void *ctx)
{
	int rc = 0;

	memset(s, 0, sizeof(*s));
	s->dir = s->write_fd = s->read_fd = -1;
	s->limit = limit;
	s->path = path;
	snprintf(s->subject, sizeof(s->subject), "%s", subject);
	s->buffer = malloc(SPOOL_BUFFER);
	if (!s->buffer)
		rc = -ENOMEM;
	if (!rc && mkdir(path, 0750) && errno != EEXIST)
		rc = -errno;
	if (!rc) {
		s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->dir < 0 || flock(s->dir, LOCK_EX | LOCK_NB) || faccessat(s->dir, ".", W_OK, 0))
			rc = -errno;
	}
	if (!rc)
		rc = recover_all(s, seen, ctx);
	if (rc)
		spool_close(s);
	return rc ? explain_open(path, rc) : 0;
}

static int write_out(struct spool *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->buffered) {
		n = write(s->write_fd, s->buffer + done, s->buffered - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	s->unsynced |= done;
	s->buffered -= done;
	if (!s->buffered)
		return 0;
	/* The rest stays: a disk that is full now may have room later. */
	n = errno == EDQUOT ? -ENOSPC : -errno;
	memmove(s->buffer, s->buffer + done, s->buffered);
	return (int)n;
}

int spool_flush(struct spool *s)
{
	return s->buffered ? write_out(s) : 0;
}

int spool_sync(struct spool *s)
{
	int rc = spool_flush(s);

	if (!rc && s->unsynced) {
		if (fdatasync(s->write_fd))
			return -errno;
		s->unsynced = false;
	}
	if (!rc && s->unsynced_dir) {
		if (fsync(s->dir))
			return -errno;
		s->unsynced_dir = false;
	}
	return rc;
}

/* What is appended goes to a new segment from now on. */
static int end_segment(struct spool *s)
{
	int rc;

	if (s->write_fd < 0)
		return 0;
	rc = spool_sync(s);
	if (rc)
		return rc;
	close(s->write_fd);
	s->write_fd = -1;
	return 0;
}

static int begin_segment(struct spool *s)
{
	uint64_t index = s->nsegments ? newest(s)->index + 1 : 1;
	struct segment_head head = { .magic = SEGMENT_MAGIC };
	int rc;

	memcpy(head.subject, s->subject, sizeof(head.subject));
	rc = add_segment(s, index);
	if (rc)
		return rc;
	rc = open_segment(s, index, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
	if (rc < 0) {
		s->nsegments--;
		return rc == -EDQUOT ? -ENOSPC : rc;
	}
	s->write_fd = rc;
	s->unsynced_dir = true;
	memcpy(s->buffer, &head, sizeof(head));
	s->buffered = sizeof(head);
	newest(s)->bytes = sizeof(head);
	s->bytes += sizeof(head);
	return 0;
}

/* Puts bytes into the buffer, which is written out whenever it is full. */
static int put(struct spool *s, const void *bytes, size_t n)
{
	size_t part;
	int rc;

	while (n) {
		part = SPOOL_BUFFER - s->buffered;
		if (part > n)
			part = n;
		memcpy(s->buffer + s->buffered, bytes, part);
		s->buffered += part;
		bytes = (const char *)bytes + part;
		n -= part;
		if (n) {
			rc = write_out(s);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* A message that could be written in part only: the file is as before it. */
static void take_back(struct spool *s)
{
	s->buffered = 0;
	if (ftruncate(s->write_fd, (off_t)newest(s)->bytes))
		fprintf(stderr, "evlog: --spool %s: cannot cut off a message that did not fit: %s\n",
			s->path, strerror(errno));
}

int spool_append(struct spool *s, const struct message *m)
{
	struct record r = { .wall = m->wall, .id_len = m->id_len, .len = m->len };
	size_t size = sizeof(r) + m->id_len + 1 + m->len;
	int rc = 0;

	if (s->bytes + size + sizeof(struct segment_head) > s->limit)
		return -ENOSPC;
	if (s->write_fd >= 0 && newest(s)->bytes + size > segment_limit(s))
		rc = end_segment(s);
	if (!rc && s->write_fd < 0)
		rc = begin_segment(s);
	/* Whole messages are in the file before one begins that may not fit. */
	if (!rc && s->buffered + size > SPOOL_BUFFER)
		rc = write_out(s);
	if (rc)
		return rc;
	r.sum = sum_of(&r, m->bytes);
	rc = put(s, &r, sizeof(r));
	if (!rc)
		rc = put(s, m->bytes, size - sizeof(r));
	if (rc) {
		take_back(s);
		return rc;
	}
	newest(s)->bytes += size;
	s->bytes += size;
	newest(s)->end = ++s->end;
	return 0;
}

/* Turns to the segment that has message @s->next. Return: whether there is one. */
static int turn(struct spool *s)
{
	if (s->read_fd >= 0) {
		if (s->next < s->segments[s->reading].end)
			return 1;
		close(s->read_fd);
		s->read_fd = -1;
	}
	for (s->reading = 0; s->reading < s->nsegments; s->reading++)
		if (s->next < s->segments[s->reading].end)
			break;
	if (s->reading == s->nsegments)
		return 0;
	s->read_fd = open_segment(s, s->segments[s->reading].index, O_RDONLY);
	s->at = sizeof(struct segment_head);
	return s->read_fd < 0 ? s->read_fd : 1;
}

int spool_read(struct spool *s, struct message **m)
{
	int rc = s->next < s->end ? turn(s) : 0;
	int64_t n;

	if (rc <= 0)
		return rc;
	if (s->reading == s->nsegments - 1 && s->buffered) {
		rc = write_out(s);
		if (rc)
			return rc;
	}
	n = read_message(s->read_fd, s->at, m);
	if (n < 0)
		return (int)n;
	s->at += (uint64_t)n;
	s->next++;
	return 1;
}

void spool_skip(struct spool *s)
{
	if (!s->nsegments)
		return;
	s->next = s->end;
	if (s->read_fd >= 0)
		close(s->read_fd);
	s->reading = s->nsegments - 1;
	s->read_fd = open_segment(s, newest(s)->index, O_RDONLY);
	s->at = newest(s)->bytes;
}

void spool_forget(struct spool *s, uint64_t first)
{
	size_t n = 0;

	/* The newest is still written to, if it is not at its end. */
	while (n + 1 < s->nsegments && s->segments[n].end <= first) {
		remove_segment(s, &s->segments[n]);
		n++;
	}
	if (!n)
		return;
	s->nsegments -= n;
	memmove(s->segments, s->segments + n, s->nsegments * sizeof(*s->segments));
	if (s->reading >= n) {
		s->reading -= n;
	} else if (s->read_fd >= 0) {
		close(s->read_fd);
		s->read_fd = -1;
	}
}

void spool_clear(struct spool *s, uint64_t end)
{
	size_t i;

	if (s->write_fd >= 0)
		close(s->write_fd);
	if (s->read_fd >= 0)
		close(s->read_fd);
	s->write_fd = s->read_fd = -1;
	s->buffered = 0;
	s->unsynced = false;
	for (i = 0; i < s->nsegments; i++)
		remove_segment(s, &s->segments[i]);
	s->nsegments = 0;
	s->end = s->next = end;
}

void spool_close(struct spool *s)
{
	if (s->write_fd >= 0)
		close(s->write_fd);
	if (s->read_fd >= 0)
		close(s->read_fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s->segments);
	free(s->buffer);
	memset(s, 0, sizeof(*s));
	s->dir = s->write_fd = s->read_fd = -1;
}
