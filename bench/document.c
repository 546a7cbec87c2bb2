// SPDX-License-Identifier: GPL-2.0
/* A JSON document that evbench has written, read again. */
#include "document.h"

#include <string.h>

/* What tells one result from another. */
static const char * const texts[] = { "mode", "name", "variant" };
static const char * const counts[] = { "payload", "producers", "rate" };

static bool is_result(const json_t *result)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (!json_is_string(json_object_get(result, texts[i])))
			return false;
	return json_is_integer(json_object_get(result, "payload"));
}

static int check_document(struct document *d)
{
	const json_t *result;
	size_t i;

	if (strcmp(document_text(d->root, "program"), "evbench") || !json_is_array(d->results) ||
	    !json_is_object(d->machine) || !json_is_object(d->parameters))
		return fail("%s: not a document of evbench run --json", d->path);
	json_array_foreach(d->results, i, result)
		if (!is_result(result))
			return fail("%s: result number %zu lacks mode, name, variant or payload",
				    d->path, i);
	return 0;
}

/** document_load() - read the file @path; document_free() it, unless this failed. */
int document_load(struct document *d, const char *path)
{
	json_error_t error;

	memset(d, 0, sizeof(*d));
	d->path = path;
	d->root = json_load_file(path, 0, &error);
	if (!d->root)
		return error.line > 0 ? fail("%s: line %d: %s", path, error.line, error.text) :
					fail("%s: %s", path, error.text);
	d->machine = json_object_get(d->root, "machine");
	d->parameters = json_object_get(d->root, "parameters");
	d->results = json_object_get(d->root, "results");
	d->icount = json_is_true(json_object_get(d->machine, "icount"));
	if (!check_document(d))
		return 0;
	document_free(d);
	return -1;
}

/** document_free() - let go of it. */
void document_free(struct document *d)
{
	json_decref(d->root);
	d->root = NULL;
}

/** document_text() - a string of @object; "" if it has none of that name. */
const char *document_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/** document_count() - an integer of @object; 0 if it has none of that name. */
long long document_count(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/** document_summary() - what @result says of its measure @key; false: it has no figure. */
bool document_summary(const json_t *result, const char *key, struct summary *s)
{
	const json_t *summary = json_object_get(result, key);
	const json_t *median = json_object_get(summary, "median");

	s->median = json_number_value(median);
	s->min = json_number_value(json_object_get(summary, "min"));
	s->max = json_number_value(json_object_get(summary, "max"));
	return json_is_number(median);
}

/** document_same() - do two results, of two documents, answer the same question? */
bool document_same(const json_t *a, const json_t *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(document_text(a, texts[i]), document_text(b, texts[i])))
			return false;
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (document_count(a, counts[i]) != document_count(b, counts[i]))
			return false;
	return true;
}

/** document_find() - the result of @d that answers what @like does, or NULL. */
const json_t *document_find(const struct document *d, const json_t *like)
{
	const json_t *result;
	size_t i;

	json_array_foreach(d->results, i, result)
		if (document_same(result, like))
			return result;
	return NULL;
}
