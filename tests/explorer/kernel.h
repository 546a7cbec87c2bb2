/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as module/gate.c and what it includes name. Locks are held across
 * points, and waiting for one, or for a grace period, is the scheduler's business.
 */
#ifndef TESTS_EXPLORER_KERNEL_H
#define TESTS_EXPLORER_KERNEL_H

#include <sys/types.h>
#include "hooks.h"
#include "ring.h"

#define __user
#define U32_MAX			(~0U)
#define U64_MAX			(~0ULL)
#define EPOLLIN			1
#define EPOLLRDNORM		2
#define min(a, b)		((a) < (b) ? (a) : (b))
#define container_of(p, type, member) \
	((type *)(void *)((char *)(p) - offsetof(type, member)))
#define static_assert		_Static_assert
#define u64_to_user_ptr(x)	((u64 *)(uintptr_t)(x))
#define put_user(x, p)		(*(p) = (x), 0)
#define get_user(x, p)		((x) = *(p), 0)
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < ex_scenario->ncpus; (cpu)++)
#define cpu_possible(cpu)	((cpu) < ex_scenario->ncpus)

typedef s64 ktime_t;
typedef s64 atomic64_t;
typedef u32 kgid_t, umode_t;
typedef u32 __poll_t;

struct file;
struct iov_iter;
struct page;
struct poll_table_struct;
typedef struct poll_table_struct poll_table;

struct mutex { u32 locked; };
struct cdev { u32 unused; };
struct device { u32 unused; };
struct hrtimer { u32 unused; };
struct irq_work { u32 unused; };
struct work_struct { u32 unused; };
struct delayed_work { struct work_struct work; };
typedef struct { u32 unused; } spinlock_t;
typedef struct { u32 unused; } wait_queue_head_t;

#define atomic64_inc(p)				((void)++*(p))
#define ktime_get()				((ktime_t)0)
#define ktime_us_delta(a, b)			((a) - (b))
#define usecs_to_jiffies(us)			(us)
#define schedule_delayed_work(work, delay)	((void)(work), (void)(delay))
#define to_delayed_work(w)			container_of(w, struct delayed_work, work)
#define cancel_delayed_work_sync(work)		((void)(work))
#define INIT_DELAYED_WORK(work, function)	((void)(work), (void)(function))
#define wake_up_interruptible_poll(wait, mask)	((void)(wait), (void)(mask))
#define mutex_init(m)				((m)->locked = 0)
#define mutex_lock(m)				ex_lock(&(m)->locked)
#define mutex_lock_interruptible(m)		(ex_lock(&(m)->locked), 0)
#define mutex_unlock(m)				ex_unlock(&(m)->locked)
#define lockdep_assert_held(m)			ex_must_hold((m)->locked)
#define synchronize_rcu()			ex_grace_period()
/* A jump that producers do not take part in. */
#define static_branch_inc(key)			((void)0)
#define static_branch_dec(key)			((void)0)

static inline void ex_must_hold(u32 locked)
{
	if (!locked)
		ex_fail("lock: not held");
}

struct list_head { struct list_head *next, *prev; };

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add_tail(struct list_head *node, struct list_head *list)
{
	node->prev = list->prev;
	node->next = list;
	list->prev->next = node;
	list->prev = node;
}

static inline void list_del_init(struct list_head *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	INIT_LIST_HEAD(node);
}

#define list_for_each_entry(pos, list, member) \
	for ((pos) = container_of((list)->next, __typeof__(*(pos)), member); \
	     &(pos)->member != (list); \
	     (pos) = container_of((pos)->member.next, __typeof__(*(pos)), member))
#define list_for_each_entry_safe(pos, n, list, member) \
	for ((pos) = container_of((list)->next, __typeof__(*(pos)), member), \
	     (n) = container_of((pos)->member.next, __typeof__(*(pos)), member); \
	     &(pos)->member != (list); \
	     (pos) = (n), (n) = container_of((n)->member.next, __typeof__(*(n)), member))

#endif /* TESTS_EXPLORER_KERNEL_H */
