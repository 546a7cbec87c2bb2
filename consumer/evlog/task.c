// SPDX-License-Identifier: GPL-2.0
#include "task.h"

#include <string.h>

static uint32_t slot_of(int32_t pid)
{
	return ((uint32_t)pid * 2654435761U) >> 18;
}

void task_set(struct tasks *t, int32_t pid, const unsigned char *comm, size_t len)
{
	uint32_t i = slot_of(pid);

	/* Thread 0 is another task on each CPU. */
	if (pid <= 0 || !len)
		return;
	if (len > EVRING_COMM_SIZE)
		len = EVRING_COMM_SIZE;
	t->task[i].pid = pid;
	t->task[i].len = (uint32_t)len;
	memcpy(t->task[i].comm, comm, len);
}

const unsigned char *task_name(const struct tasks *t, int32_t pid, size_t *len)
{
	uint32_t i = slot_of(pid);

	if (pid <= 0 || t->task[i].pid != pid || !t->task[i].len)
		return NULL;
	*len = t->task[i].len;
	return t->task[i].comm;
}
