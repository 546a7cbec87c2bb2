// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading.
 */
#include <linux/module.h>
#include <linux/stringify.h>
#include <linux/evring.h>
#include "bpf.h"
#include "channel.h"
#include "control.h"
#include "event.h"
#include "source.h"

static int __init evring_init(void)
{
	int err = evring_event_init();

	if (err)
		return err;
	err = evring_channel_init();
	if (err)
		goto err_event;
	err = evring_perf_init();
	if (err)
		goto err_channel;
	err = evring_control_init();
	if (err)
		goto err_perf;
	evring_bpf_init();
	return 0;

err_perf:
	evring_perf_exit();
err_channel:
	evring_channel_exit();
err_event:
	evring_event_exit();
	return err;
}

static void __exit evring_exit(void)
{
	evring_control_exit();
	evring_perf_exit();
	evring_channel_exit();
	evring_event_exit();
}

module_init(evring_init);
module_exit(evring_exit);
MODULE_DESCRIPTION("Event channels mapped read-only into user space");
/* evringctl doctor compares the ABI with its own. */
MODULE_VERSION("0.1-abi" __stringify(EVRING_ABI_VERSION));
MODULE_LICENSE("GPL");
