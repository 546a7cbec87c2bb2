// SPDX-License-Identifier: GPL-2.0
/* The tracepoint sched_process_exit tells whether the whole group is dead. */
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <trace/events/sched.h>

void probe(void (*callback)(void *data, struct task_struct *p, bool group_dead));

void probe(void (*callback)(void *data, struct task_struct *p, bool group_dead))
{
	check_trace_callback_type_sched_process_exit(callback);
}
