// SPDX-License-Identifier: GPL-2.0
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool parse_scaled(const char *text, unsigned int step, __u64 max, __u64 *value)
{
	static const char units[] = "KMGT";
	const char *unit;
	__u64 scale = 1;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || end[1])
			return false;
		for (; unit >= units; unit--)
			scale *= step;
	}
	if (*value > max / scale)
		return false;
	*value *= scale;
	return true;
}
