// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ctf_class.h"

#include "line.h"

#include <ctype.h>

/* What comes before a type's own fields: of its common bytes the type is the class's, the pid
 * is in the event's context.
 */
static const char *const common[] = { "common_flags", "common_preempt_count" };

#define NCOMMON		(sizeof(common) / sizeof(common[0]))
#define COMMON_AT	offsetof(struct evring_common, flags)

void ctf_put_string(struct ctf_bytes *b, const void *from, size_t n)
{
	ctf_put(b, from, n ? strnlen(from, n) : 0);
	ctf_put(b, "", 1);
}

/* --- what a field is --------------------------------------------------------------------- */

/* Bytes of each of the numbers that a field is made of. */
static uint32_t unit(const struct field *f)
{
	if (f->kind == FIELD_NUMBER)
		return f->element;
	return f->kind == FIELD_ARRAY && f->size % f->element == 0 ? f->element : 1;
}

/* Whether each event has its own number of them. A dynamic field's size is of its locator. */
static bool is_sequence(const struct field *f)
{
	return f->kind != FIELD_STRING && (f->is_dynamic || !f->size);
}

static uint32_t sequence_unit(const struct field *f)
{
	return f->kind == FIELD_ARRAY ? f->element : 1;
}

/* --- TSDL ------------------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

/* Whether field @f, or the length before it, is called @name. */
static bool is_called(const struct field *f, const char *name)
{
	size_t n = strlen(f->name);

	if (!strcmp(f->name, name))
		return true;
	return is_sequence(f) && *name == '_' && !strncmp(name + 1, f->name, n) &&
	       !strcmp(name + 1 + n, "_length");
}

static bool is_single(const struct event_type *t, unsigned int which)
{
	const char *name = t->fields[which].name;
	unsigned int i;

	for (i = 0; i < NCOMMON; i++)
		if (!strcmp(common[i], name))
			return false;
	for (i = 0; i < t->nfields; i++)
		if (i != which && is_called(&t->fields[i], name))
			return false;
	return true;
}

bool ctf_class_expressible(const struct event_type *t)
{
	unsigned int i;

	for (i = 0; i < t->nfields; i++)
		if (!is_name(t->fields[i].name) || !is_single(t, i))
			return false;
	return true;
}

/* Names have an underscore in front, which readers take away: so none is a word of TSDL. */
static void declare_field(FILE *out, const struct field *f)
{
	uint32_t bytes = is_sequence(f) ? sequence_unit(f) : unit(f);
	bool number = f->kind == FIELD_NUMBER || f->kind == FIELD_ARRAY;
	const char *type = !number || f->is_pointer ? "hex" : f->is_signed ? "int" : "uint";

	if (f->kind == FIELD_STRING) {
		fprintf(out, "\t\tstring _%s;\n", f->name);
		return;
	}
	if (is_sequence(f))
		fprintf(out, "\t\tuint32_t __%s_length;\n", f->name);
	fprintf(out, "\t\t%s%u_t _%s", type, bytes * 8, f->name);
	if (is_sequence(f))
		fprintf(out, "[ __%s_length ]", f->name);
	else if (f->kind != FIELD_NUMBER)
		fprintf(out, "[%u]", f->size / bytes);
	fputs(";\n", out);
}

void ctf_class_declare(FILE *out, const struct event_type *t, bool text)
{
	unsigned int i;

	if (!t) {
		fputs("\t\tuint32_t _type;\n\t\tuint32_t __payload_length;\n"
		      "\t\thex8_t _payload[ __payload_length ];\n", out);
		return;
	}
	for (i = 0; i < NCOMMON; i++)
		fprintf(out, "\t\tuint8_t _%s;\n", common[i]);
	for (i = 0; i < t->nfields; i++)
		declare_field(out, &t->fields[i]);
	if (t->type == EVRING_TYPE_USER)
		fputs(text ? "\t\tstring _data;\n" :
		      "\t\tuint32_t __data_length;\n\t\thex8_t _data[ __data_length ];\n", out);
	else if (t->type == EVRING_TYPE_GENERATOR)
		fputs("\t\tuint32_t _size;\n\t\tuint8_t _sum_ok;\n", out);
}

/* --- events ------------------------------------------------------------------------------------ */

static bool put_field(struct ctf_bytes *b, const struct field *f, const struct evring_event *ev)
{
	const unsigned char *payload = ev->payload;
	uint32_t at, size;

	if (!field_place(f, ev, &at, &size))
		return false;
	if (f->kind == FIELD_STRING) {
		ctf_put_string(b, payload + at, size);
		return true;
	}
	if (is_sequence(f)) {
		if (size % sequence_unit(f))
			return false;
		ctf_put_u32(b, size / sequence_unit(f));
	}
	ctf_put(b, payload + at, size);
	return true;
}

static const unsigned char *written(const struct evring_event *ev, uint32_t *len)
{
	*len = ev->len - (uint32_t)sizeof(struct evring_common);
	return (const unsigned char *)ev->payload + sizeof(struct evring_common);
}

bool ctf_class_is_text(const struct evring_event *ev)
{
	const unsigned char *data;
	uint32_t len;

	if (ev->type != EVRING_TYPE_USER)
		return false;
	data = written(ev, &len);
	return utf8_is_text(data, len);
}

/* What no format text says. */
static void put_more(struct ctf_bytes *b, const struct evring_event *ev, bool text)
{
	const unsigned char *data;
	unsigned char sum_ok;
	uint32_t len;

	if (ev->type == EVRING_TYPE_USER) {
		data = written(ev, &len);
		if (text) {
			ctf_put_string(b, data, len);
			return;
		}
		ctf_put_u32(b, len);
		ctf_put(b, data, len);
	} else if (ev->type == EVRING_TYPE_GENERATOR) {
		sum_ok = generator_sum_ok(ev);
		ctf_put_u32(b, ev->len);
		ctf_put(b, &sum_ok, 1);
	}
}

bool ctf_class_put(struct ctf_bytes *b, const struct event_type *t, const struct evring_event *ev,
		   bool text)
{
	unsigned int i;

	if (!t) {
		ctf_put_u32(b, ev->type);
		ctf_put_u32(b, ev->len);
		ctf_put(b, ev->payload, ev->len);
		return true;
	}
	ctf_put(b, (const unsigned char *)ev->payload + COMMON_AT, NCOMMON);
	for (i = 0; i < t->nfields; i++)
		if (!put_field(b, &t->fields[i], ev))
			return false;
	put_more(b, ev, text);
	return true;
}
