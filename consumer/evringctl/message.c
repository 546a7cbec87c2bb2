// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("evringctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (status == EXIT_USAGE)
		fputs("Try 'evringctl --help'.\n", stderr);
	return status;
}
