// SPDX-License-Identifier: GPL-2.0
#include "ids.h"

#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *id)
{
	uint64_t hash = message_sum(MESSAGE_SUM, id, strlen(id));

	return hash ? hash : 1;
}

/* Where @hash is, or would be. */
static uint64_t *place(const struct ids *ids, uint64_t hash)
{
	size_t i = (size_t)hash & (ids->room - 1);

	while (ids->slots[i] && ids->slots[i] != hash)
		i = (i + 1) & (ids->room - 1);
	return &ids->slots[i];
}

static int grow(struct ids *ids)
{
	struct ids more = { .room = ids->room ? ids->room * 2 : 1024, .count = ids->count };
	size_t i;

	more.slots = calloc(more.room, sizeof(*more.slots));
	if (!more.slots)
		return -ENOMEM;
	for (i = 0; i < ids->room; i++)
		if (ids->slots[i])
			*place(&more, ids->slots[i]) = ids->slots[i];
	free(ids->slots);
	*ids = more;
	return 0;
}

int ids_add(struct ids *ids, const char *id)
{
	uint64_t hash = hash_of(id);
	uint64_t *to;

	if (ids->count * 2 >= ids->room && grow(ids))
		return -ENOMEM;
	to = place(ids, hash);
	ids->count += !*to;
	*to = hash;
	return 0;
}

bool ids_has(const struct ids *ids, const char *id)
{
	return ids->count && *place(ids, hash_of(id));
}

void ids_clear(struct ids *ids)
{
	free(ids->slots);
	*ids = (struct ids){ 0 };
}
