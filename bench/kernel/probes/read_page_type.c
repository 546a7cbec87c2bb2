// SPDX-License-Identifier: GPL-2.0
#include <linux/ring_buffer.h>

void *probe(struct buffer_data_read_page *page);
void *probe(struct buffer_data_read_page *page)
{
	return ring_buffer_read_page_data(page);
}
