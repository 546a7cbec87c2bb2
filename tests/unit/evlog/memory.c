// SPDX-License-Identifier: GPL-2.0
/* Preloaded into evlog: there is no memory for an array of EVLOG_NO_ARRAY elements. */
#include <errno.h>
#include <stdlib.h>

void *__libc_calloc(size_t n, size_t size);

void *calloc(size_t n, size_t size)
{
	const char *none = getenv("EVLOG_NO_ARRAY");

	if (!none || n != strtoul(none, NULL, 10))
		return __libc_calloc(n, size);
	errno = ENOMEM;
	return NULL;
}
