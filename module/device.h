/* SPDX-License-Identifier: GPL-2.0 */
/* A channel's character device. */
#ifndef EVRING_DEVICE_H
#define EVRING_DEVICE_H

#include <linux/fs.h>

extern const struct file_operations evring_device_fops;

#endif /* EVRING_DEVICE_H */
