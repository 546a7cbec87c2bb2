// SPDX-License-Identifier: GPL-2.0
/*
 * A sample: a driver with a kfifo, a lock and read(), as many have them. evring_port.c is the
 * same driver with evring; ../README.md tells what became what.
 *
 *	insmod kfifo_before.ko
 *	hexdump -C /dev/beats
 */
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/wait.h>

static unsigned long lost;
module_param(lost, ulong, 0444);	/* what found no room */

struct beat {
	u64 number;
	u64 jiffies;
};

static DEFINE_KFIFO(beats, struct beat, 64);
static DEFINE_SPINLOCK(beats_lock);
static DEFINE_MUTEX(reader_lock);
static DECLARE_WAIT_QUEUE_HEAD(beats_wait);

static void beat_now(struct timer_list *timer)
{
	static u64 number;
	struct beat event = { .number = number++, .jiffies = get_jiffies_64() };

	if (!kfifo_in_spinlocked(&beats, &event, 1, &beats_lock))
		lost++;
	wake_up_interruptible(&beats_wait);
	mod_timer(timer, jiffies + HZ / 50);
}

static DEFINE_TIMER(timer, beat_now);

static ssize_t beats_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	unsigned int copied = 0;
	int err = 0;

	while (!err && !copied && len >= sizeof(struct beat)) {
		err = wait_event_interruptible(beats_wait, !kfifo_is_empty(&beats));
		if (err || mutex_lock_interruptible(&reader_lock))
			return -ERESTARTSYS;
		err = kfifo_to_user(&beats, to, len, &copied);
		mutex_unlock(&reader_lock);
	}
	return err ? err : copied;
}

static const struct file_operations beats_fops = { .owner = THIS_MODULE, .read = beats_read };
static struct miscdevice beats_device = { .name = "beats", .fops = &beats_fops,
					  .minor = MISC_DYNAMIC_MINOR };

static int __init beats_init(void)
{
	int err = misc_register(&beats_device);

	if (!err)
		mod_timer(&timer, jiffies + HZ / 50);
	return err;
}

static void __exit beats_exit(void)
{
	timer_shutdown_sync(&timer);
	misc_deregister(&beats_device);
}

module_init(beats_init);
module_exit(beats_exit);
MODULE_DESCRIPTION("evring sample: what evring_port was before");
MODULE_LICENSE("GPL");
