/* SPDX-License-Identifier: GPL-2.0 */
/*
 * message: one event on its way to a server.
 *
 * Its id says which event it is, so that whoever gets it twice can tell:
 *
 *	BOOT:CHANNEL@CREATED:CPU:SEQ		a record
 *	BOOT:CHANNEL@CREATED:CPU:SEQ:...	a loss, see courier.c
 */
#ifndef EVLOG_MESSAGE_H
#define EVLOG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** MESSAGE_ID_MAX - most bytes of an id, its NUL included. */
#define MESSAGE_ID_MAX	256U

/** MESSAGE_DATA_MAX - most bytes of data. */
#define MESSAGE_DATA_MAX	((size_t)1 << 20)

/**
 * struct message - an event on its way.
 * @wall: when it happened, nanoseconds since the epoch; 0: not known.
 * @acked: the server has it.
 * @id_len: bytes of the id, without its NUL.
 * @len: bytes of data.
 * @bytes: the id, its NUL, the data.
 */
struct message {
	uint64_t wall;
	bool acked;
	uint32_t id_len;
	uint32_t len;
	char bytes[];
};

/** message_id() - its id. */
static inline const char *message_id(const struct message *m)
{
	return m->bytes;
}

/** message_data() - its data, @m->len bytes. */
static inline const char *message_data(const struct message *m)
{
	return m->bytes + m->id_len + 1;
}

/** message_size() - bytes of memory it takes. */
static inline size_t message_size(const struct message *m)
{
	return sizeof(*m) + m->id_len + 1 + m->len;
}

/** MESSAGE_SUM - what a sum begins with. */
#define MESSAGE_SUM	0xcbf29ce484222325ULL

/**
 * message_sum() - add @n bytes to a sum (FNV-1a), which tells what is half written and hardly
 * two ids alike, not what somebody has forged.
 */
uint64_t message_sum(uint64_t sum, const void *bytes, size_t n);

/**
 * message_create() - make one.
 * @id: its id.
 * @wall: when it happened; 0: not known.
 * @data: its data, @len bytes; NULL: the caller fills it in.
 *
 * Return: the message, which free() ends, or NULL without memory.
 */
struct message *message_create(const char *id, uint64_t wall, const char *data, size_t len);

#endif /* EVLOG_MESSAGE_H */
