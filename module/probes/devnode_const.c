// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>

extern char *(*probe)(const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid);
char *(*probe)(const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid);

extern struct device_type probe_type;
struct device_type probe_type;

void probe_set(void);
void probe_set(void)
{
	probe_type.devnode = probe;
}
