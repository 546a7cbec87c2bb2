/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels differ. Kbuild compiles each file of probes/ and defines
 * PEERS_HAVE_NAME for those that do compile.
 */
#ifndef PEERS_COMPAT_H
#define PEERS_COMPAT_H

#include <linux/err.h>
#include <linux/ring_buffer.h>

/* 6.2: ring_buffer_unlock_commit() needs no event any more. */
#ifdef PEERS_HAVE_COMMIT_EVENT
#define trace_commit(buffer, event)	ring_buffer_unlock_commit(buffer, event)
#else
#define trace_commit(buffer, event)	((void)(event), ring_buffer_unlock_commit(buffer))
#endif

/* 6.9: a page that was read out has a type and is no bare page any more. */
#ifdef PEERS_HAVE_READ_PAGE_TYPE
#define trace_page			buffer_data_read_page
#define trace_page_data(page)		ring_buffer_read_page_data(page)
#define trace_page_handle(page)		(*(page))
#else
struct trace_page;
#define trace_page_data(page)		((void *)(page))
#define trace_page_handle(page)		((void **)(page))
#endif

/* 7: the page is handed out by its address. */
static inline int trace_page_alloc(struct trace_buffer *buffer, struct trace_page **page)
{
#ifdef PEERS_HAVE_READ_PAGE_OUT
	return ring_buffer_alloc_read_page(buffer, 0, page);
#else
	*page = ring_buffer_alloc_read_page(buffer, 0);
	return PTR_ERR_OR_ZERO(*page);
#endif
}

#endif /* PEERS_COMPAT_H */
