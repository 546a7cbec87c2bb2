// SPDX-License-Identifier: GPL-2.0
#include <linux/ring_buffer.h>

int probe(struct trace_buffer *buffer, struct ring_buffer_event *event);
int probe(struct trace_buffer *buffer, struct ring_buffer_event *event)
{
	return ring_buffer_unlock_commit(buffer, event);
}
