// SPDX-License-Identifier: GPL-2.0
#include <linux/ring_buffer.h>

int probe(struct trace_buffer *buffer, struct buffer_data_read_page **page);
int probe(struct trace_buffer *buffer, struct buffer_data_read_page **page)
{
	return ring_buffer_alloc_read_page(buffer, 0, page);
}
