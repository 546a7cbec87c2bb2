// SPDX-License-Identifier: GPL-2.0
/*
 * For tests: a channel "recording", and what evring_recording() says of it, as a parameter to
 * be read; whether the jump is patched; and what asking costs.
 */
#include <linux/err.h>
#include <linux/evring.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#define ASKED	1000U

static struct evring_channel *channel;

static int recording_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%c\n", evring_recording(channel) ? 'Y' : 'N');
}

static const struct kernel_param_ops recording_ops = { .get = recording_get };
module_param_cb(recording, &recording_ops, NULL, 0444);
MODULE_PARM_DESC(recording, "what evring_recording() says");

static int patched_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%c\n", static_key_enabled(&evring_any_frozen) ? 'Y' : 'N');
}

static const struct kernel_param_ops patched_ops = { .get = patched_get };
module_param_cb(patched, &patched_ops, NULL, 0444);
MODULE_PARM_DESC(patched, "is the jump patched, because a channel is frozen?");

/* Nanoseconds that asking so often takes; @ask: with the question, else the loop alone. */
static __always_inline u64 ask_often(bool ask)
{
	unsigned long flags;
	unsigned int i;
	u64 begin;

	local_irq_save(flags);
	begin = ktime_get_mono_fast_ns();
	for (i = 0; i < ASKED; i++) {
		if (ask && !evring_recording(channel))
			barrier();
		barrier();
	}
	begin = ktime_get_mono_fast_ns() - begin;
	local_irq_restore(flags);
	return begin;
}

static int cost_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%llu of %u\n", ask_often(true) - ask_often(false), ASKED);
}

static const struct kernel_param_ops cost_ops = { .get = cost_get };
module_param_cb(cost, &cost_ops, NULL, 0444);
MODULE_PARM_DESC(cost, "nanoseconds of asking so often; under --icount: instructions");

static int __init recording_init(void)
{
	channel = evring_create("recording", NULL);
	return PTR_ERR_OR_ZERO(channel);
}

static void __exit recording_exit(void)
{
	evring_destroy(channel);
}

module_init(recording_init);
module_exit(recording_exit);
MODULE_DESCRIPTION("evring test: what evring_recording() says");
MODULE_LICENSE("GPL");
