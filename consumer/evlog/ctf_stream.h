/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctf_stream: the events of one CPU in a CTF trace: a file of packets.
 *
 * A packet is gathered in memory and written by one write; if only a part of it gets there
 * the file is cut to whole packets, at once or when the trace is gone on with. Losses have
 * a packet of their own, which lasts from the event before them to the one behind and has no
 * events: events_discarded is the number of all that were lost by its end.
 */
#ifndef EVLOG_CTF_STREAM_H
#define EVLOG_CTF_STREAM_H

#include "ctf_class.h"
#include "ctf_metadata.h"

/** CTF_PACKET_SIZE - bytes after which a packet is written. */
#define CTF_PACKET_SIZE		((size_t)64 << 10)

/** CTF_EVENT_MAX - most bytes of an event that is not decoded, all told. */
#define CTF_EVENT_MAX		((size_t)EVRING_PAYLOAD_MAX + 64)

/** CTF_PACKET_MAX - no packet is larger: one more event is always taken before it is written. */
#define CTF_PACKET_MAX		(CTF_PACKET_SIZE + CTF_EVENT_MAX)

/**
 * struct ctf_packet_head - header and context of a packet, as the metadata tells them.
 * @magic: CTF_MAGIC.
 * @uuid: the trace's.
 * @stream_id: 0.
 * @content_size: bits of it all.
 * @packet_size: the same.
 * @packet_seq_num: counts the packets of the stream; skips one where evlog did not run.
 * @events_discarded: events of the CPU that were lost by the end of the packet.
 * @seq_next: sequence number behind the last event so far.
 * @cpu_id: the CPU.
 * @timestamp_begin: no event in it is older; not there if the channel has no clock.
 * @timestamp_end: nor younger; likewise.
 */
struct ctf_packet_head {
	uint32_t magic;
	unsigned char uuid[CTF_UUID_SIZE];
	uint32_t stream_id;
	uint64_t content_size;
	uint64_t packet_size;
	uint64_t packet_seq_num;
	uint64_t events_discarded;
	uint64_t seq_next;
	uint32_t cpu_id;
	uint64_t timestamp_begin;
	uint64_t timestamp_end;
} __attribute__((packed));

#define CTF_MAGIC	0xC1FC1FC1U

/**
 * struct ctf_stream - one of them.
 * @metadata: the trace's: written before a packet is.
 * @has_time: the channel has a clock.
 * @fd: its file; -1: none yet.
 * @cpu: the CPU.
 * @packet: CTF_PACKET_MAX bytes for the packet being gathered.
 * @len: bytes of it; 0: none has been begun.
 * @begin: its timestamp_begin.
 * @last: time stamp of the last event, or end of the last packet; with @has_last.
 * @has_last: there was one.
 * @floor: no event is older: those of the trace before this one are.
 * @offset: bytes of whole packets in the file.
 * @synced: of these, bytes that are on the disk.
 * @packets: the next packet_seq_num.
 * @discarded: events lost, as the file tells.
 * @lost: events lost behind those, of which it does not tell yet.
 * @seq_next: sequence number behind the last event.
 * @resumed_at: events before this one are in the file already.
 * @resumed: none has come yet since the trace was gone on with.
 * @told: dropped events, those in front of @resumed_at, that the file tells already.
 */
struct ctf_stream {
	struct ctf_metadata *metadata;
	bool has_time;
	int fd;
	uint32_t cpu;
	unsigned char *packet;
	size_t len;
	uint64_t begin;
	uint64_t last;
	bool has_last;
	uint64_t floor;
	uint64_t offset;
	uint64_t synced;
	uint64_t packets;
	uint64_t discarded;
	uint64_t lost;
	uint64_t seq_next;
	uint64_t resumed_at;
	bool resumed;
	uint64_t told;
};

/** ctf_stream_name() - name of the file of @cpu, in @buf of at least 16 bytes. */
const char *ctf_stream_name(uint32_t cpu, char *buf, size_t size);

/**
 * ctf_stream_open() - make the file of CPU @s->cpu in directory @dir. @s->metadata
 * and @s->has_time are set. Return: 0 or -errno.
 */
int ctf_stream_open(struct ctf_stream *s, int dir);

/**
 * ctf_stream_resume() - go on with the file that is there, if there is one.
 * @cut: answer: bytes of a packet that was not whole, which were cut off.
 *
 * Return: 0; -EBADMSG: @s->offset bytes of it are packets, what follows is something else;
 * other -errno.
 */
int ctf_stream_resume(struct ctf_stream *s, int dir, uint64_t *cut);

/**
 * ctf_stream_follow() - @s, which has no file yet, begins where @before ends, in another trace.
 *
 * Readers merge traces by time alone: so what comes is younger, by a nanosecond at least.
 */
void ctf_stream_follow(struct ctf_stream *s, const struct ctf_stream *before);

/** ctf_stream_is_known() - whether @ev is in the file already, from an earlier run. */
bool ctf_stream_is_known(const struct ctf_stream *s, const struct evring_event *ev);

/** ctf_stream_lose() - note a loss. */
void ctf_stream_lose(struct ctf_stream *s, const struct evring_event *ev);

/**
 * ctf_stream_begin() - an event is about to come: make room for it.
 * @ns: its time stamp; answer: the same, or the last one's if that is later.
 * @room: answer: where it goes.
 *
 * Return: 0 or -errno.
 */
int ctf_stream_begin(struct ctf_stream *s, const struct evring_event *ev, uint64_t *ns,
		     struct ctf_bytes *room);

/** ctf_stream_end() - it has been put there. Return: 1 if the packet is to be written now, or 0. */
int ctf_stream_end(struct ctf_stream *s, const struct evring_event *ev, uint64_t ns,
		   const struct ctf_bytes *room);

/**
 * ctf_stream_flush() - write what has been gathered.
 * @ns: a loss that has no event behind it ends here, if the events before it do not end later.
 *
 * Return: 0 or -errno; the file has whole packets then, too.
 */
int ctf_stream_flush(struct ctf_stream *s, uint64_t ns);

/** ctf_stream_sync() - bring what was written to the disk. Return: 0 or -errno. */
int ctf_stream_sync(struct ctf_stream *s);

/** ctf_stream_close() - bring the file to the disk, and close it. Return: 0 or -errno. */
int ctf_stream_close(struct ctf_stream *s);

#endif /* EVLOG_CTF_STREAM_H */
