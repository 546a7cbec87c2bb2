/* SPDX-License-Identifier: GPL-2.0 */
/* A JSON document that evbench has written, read again. */
#ifndef EVBENCH_DOCUMENT_H
#define EVBENCH_DOCUMENT_H

#include "evbench.h"
#include "stats.h"

#include <jansson.h>

/**
 * struct document - what a file of evbench run --json holds.
 * @path: the file; the caller keeps the string.
 * @root: the whole.
 * @machine: where it was measured.
 * @parameters: what was asked for.
 * @results: array; each element was found to have what document_same() looks at.
 * @icount: its nanoseconds are instructions.
 */
struct document {
	const char *path;
	json_t *root;
	const json_t *machine;
	const json_t *parameters;
	const json_t *results;
	bool icount;
};

int document_load(struct document *d, const char *path);
void document_free(struct document *d);
const char *document_text(const json_t *object, const char *key);
long long document_count(const json_t *object, const char *key);
bool document_summary(const json_t *result, const char *key, struct summary *s);
bool document_same(const json_t *a, const json_t *b);
const json_t *document_find(const struct document *d, const json_t *like);

#endif /* EVBENCH_DOCUMENT_H */
