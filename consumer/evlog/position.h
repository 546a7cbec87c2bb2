/* SPDX-License-Identifier: GPL-2.0 */
/*
 * position: up to where a channel's records are with a server, kept in a file of the spool's
 * folder, so that the next evlog goes on there.
 */
#ifndef EVLOG_POSITION_H
#define EVLOG_POSITION_H

#include <stdbool.h>
#include <stdint.h>

/** POSITION_ORIGIN_MAX - most bytes of an origin, its NUL included. */
#define POSITION_ORIGIN_MAX	160U

/**
 * struct position - up to where.
 * @origin: the channel: what its messages' ids begin with.
 * @ncpus: its CPUs.
 * @next: for each CPU the sequence number after the last record that is passed.
 * @sequence: number in the stream of the last message that was acknowledged, or of the
 *	last one there before any was sent.
 * @placed: @sequence is known.
 * @changed: not saved yet.
 */
struct position {
	char origin[POSITION_ORIGIN_MAX];
	uint32_t ncpus;
	uint64_t *next;
	uint64_t sequence;
	bool placed;
	bool changed;
};

/** position_open() - of a channel, at its beginning. Return: 0 or -ENOMEM. */
int position_open(struct position *p, const char *origin, uint32_t ncpus);

/** position_pass() - the message with this id is passed; one of another channel changes nothing. */
void position_pass(struct position *p, const char *id);

/**
 * position_load() - go on to where the file in folder @dir says.
 * Return: 0 or -errno; -ENOENT: there is none, or it is of another channel, of which only
 * @sequence is taken.
 */
int position_load(struct position *p, int dir);

/** position_save() - write the file. Return: 0 or -errno. */
int position_save(struct position *p, int dir);

/** position_close() - the end of it. */
void position_close(struct position *p);

#endif /* EVLOG_POSITION_H */
