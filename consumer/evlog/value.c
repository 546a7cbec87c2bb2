// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "value.h"

#include <traceevent/event-parse.h>
#include <string.h>

/* Does @type have @word, as a word? */
static bool has_word(const char *type, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(type, word); at; at = strstr(at + 1, word))
		if ((at == type || !strchr(letters, at[-1])) &&
		    (!at[len] || !strchr(letters, at[len])))
			return true;
	return false;
}

/* Bytes of an element of the type that @type, "unsigned long[]" say, is an array of; 0: unknown. */
static uint32_t element_size(const char *type)
{
	static const struct {
		const char *word;
		uint32_t size;
	} known[] = {
		{ "char", 1 }, { "u8", 1 }, { "s8", 1 }, { "__u8", 1 }, { "__s8", 1 },
		{ "uint8_t", 1 }, { "bool", 1 },
		{ "short", 2 }, { "u16", 2 }, { "s16", 2 }, { "__u16", 2 }, { "__s16", 2 },
		{ "__le16", 2 }, { "__be16", 2 }, { "uint16_t", 2 },
		{ "long", 8 }, { "u64", 8 }, { "s64", 8 }, { "__u64", 8 }, { "__s64", 8 },
		{ "__le64", 8 }, { "__be64", 8 }, { "uint64_t", 8 }, { "size_t", 8 },
		{ "int", 4 }, { "u32", 4 }, { "s32", 4 }, { "__u32", 4 }, { "__s32", 4 },
		{ "__le32", 4 }, { "__be32", 4 }, { "uint32_t", 4 }, { "pid_t", 4 },
		{ "unsigned", 4 },
	};
	size_t i;

	if (strchr(type, '*'))
		return 8;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (has_word(type, known[i].word))
			return known[i].size;
	return 0;
}

static bool is_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static void set_array(struct field *f, const struct tep_format_field *tep)
{
	f->element = element_size(tep->type);
	if (!f->element && is_number_size(tep->elementsize))
		f->element = tep->elementsize;
	/* libtraceevent takes u8 for characters, too; those are numbers. */
	if (tep->flags & TEP_FIELD_IS_STRING && has_word(tep->type, "char") &&
	    !has_word(tep->type, "unsigned"))
		f->kind = FIELD_STRING;
	else
		f->kind = f->element ? FIELD_ARRAY : FIELD_BYTES;
}

bool field_from_tep(struct field *f, const struct tep_format_field *tep)
{
	memset(f, 0, sizeof(*f));
	if (tep->offset < 0 || tep->size < 0 || tep->offset > (int)EVRING_PAYLOAD_MAX ||
	    tep->size > (int)EVRING_PAYLOAD_MAX)
		return false;
	f->name = tep->name;
	f->tep = tep;
	f->offset = (uint32_t)tep->offset;
	f->size = (uint32_t)tep->size;
	f->is_signed = tep->flags & TEP_FIELD_IS_SIGNED;
	f->is_pointer = tep->flags & TEP_FIELD_IS_POINTER;
	f->is_dynamic = tep->flags & TEP_FIELD_IS_DYNAMIC;
	f->is_relative = tep->flags & TEP_FIELD_IS_RELATIVE;
	if (f->is_dynamic && f->size != sizeof(uint32_t))
		return false;
	if (f->is_dynamic || tep->flags & TEP_FIELD_IS_ARRAY) {
		set_array(f, tep);
	} else {
		f->element = f->size;
		f->kind = is_number_size(f->size) ? FIELD_NUMBER : FIELD_BYTES;
	}
	return true;
}

bool field_place(const struct field *f, const struct evring_event *ev, uint32_t *at,
		 uint32_t *size)
{
	uint32_t loc;

	if (f->offset > ev->len || f->size > ev->len - f->offset)
		return false;
	*at = f->offset;
	*size = f->size ? f->size : ev->len - f->offset;
	if (!f->is_dynamic)
		return true;
	memcpy(&loc, (const char *)ev->payload + f->offset, sizeof(loc));
	*at = (loc & 0xffff) + (f->is_relative ? f->offset + f->size : 0);
	*size = loc >> 16;
	return *at <= ev->len && *size <= ev->len - *at;
}

static uint64_t load(const unsigned char *from, uint32_t size, bool is_signed)
{
	uint8_t b;
	uint16_t h;
	uint32_t w;
	uint64_t d;

	switch (size) {
	case 1:
		b = *from;
		return is_signed ? (uint64_t)(int8_t)b : b;
	case 2:
		memcpy(&h, from, sizeof(h));
		return is_signed ? (uint64_t)(int16_t)h : h;
	case 4:
		memcpy(&w, from, sizeof(w));
		return is_signed ? (uint64_t)(int32_t)w : w;
	default:
		memcpy(&d, from, sizeof(d));
		return d;
	}
}

static void take_number(const struct field *f, const unsigned char *from, struct value *v)
{
	v->number = load(from, f->element, f->is_signed);
	v->kind = f->is_pointer ? VALUE_HEX : f->is_signed ? VALUE_SIGNED : VALUE_UNSIGNED;
}

void field_value(const struct field *f, const struct evring_event *ev, struct value *v)
{
	uint32_t at, size;

	memset(v, 0, sizeof(*v));
	if (!field_place(f, ev, &at, &size))
		return;
	v->bytes = (const unsigned char *)ev->payload + at;
	v->len = size;
	switch (f->kind) {
	case FIELD_NUMBER:
		take_number(f, v->bytes, v);
		break;
	case FIELD_STRING:
		v->kind = VALUE_STRING;
		v->len = strnlen((const char *)v->bytes, size);
		break;
	case FIELD_ARRAY:
		v->kind = size % f->element ? VALUE_BYTES : VALUE_ARRAY;
		break;
	case FIELD_BYTES:
		v->kind = VALUE_BYTES;
		break;
	}
}

void value_element(const struct field *f, const struct value *v, size_t i, struct value *element)
{
	memset(element, 0, sizeof(*element));
	take_number(f, v->bytes + i * f->element, element);
}
