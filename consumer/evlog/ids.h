/* SPDX-License-Identifier: GPL-2.0 */
/* ids: a set of ids of messages, by their hashes. */
#ifndef EVLOG_IDS_H
#define EVLOG_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ids - the set; all zero: empty.
 * @slots: hashes; 0: free.
 * @room: how many slots, a power of two.
 * @count: how many of them are taken.
 */
struct ids {
	uint64_t *slots;
	size_t room;
	size_t count;
};

/** ids_add() - put an id in. Return: 0 or -ENOMEM. */
int ids_add(struct ids *ids, const char *id);

/** ids_has() - whether it is in. */
bool ids_has(const struct ids *ids, const char *id);

/** ids_clear() - make it empty. */
void ids_clear(struct ids *ids);

#endif /* EVLOG_IDS_H */
