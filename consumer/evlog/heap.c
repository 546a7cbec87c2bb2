// SPDX-License-Identifier: GPL-2.0
#include "heap.h"

#include <errno.h>
#include <stdlib.h>

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
	if (a->item.time != b->item.time)
		return a->item.time < b->item.time;
	return a->order < b->order;
}

static void swap(struct heap_entry *a, struct heap_entry *b)
{
	struct heap_entry e = *a;

	*a = *b;
	*b = e;
}

int heap_push(struct heap *h, struct heap_entry e)
{
	struct heap_entry *more;
	size_t i, up;

	if (h->count == h->room) {
		more = realloc(h->entries, (h->room * 2 + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		h->entries = more;
		h->room = h->room * 2 + 64;
	}
	e.order = h->orders++;
	h->entries[h->count] = e;
	for (i = h->count++; i; i = up) {
		up = (i - 1) / 2;
		if (!before(&h->entries[i], &h->entries[up]))
			break;
		swap(&h->entries[i], &h->entries[up]);
	}
	return 0;
}

struct heap_entry heap_pop(struct heap *h)
{
	struct heap_entry oldest = h->entries[0];
	size_t i = 0, least, child;

	h->entries[0] = h->entries[--h->count];
	for (;;) {
		least = i;
		for (child = 2 * i + 1; child <= 2 * i + 2 && child < h->count; child++)
			if (before(&h->entries[child], &h->entries[least]))
				least = child;
		if (least == i)
			return oldest;
		swap(&h->entries[i], &h->entries[least]);
		i = least;
	}
}

void heap_free(struct heap *h)
{
	while (h->count)
		free(h->entries[--h->count].item.data);
	free(h->entries);
	*h = (struct heap){ 0 };
}
