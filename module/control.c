// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/evring/control: makes and removes channels, attaches and detaches sources.
 * Anybody may list; the rest needs CAP_SYS_ADMIN or CAP_PERFMON.
 */
#include <linux/capability.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "args.h"
#include "channel.h"
#include "control.h"
#include "event.h"
#include "source.h"

#define EVRING_LIST_MAX		1024

/* Names from user space are always ended, whatever the caller sent. */
static int evring_name_check(const char name[EVRING_NAME_SIZE])
{
	return strnlen(name, EVRING_NAME_SIZE) < EVRING_NAME_SIZE ? 0 : -EINVAL;
}

static int evring_control_create(void __user *user)
{
	struct evring_create_args args;
	struct evring_channel *channel;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	err = evring_name_check(args.name);
	if (err)
		return err;
	channel = evring_channel_create(&args, false);
	if (IS_ERR(channel))
		return PTR_ERR(channel);
	err = evring_args_put(user, &args, sizeof(args));
	if (err)
		evring_channel_remove(args.name);
	return err;
}

static int evring_control_remove(void __user *user)
{
	struct evring_remove_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	if (args.flags)
		return -EINVAL;
	err = evring_name_check(args.name);
	return err ? err : evring_channel_remove(args.name);
}

static int evring_control_list(void __user *user)
{
	struct evring_list_args args;
	char *names;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);
	u32 room;

	if (err)
		return err;
	if (args.flags || args.reserved)
		return -EINVAL;
	room = min_t(u32, args.count, EVRING_LIST_MAX);
	names = kvcalloc(max_t(u32, room, 1), EVRING_NAME_SIZE, GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	args.count = evring_channel_list(names, room);
	room = min(room, args.count);
	if (copy_to_user(u64_to_user_ptr(args.names), names, (size_t)room * EVRING_NAME_SIZE))
		err = -EFAULT;
	kvfree(names);
	return err ? err : evring_args_put(user, &args, sizeof(args));
}

static int evring_control_attach(void __user *user)
{
	struct evring_attach_args args;
	struct evring_channel *channel;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	if (args.flags)
		return -EINVAL;
	err = evring_name_check(args.name);
	if (err)
		return err;
	channel = evring_channel_get(args.name);
	if (!channel)
		return -ENOENT;
	err = evring_source_attach(channel, &args);
	if (!err && evring_args_put(user, &args, sizeof(args))) {
		evring_source_detach(channel, args.id);
		err = -EFAULT;
	}
	evring_channel_put(channel);
	return err;
}

static int evring_control_detach(void __user *user)
{
	struct evring_detach_args args;
	struct evring_channel *channel;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	if (args.flags || args.reserved)
		return -EINVAL;
	err = evring_name_check(args.name);
	if (err)
		return err;
	channel = evring_channel_get(args.name);
	if (!channel)
		return -ENOENT;
	err = evring_source_detach(channel, args.id);
	evring_channel_put(channel);
	return err;
}

static long evring_control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	if (_IOC_TYPE(cmd) != EVRING_IOC_TYPE)
		return -ENOTTY;
	if (_IOC_NR(cmd) == _IOC_NR(EVRING_IOC_LIST))
		return evring_control_list(user);
	if (_IOC_NR(cmd) == _IOC_NR(EVRING_IOC_EVENT))
		return evring_event_tell(user);
	if (!perfmon_capable())
		return -EPERM;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(EVRING_IOC_CREATE):
		return evring_control_create(user);
	case _IOC_NR(EVRING_IOC_REMOVE):
		return evring_control_remove(user);
	case _IOC_NR(EVRING_IOC_ATTACH):
		return evring_control_attach(user);
	case _IOC_NR(EVRING_IOC_DETACH):
		return evring_control_detach(user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations evring_control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = evring_control_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice evring_control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "evring_control",
	.nodename = "evring/control",
	.mode = 0444,
	.fops = &evring_control_fops,
};

/**
 * evring_control_init() - make /dev/evring/control appear.
 *
 * Return: 0 or -errno.
 */
int evring_control_init(void)
{
	return misc_register(&evring_control_device);
}

/** evring_control_exit() - take it away. */
void evring_control_exit(void)
{
	misc_deregister(&evring_control_device);
}
