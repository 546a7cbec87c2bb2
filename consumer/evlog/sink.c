// SPDX-License-Identifier: GPL-2.0
#include "sink.h"

#include "chrome.h"
#include "ctf.h"
#include "lines.h"
#include "raw.h"

#include <stdio.h>
#include <string.h>

static const struct sink_format formats[] = {
	{ .name = "text", .open = lines_open, .heals = true },
	{ .name = "json", .open = lines_open, .heals = true },
	{ .name = "raw", .open = raw_open, .whole = true, .heals = true },
	{ .name = "ctf", .open = ctf_open, .folder = true },
	{ .name = "chrome", .open = chrome_open },
};

#define NFORMATS	(sizeof(formats) / sizeof(formats[0]))

const struct sink_format *sink_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < NFORMATS; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

const char *sink_format_names(char *buf, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < NFORMATS && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
					formats[i].name);
	return buf;
}
