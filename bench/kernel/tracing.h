/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoint that evring, perf and trace-cmd record alike: evring_peers:peers_record. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM evring_peers

#if !defined(EVRING_PEERS_TRACING_H) || defined(TRACE_HEADER_MULTI_READ)
#define EVRING_PEERS_TRACING_H

#include <linux/tracepoint.h>

/* A generator's payload; tracefs's common bytes stand in place of its struct evring_common. */
TRACE_EVENT(peers_record,
	    TP_PROTO(const void *bytes, u32 len),
	    TP_ARGS(bytes, len),
	    TP_STRUCT__entry(__dynamic_array(u8, bytes, len)),
	    TP_fast_assign(memcpy(__get_dynamic_array(bytes), bytes, len);),
	    TP_printk("%s", __print_hex(__get_dynamic_array(bytes),
					__get_dynamic_array_len(bytes)))
);

#endif /* EVRING_PEERS_TRACING_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tracing
#include <trace/define_trace.h>
