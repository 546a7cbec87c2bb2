// SPDX-License-Identifier: GPL-2.0
/*
 * evring_peers: other ways to hand records to user space, for evbench to compare with.
 *
 * No part of evring: an outsider that uses its interface as any driver would.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "backend.h"

#define BYTES_MAX	(256ULL << 20)
#define PAYLOAD_MAX	(32U << 10)

static const struct peers_backend *const backends[PEERS_BACKENDS] = {
	[PEERS_EMPTY] = &peers_empty,
	[PEERS_CLOCK] = &peers_clock,
	[PEERS_COPY] = &peers_copy,
	[PEERS_EVRING] = &peers_evring,
	[PEERS_EVRING_RESERVE] = &peers_evring_reserve,
	[PEERS_EVRING_INLINE] = &peers_evring_inline,
	[PEERS_EVRING_FIXED] = &peers_evring_fixed,
	[PEERS_RELAY] = &peers_relay,
	[PEERS_FTRACE] = &peers_ftrace,
	[PEERS_KFIFO] = &peers_kfifo,
	[PEERS_TRACING] = &peers_tracing,
};

static int peers_open(struct inode *inode, struct file *file)
{
	struct peers_session *s;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	mutex_init(&s->running);
	file->private_data = s;
	return 0;
}

static int peers_release(struct inode *inode, struct file *file)
{
	struct peers_session *s = file->private_data;

	if (s->backend && s->backend->close)
		s->backend->close(s);
	kfree(s);
	return 0;
}

static int setup_check(const struct peers_setup *setup)
{
	if (setup->backend >= PEERS_BACKENDS || setup->flags & ~PEERS_OVERWRITE || setup->reserved)
		return -EINVAL;
	if (strnlen(setup->name, sizeof(setup->name)) == sizeof(setup->name) ||
	    strchr(setup->name, '/'))
		return -EINVAL;
	if (!is_power_of_2(setup->bytes) || setup->bytes > BYTES_MAX ||
	    !is_power_of_2(setup->block) || setup->block > setup->bytes)
		return -EINVAL;
	if (setup->block < PAGE_SIZE)
		return -EINVAL;
	if (setup->payload < sizeof(struct evring_event_generator))
		return -EINVAL;
	if (setup->payload > PAYLOAD_MAX ||
	    setup->payload + sizeof(struct evring_record) > setup->block)
		return -E2BIG;
	return 0;
}

static int peers_setup(struct peers_session *s, const void __user *from)
{
	const struct peers_backend *b;
	int err;

	if (s->backend)
		return -EBUSY;
	if (copy_from_user(&s->setup, from, sizeof(s->setup)))
		return -EFAULT;
	err = setup_check(&s->setup);
	if (err)
		return err;
	b = backends[s->setup.backend];
	err = b->open ? b->open(s) : 0;
	if (err)
		return err;
	/* Pairs with peers_mmap(), which cannot take the lock: a read holds it while it faults. */
	smp_store_release(&s->backend, b);
	return 0;
}

static int peers_do_run(struct peers_session *s, void __user *arg)
{
	struct peers_run run;
	int err;

	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	if (run.flags & ~PEERS_VARY)
		return -EINVAL;
	err = mutex_lock_interruptible(&s->running);
	if (err)
		return err;
	err = peers_run(s, &run);
	mutex_unlock(&s->running);
	if (!err && copy_to_user(arg, &run, sizeof(run)))
		err = -EFAULT;
	return err;
}

static int peers_look(struct peers_session *s, void __user *arg)
{
	struct peers_relay look;
	int err;

	if (copy_from_user(&look, arg, sizeof(look)))
		return -EFAULT;
	err = peers_relay_look(s, &look);
	if (!err && copy_to_user(arg, &look, sizeof(look)))
		err = -EFAULT;
	return err;
}

static int peers_flush(struct peers_session *s)
{
	int err = mutex_lock_interruptible(&s->running);

	if (err)
		return err;
	peers_relay_flush(s);
	mutex_unlock(&s->running);
	return 0;
}

static long peers_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct peers_session *s = file->private_data;
	void __user *at = (void __user *)arg;
	const struct peers_backend *b;
	int err;

	err = mutex_lock_interruptible(&s->lock);
	if (err)
		return err;
	if (cmd == PEERS_IOC_SETUP)
		err = peers_setup(s, at);
	b = s->backend;
	mutex_unlock(&s->lock);
	if (cmd == PEERS_IOC_SETUP)
		return err;
	if (!b)
		return -EINVAL;
	if (cmd == PEERS_IOC_RUN)
		return peers_do_run(s, at);
	if (b != &peers_relay)
		return -ENOTTY;
	if (cmd == PEERS_IOC_RELAY)
		return peers_look(s, at);
	if (cmd == PEERS_IOC_FLUSH)
		return peers_flush(s);
	return -ENOTTY;
}

static ssize_t peers_read(struct file *file, char __user *to, size_t room, loff_t *pos)
{
	struct peers_session *s = file->private_data;
	ssize_t got = mutex_lock_interruptible(&s->lock);

	if (got)
		return got;
	got = s->backend && s->backend->read ? s->backend->read(s, to, room) : -EINVAL;
	mutex_unlock(&s->lock);
	return got;
}

static int peers_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct peers_session *s = file->private_data;
	const struct peers_backend *b;

	if (file->f_mode & FMODE_WRITE)
		return -EPERM;
	/* Pairs with peers_setup(). */
	b = smp_load_acquire(&s->backend);
	return b && b->mmap ? b->mmap(s, vma) : -ENODEV;
}

static const struct file_operations peers_fops = {
	.owner = THIS_MODULE,
	.open = peers_open,
	.release = peers_release,
	.unlocked_ioctl = peers_ioctl,
	.read = peers_read,
	.mmap = peers_mmap,
};

static struct miscdevice peers_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "evring_peers",
	.mode = 0400,
	.fops = &peers_fops,
};

static int __init peers_init(void)
{
	int err = peers_relay_init();

	if (err)
		return err;
	err = misc_register(&peers_device);
	if (err)
		peers_relay_exit();
	return err;
}

static void __exit peers_exit(void)
{
	misc_deregister(&peers_device);
	peers_relay_exit();
}

module_init(peers_init);
module_exit(peers_exit);
MODULE_DESCRIPTION("evring's peers, for evbench to compare with");
MODULE_LICENSE("GPL");
