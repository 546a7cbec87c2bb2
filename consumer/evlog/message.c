// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <stdlib.h>
#include <string.h>

struct message *message_create(const char *id, uint64_t wall, const char *data, size_t len)
{
	size_t id_len = strlen(id);
	struct message *m = malloc(sizeof(*m) + id_len + 1 + len);

	if (!m)
		return NULL;
	m->wall = wall;
	m->acked = false;
	m->id_len = (uint32_t)id_len;
	m->len = (uint32_t)len;
	memcpy(m->bytes, id, id_len + 1);
	if (data)
		memcpy(m->bytes + id_len + 1, data, len);
	return m;
}

uint64_t message_sum(uint64_t sum, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		sum = (sum ^ b[i]) * 0x100000001b3ULL;
	return sum;
}
