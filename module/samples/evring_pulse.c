// SPDX-License-Identifier: GPL-2.0
/*
 * A sample: a driver with one event, a pulse of a timer, that it lets user space see.
 *
 *	insmod evring_pulse.ko period_ms=100
 *	evlog pulse
 */
#include <linux/err.h>
#include <linux/evring_event.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/timer.h>

static unsigned int period_ms = 100;
module_param(period_ms, uint, 0444);
MODULE_PARM_DESC(period_ms, "milliseconds from one pulse to the next");

EVRING_EVENT(pulse, "\"pulse %llu, %lld ns late\", REC->number, REC->late_ns",
	     (u64, number), (s64, late_ns));

static struct evring_channel *channel;
static struct timer_list timer;
static ktime_t due;

static void beat(struct timer_list *unused)
{
	static u64 number;
	struct pulse event = { .number = number++,
			       .late_ns = ktime_to_ns(ktime_sub(ktime_get(), due)) };

	pulse_emit(channel, &event);
	due = ktime_add_ms(due, period_ms);
	mod_timer(&timer, jiffies + msecs_to_jiffies(period_ms));
}

static int __init pulse_init(void)
{
	int err;

	if (!period_ms)
		return -EINVAL;
	err = evring_event_register(&pulse_event);
	if (err)
		return err;
	channel = evring_create("pulse", NULL);
	if (IS_ERR(channel)) {
		evring_event_unregister(&pulse_event);
		return PTR_ERR(channel);
	}
	timer_setup(&timer, beat, 0);
	due = ktime_add_ms(ktime_get(), period_ms);
	mod_timer(&timer, jiffies + msecs_to_jiffies(period_ms));
	return 0;
}

static void __exit pulse_exit(void)
{
	timer_shutdown_sync(&timer);
	evring_destroy(channel);
	evring_event_unregister(&pulse_event);
}

module_init(pulse_init);
module_exit(pulse_exit);
MODULE_DESCRIPTION("evring sample: a timer's pulses as events");
MODULE_LICENSE("GPL");
