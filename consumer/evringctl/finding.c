// SPDX-License-Identifier: GPL-2.0
#include "finding.h"
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const verdicts[] = { "ok", "warn", "fail" };

void found(struct diagnosis *d, enum verdict verdict, const char *check, const char *mend,
	   const char *format, ...)
{
	struct report r = { .json = true };
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (d->json) {
		fputs(d->count ? ",\n" : "[\n", stdout);
		report_string(&r, "check", check);
		report_string(&r, "verdict", verdicts[verdict]);
		report_string(&r, "found", text);
		if (mend)
			report_string(&r, "mend", mend);
		putchar('}');
	} else {
		printf("%-4s  %s: %s%s%s\n", verdicts[verdict], check, text, mend ? "; mend: " : "",
		       mend ? mend : "");
	}
	d->count++;
	d->warned += verdict == VERDICT_WARN;
	d->failed += verdict == VERDICT_FAIL;
}

int found_all(const struct diagnosis *d)
{
	if (d->json)
		puts("\n]");
	else
		printf("%u findings: %u warn, %u fail\n", d->count, d->warned, d->failed);
	return d->failed ? EXIT_FAILURE : 0;
}
