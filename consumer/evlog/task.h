/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task: the names of threads, as the events told them last.
 *
 * A table of fixed size: where two thread ids meet, the one told last is known.
 */
#ifndef EVLOG_TASK_H
#define EVLOG_TASK_H

#include <linux/evring.h>
#include <stddef.h>
#include <stdint.h>

#define TASKS	(1U << 14)

/**
 * struct tasks - the table.
 * @task: each with its thread id, its name, and the bytes of that; len 0: none.
 */
struct tasks {
	struct {
		int32_t pid;
		uint32_t len;
		unsigned char comm[EVRING_COMM_SIZE];
	} task[TASKS];
};

/** task_set() - thread @pid is called @comm, @len bytes. Nothing is learnt of idle tasks. */
void task_set(struct tasks *t, int32_t pid, const unsigned char *comm, size_t len);

/**
 * task_name() - what thread @pid is called.
 * @len: answer: bytes of the name.
 *
 * Return: the name, not NUL-terminated, or NULL.
 */
const unsigned char *task_name(const struct tasks *t, int32_t pid, size_t *len);

#endif /* EVLOG_TASK_H */
