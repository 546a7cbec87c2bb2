// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ctf_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *ctf_stream_name(uint32_t cpu, char *buf, size_t size)
{
	snprintf(buf, size, "cpu%u", cpu);
	return buf;
}

static int make_packet(struct ctf_stream *s)
{
	s->packet = malloc(CTF_PACKET_MAX);
	return s->packet ? 0 : -ENOMEM;
}

int ctf_stream_open(struct ctf_stream *s, int dir)
{
	char name[16];

	s->fd = openat(dir, ctf_stream_name(s->cpu, name, sizeof(name)),
		       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	return s->fd < 0 ? -errno : make_packet(s);
}

int ctf_stream_sync(struct ctf_stream *s)
{
	if (s->synced == s->offset)
		return 0;
	if (fsync(s->fd))
		return -errno;
	s->synced = s->offset;
	return 0;
}

int ctf_stream_close(struct ctf_stream *s)
{
	int rc = ctf_stream_sync(s);

	if (s->fd >= 0 && close(s->fd) && !rc)
		rc = -errno;
	s->fd = -1;
	free(s->packet);
	s->packet = NULL;
	return rc;
}

static size_t head_size(const struct ctf_stream *s)
{
	return s->has_time ? sizeof(struct ctf_packet_head) :
	       offsetof(struct ctf_packet_head, timestamp_begin);
}

/* --- going on with what is there ------------------------------------------------------------- */

/* Whether @head may begin a packet of the stream. */
static bool is_packet(const struct ctf_stream *s, const struct ctf_packet_head *head)
{
	return head->magic == CTF_MAGIC && !memcmp(head->uuid, s->metadata->uuid, CTF_UUID_SIZE) &&
	       !head->stream_id && head->cpu_id == s->cpu &&
	       head->content_size == head->packet_size && head->packet_size % 8 == 0 &&
	       head->packet_size / 8 >= head_size(s) && head->packet_size / 8 <= CTF_PACKET_MAX;
}

/* Whether the first @n bytes of @head may be all that was written of a packet's head. */
static bool may_begin_packet(const struct ctf_stream *s, const struct ctf_packet_head *head, size_t n)
{
	struct ctf_packet_head want = { .magic = CTF_MAGIC };
	size_t fixed = offsetof(struct ctf_packet_head, stream_id);

	memcpy(want.uuid, s->metadata->uuid, CTF_UUID_SIZE);
	return !memcmp(head, &want, n < fixed ? n : fixed);
}

/* Return: 1 if the file from @offset on is zeros, as a crash of the machine leaves them; 0; -errno. */
static int is_zero(struct ctf_stream *s, uint64_t offset)
{
	ssize_t n;

	while ((n = pread(s->fd, s->packet, CTF_PACKET_MAX, (off_t)offset)) > 0) {
		if (s->packet[0] || memcmp(s->packet, s->packet + 1, (size_t)n - 1))
			return 0;
		offset += (uint64_t)n;
	}
	return n < 0 ? -errno : 1;
}

static void take_packet(struct ctf_stream *s, const struct ctf_packet_head *head)
{
	uint64_t size = head->packet_size / 8;

	s->told = size == head_size(s) ? head->events_discarded - s->discarded : 0;
	s->offset += size;
	s->packets = head->packet_seq_num + 1;
	s->discarded = head->events_discarded;
	s->seq_next = head->seq_next;
	s->last = head->timestamp_end;
	s->has_last = true;
}

/* Takes all whole packets. Return: 0; -EBADMSG: there is something else behind them; -errno. */
static int take_packets(struct ctf_stream *s, uint64_t size)
{
	struct ctf_packet_head head = { 0 };
	ssize_t n;
	int rc;

	for (;;) {
		n = pread(s->fd, &head, head_size(s), (off_t)s->offset);
		if (n < 0)
			return -errno;
		if ((size_t)n < head_size(s) && may_begin_packet(s, &head, (size_t)n))
			return 0;
		if ((size_t)n < head_size(s) || !is_packet(s, &head))
			break;
		if (head.packet_size / 8 > size - s->offset)
			return 0;
		take_packet(s, &head);
	}
	rc = is_zero(s, s->offset);
	return rc < 0 ? rc : rc ? 0 : -EBADMSG;
}

int ctf_stream_resume(struct ctf_stream *s, int dir, uint64_t *cut)
{
	struct stat st;
	char name[16];
	int rc;

	*cut = 0;
	s->fd = openat(dir, ctf_stream_name(s->cpu, name, sizeof(name)), O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rc = make_packet(s);
	if (!rc && fstat(s->fd, &st))
		rc = -errno;
	if (!rc)
		rc = take_packets(s, (uint64_t)st.st_size);
	if (rc)
		return rc;
	*cut = (uint64_t)st.st_size - s->offset;
	if (*cut && ftruncate(s->fd, (off_t)s->offset))
		return -errno;
	s->resumed = true;
	s->resumed_at = s->seq_next;
	return 0;
}

void ctf_stream_follow(struct ctf_stream *s, const struct ctf_stream *before)
{
	s->floor = before->has_last ? before->last + 1 : before->floor;
	s->seq_next = before->seq_next;
	s->resumed = before->resumed;
	s->resumed_at = before->resumed_at;
	s->told = before->told;
}

bool ctf_stream_is_known(const struct ctf_stream *s, const struct evring_event *ev)
{
	return s->resumed && ev->seq < s->resumed_at;
}

/* --- packets --------------------------------------------------------------------------------------- */

/* All of it, or nothing. */
static int write_packet(struct ctf_stream *s)
{
	size_t done = 0;
	ssize_t n;
	int rc = 0;

	while (done < s->len && !rc) {
		n = pwrite(s->fd, s->packet + done, s->len - done, (off_t)(s->offset + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			rc = n ? -errno : -EIO;
	}
	if (rc && ftruncate(s->fd, (off_t)s->offset))
		fprintf(stderr, "evlog: cpu%u: cannot cut off what failed: %s; it is done when the trace is gone on with\n",
			s->cpu, strerror(errno));
	if (rc)
		return rc;
	s->offset += s->len;
	s->len = 0;
	return 0;
}

/* Completes the packet, which ends at @end, and writes it. */
static int end_packet(struct ctf_stream *s, uint64_t end)
{
	struct ctf_packet_head head = {
		.magic = CTF_MAGIC,
		.content_size = s->len * 8,
		.packet_size = s->len * 8,
		.packet_seq_num = s->packets,
		.events_discarded = s->discarded,
		.seq_next = s->seq_next,
		.cpu_id = s->cpu,
		.timestamp_begin = s->begin,
		.timestamp_end = end,
	};
	int rc;

	memcpy(head.uuid, s->metadata->uuid, CTF_UUID_SIZE);
	memcpy(s->packet, &head, head_size(s));
	rc = ctf_metadata_sync(s->metadata);
	if (!rc)
		rc = write_packet(s);
	if (rc)
		return rc;
	s->packets++;
	s->last = end;
	s->has_last = true;
	return 0;
}

static void begin_packet(struct ctf_stream *s, uint64_t begin)
{
	s->len = head_size(s);
	s->begin = begin;
}

/*
 * The packet of a loss, up to @end. How many were lost is the difference to the packet before:
 * there has to be one.
 */
static int write_loss(struct ctf_stream *s, uint64_t end)
{
	int rc = 0;

	if (end < s->floor)
		end = s->floor;
	if (!s->has_last) {
		begin_packet(s, end);
		rc = end_packet(s, end);
	}
	if (rc)
		return rc;
	if (end < s->last)
		end = s->last;
	begin_packet(s, s->last);
	s->discarded += s->lost;
	s->lost = 0;
	return end_packet(s, end);
}

void ctf_stream_lose(struct ctf_stream *s, const struct evring_event *ev)
{
	uint64_t told = 0;

	/* Those that are dropped have no number: here it is known by how many there were. */
	if (s->resumed && ev->kind == EVRING_DROPPED && ev->seq == s->resumed_at) {
		told = ev->count < s->told ? ev->count : s->told;
		s->told -= told;
	}
	s->lost += ev->count - told;
}

int ctf_stream_begin(struct ctf_stream *s, const struct evring_event *ev, uint64_t *ns,
		     struct ctf_bytes *room)
{
	int rc = 0;

	/* Readers refuse time that goes back within a stream; clocks read in an NMI do so. */
	if (s->has_last && *ns < s->last)
		*ns = s->last;
	if (*ns < s->floor)
		*ns = s->floor;
	if (s->resumed && ev->seq != s->resumed_at)
		s->packets++;
	s->resumed = false;
	if (s->lost)
		rc = ctf_stream_flush(s, *ns);
	if (!s->len)
		begin_packet(s, *ns);
	room->at = s->packet + s->len;
	room->end = s->packet + CTF_PACKET_MAX;
	room->full = false;
	return rc;
}

int ctf_stream_end(struct ctf_stream *s, const struct evring_event *ev, uint64_t ns,
		   const struct ctf_bytes *room)
{
	s->len = (size_t)(room->at - s->packet);
	s->last = ns;
	s->has_last = true;
	s->seq_next = ev->seq + 1;
	return s->len >= CTF_PACKET_SIZE;
}

int ctf_stream_flush(struct ctf_stream *s, uint64_t ns)
{
	int rc = s->len ? end_packet(s, s->last) : 0;

	return s->lost && !rc ? write_loss(s, ns) : rc;
}
