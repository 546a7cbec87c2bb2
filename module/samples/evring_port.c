// SPDX-License-Identifier: GPL-2.0
/*
 * A sample: the driver of kfifo_before.c with evring. Gone are the fifo, its two locks, the
 * queue of sleepers, read() and the count of what found no room; ../README.md tells what
 * became what.
 *
 *	insmod evring_port.ko
 *	evlog beats
 */
#include <linux/err.h>
#include <linux/evring_event.h>
#include <linux/module.h>
#include <linux/timer.h>

EVRING_EVENT(beat, "\"beat %llu at %llu\", REC->number, REC->jiffies",
	     (u64, number), (u64, jiffies));

static struct evring_channel *beats;

static void beat_now(struct timer_list *timer)
{
	static u64 number;
	struct beat event = { .number = number++, .jiffies = get_jiffies_64() };

	beat_emit(beats, &event);
	mod_timer(timer, jiffies + HZ / 50);
}

static DEFINE_TIMER(timer, beat_now);

static int __init beats_init(void)
{
	int err = evring_event_register(&beat_event);

	if (err)
		return err;
	beats = evring_create("beats", NULL);
	if (IS_ERR(beats)) {
		evring_event_unregister(&beat_event);
		return PTR_ERR(beats);
	}
	mod_timer(&timer, jiffies + HZ / 50);
	return 0;
}

static void __exit beats_exit(void)
{
	timer_shutdown_sync(&timer);
	evring_destroy(beats);
	evring_event_unregister(&beat_event);
}

module_init(beats_init);
module_exit(beats_exit);
MODULE_DESCRIPTION("evring sample: kfifo_before with evring");
MODULE_LICENSE("GPL");
