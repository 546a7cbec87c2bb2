/* SPDX-License-Identifier: GPL-2.0 */
/* Ioctl arguments that start with their own size. */
#ifndef EVRING_ARGS_H
#define EVRING_ARGS_H

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

/**
 * evring_args_get() - fetch an argument struct.
 * @args: where to.
 * @ksize: bytes of the struct as this module knows it.
 * @first: bytes of its first version: callers cannot know less.
 * @user: where from; starts with a u32, its size as the caller knows it.
 *
 * Return: 0, -EFAULT, -EINVAL (too small) or -E2BIG (longer, and the rest is not zero).
 */
static inline int evring_args_get(void *args, size_t ksize, size_t first, const void __user *user)
{
	u32 usize;

	if (get_user(usize, (const u32 __user *)user))
		return -EFAULT;
	if (usize < first)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(args, ksize, user, usize);
}

/**
 * evring_args_put() - give an argument struct back, as much as the caller knows.
 * @user: where to.
 * @args: the struct; its first u32 is the size as the caller knows it.
 * @ksize: bytes of the struct as this module knows it.
 *
 * Return: 0 or -EFAULT.
 */
static inline int evring_args_put(void __user *user, const void *args, size_t ksize)
{
	u32 usize = *(const u32 *)args;

	return copy_to_user(user, args, min_t(size_t, usize, ksize)) ? -EFAULT : 0;
}

#endif /* EVRING_ARGS_H */
