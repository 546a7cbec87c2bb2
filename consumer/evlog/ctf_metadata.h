/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctf_metadata: the file that tells what is in a CTF trace, in TSDL (CTF 1.8).
 *
 * It begins with what is known at the start, the preamble, and grows by an event class as
 * each type of event first comes. It is replaced as a whole, by rename(), so who reads it
 * sees a whole one; and before a packet that needs it is written.
 */
#ifndef EVLOG_CTF_METADATA_H
#define EVLOG_CTF_METADATA_H

#include <linux/evring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_type;

/** CTF_UUID_SIZE - bytes of a UUID. */
#define CTF_UUID_SIZE	16U

/** CTF_CLASSES_MAX - ids of event classes are below this. */
#define CTF_CLASSES_MAX	0x10000U

/**
 * struct ctf_metadata - the text.
 * @dir: descriptor of the trace's directory.
 * @text: the text, to be freed.
 * @len: its bytes.
 * @classes: event classes in it; their ids are below this.
 * @is_new: it has something that the file does not have.
 * @uuid: the trace's.
 */
struct ctf_metadata {
	int dir;
	char *text;
	size_t len;
	uint32_t classes;
	bool is_new;
	unsigned char uuid[CTF_UUID_SIZE];
};

/**
 * struct ctf_origin - what the preamble tells.
 * @control: the channel's.
 * @live: the channel is of this machine; else it is an image.
 */
struct ctf_origin {
	const struct evring_control *control;
	bool live;
};

/**
 * ctf_metadata_open() - begin the text; or go on with the one that is in the directory.
 * @dir: descriptor of the directory, which has to stay open.
 * @resumed: answer: there was one.
 *
 * Return: 0; -EEXIST: there is one, but not of this channel of this boot; @m->uuid is its;
 * -ENOTEMPTY: there is one that is none of evlog's; other -errno.
 */
int ctf_metadata_open(struct ctf_metadata *m, int dir, const struct ctf_origin *origin,
		      bool *resumed);

/** ctf_metadata_close() - free the text. */
void ctf_metadata_close(struct ctf_metadata *m);

/**
 * ctf_metadata_class() - the class that has such fields, made if there is none.
 * @t: its type; NULL: the class of events that are not decoded.
 * @text: see ctf_class_declare().
 *
 * Return: its id, or -errno; -ENOSPC: there are CTF_CLASSES_MAX.
 */
int ctf_metadata_class(struct ctf_metadata *m, const struct event_type *t, bool text);

/** ctf_metadata_sync() - write the file if it lacks something. Return: 0 or -errno. */
int ctf_metadata_sync(struct ctf_metadata *m);

#endif /* EVLOG_CTF_METADATA_H */
