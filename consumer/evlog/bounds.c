// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "bounds.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

#define DEPTH_MAX	64	/* of what is nested in a print fmt */
#define WIDTH_MAX	4096	/* characters that a '*' may ask for */

/* --- numbers, as libtraceevent reckons them ------------------------------------------ */

static bool number_of(struct tep_event *event, const struct tep_print_arg *arg,
		      const struct evring_event *ev, uint64_t *v);

static struct tep_format_field *field_of(struct tep_event *event, const struct tep_print_arg *arg)
{
	return arg->field.field ? arg->field.field : tep_find_any_field(event, arg->field.name);
}

static bool number_of_field(struct tep_event *event, const struct tep_print_arg *arg,
			    const struct evring_event *ev, uint64_t *v)
{
	const struct tep_format_field *tep = field_of(event, arg);
	struct value value;
	struct field f;

	if (!tep || !field_from_tep(&f, tep) || f.is_dynamic || f.kind != FIELD_NUMBER)
		return false;
	f.is_signed = false;
	field_value(&f, ev, &value);
	*v = value.number;
	return value.kind != VALUE_NONE;
}

static bool number_of_length(const struct tep_print_arg *arg, const struct evring_event *ev,
			     uint64_t *v)
{
	uint32_t at, size;
	struct field f;

	if (!field_from_tep(&f, arg->dynarray.field) || !field_place(&f, ev, &at, &size))
		return false;
	*v = size;
	return true;
}

static bool number_of_op(struct tep_event *event, const struct tep_print_arg *arg,
			 const struct evring_event *ev, uint64_t *v)
{
	uint64_t left, right;

	if (!number_of(event, arg->op.left, ev, &left) ||
	    !number_of(event, arg->op.right, ev, &right) || strlen(arg->op.op) != 1)
		return false;
	switch (arg->op.op[0]) {
	case '+':
		*v = left + right;
		return true;
	case '-':
		*v = left - right;
		return true;
	case '*':
		*v = left * right;
		return true;
	case '&':
		*v = left & right;
		return true;
	case '/':
		*v = right ? left / right : 0;
		return right;
	default:
		return false;
	}
}

/* Of what is not understood here nothing is printed, so this need not know everything. */
static bool number_of(struct tep_event *event, const struct tep_print_arg *arg,
		      const struct evring_event *ev, uint64_t *v)
{
	switch (arg->type) {
	case TEP_PRINT_ATOM:
		*v = strtoull(arg->atom.atom, NULL, 0);
		return isdigit((unsigned char)arg->atom.atom[0]);
	case TEP_PRINT_FIELD:
		return number_of_field(event, arg, ev, v);
	case TEP_PRINT_DYNAMIC_ARRAY_LEN:
		return number_of_length(arg, ev, v);
	case TEP_PRINT_OP:
		return number_of_op(event, arg, ev, v);
	case TEP_PRINT_TYPE:
		/* No cast that there is changes so small a number, nor one of 16 bits much more. */
		return number_of(event, arg->typecast.item, ev, v) &&
		       *v <= (strpbrk(arg->typecast.type, "c8") ? INT8_MAX : INT16_MAX);
	default:
		return false;
	}
}

/* --- what has to hold ------------------------------------------------------------------ */

/* Where the bytes of @arg, an array or a field, are. */
static bool place_of(struct tep_event *event, const struct tep_print_arg *arg,
		     const struct evring_event *ev, uint32_t *at, uint32_t *size)
{
	const struct tep_format_field *tep;
	struct field f;

	if (arg->type == TEP_PRINT_DYNAMIC_ARRAY)
		tep = arg->dynarray.field;
	else
		tep = field_of(event, arg);
	return tep && field_from_tep(&f, tep) && field_place(&f, ev, at, size);
}

static bool fits(const struct evring_event *ev, uint32_t at, uint64_t n, uint64_t each)
{
	return each <= 8 && n <= ev->len && n * each <= ev->len - at;
}

static bool string_ends(struct tep_event *event, const struct tep_print_arg *arg,
			const struct evring_event *ev)
{
	const struct tep_format_field *tep = tep_find_any_field(event, arg->string.string);
	uint32_t at, size;
	struct field f;

	return field_from_tep(&f, tep) && field_place(&f, ev, &at, &size) &&
	       (!size || memchr((const char *)ev->payload + at, 0, size));
}

static bool mask_is_there(struct tep_event *event, const struct tep_print_arg *arg,
			  const struct evring_event *ev)
{
	const struct tep_format_field *tep = tep_find_any_field(event, arg->bitmask.bitmask);
	uint32_t at, size;
	struct field f;

	return field_from_tep(&f, tep) && field_place(&f, ev, &at, &size) && size;
}

static bool hex_fits(struct tep_event *event, const struct tep_print_arg *arg,
		     const struct evring_event *ev)
{
	uint32_t at, size;
	uint64_t n;

	return place_of(event, arg->hex.field, ev, &at, &size) &&
	       number_of(event, arg->hex.size, ev, &n) && fits(ev, at, n, 1);
}

static bool array_fits(struct tep_event *event, const struct tep_print_arg *arg,
		       const struct evring_event *ev)
{
	uint64_t n, each;
	uint32_t at, size;

	return place_of(event, arg->int_array.field, ev, &at, &size) &&
	       number_of(event, arg->int_array.count, ev, &n) &&
	       number_of(event, arg->int_array.el_size, ev, &each) && each &&
	       fits(ev, at, n, each);
}

static const struct tep_print_arg *without_casts(const struct tep_print_arg *arg)
{
	while (arg->type == TEP_PRINT_TYPE)
		arg = arg->typecast.item;
	return arg;
}

/* libtraceevent adds the index to the place of a dynamic array as it is. */
static bool index_fits(struct tep_event *event, const struct tep_print_arg *arg,
		       const struct evring_event *ev)
{
	const struct tep_print_arg *array = without_casts(arg->op.left);
	bool dynamic = array->type == TEP_PRINT_DYNAMIC_ARRAY;
	const struct tep_format_field *tep = dynamic ? array->dynarray.field :
					     field_of(event, array);
	uint64_t i, each = tep && tep->elementsize ? tep->elementsize : 8;
	uint32_t at, size;

	if (!place_of(event, array, ev, &at, &size) || !number_of(event, arg->op.right, ev, &i) ||
	    i > ev->len || each > ev->len)
		return false;
	return (dynamic ? i : i * each) + each <= ev->len - at;
}

static bool holds(enum bound_kind kind, struct tep_event *event, const struct tep_print_arg *arg,
		  const struct evring_event *ev)
{
	uint64_t v;

	switch (kind) {
	case BOUND_STRING:
		return string_ends(event, arg, ev);
	case BOUND_MASK:
		return mask_is_there(event, arg, ev);
	case BOUND_HEX:
		return hex_fits(event, arg, ev);
	case BOUND_ARRAY:
		return array_fits(event, arg, ev);
	case BOUND_INDEX:
		return index_fits(event, arg, ev);
	case BOUND_DIVISOR:
		return number_of(event, arg, ev, &v) && v;
	case BOUND_WIDTH:
		return number_of(event, arg, ev, &v) && v <= WIDTH_MAX;
	}
	return false;
}

bool bounds_hold(const struct bounds *b, struct tep_event *event, const struct evring_event *ev)
{
	unsigned int i;

	for (i = 0; i < b->n; i++)
		if (!holds(b->checks[i].kind, event, b->checks[i].arg, ev))
			return false;
	return b->printable;
}

/* --- looking through a print fmt --------------------------------------------------------- */

static bool look_at(struct bounds *b, struct tep_event *event, struct tep_print_arg *arg,
		    unsigned int depth);

static bool note(struct bounds *b, enum bound_kind kind, struct tep_print_arg *arg)
{
	if (b->n == BOUNDS_MAX)
		return false;
	b->checks[b->n].kind = kind;
	b->checks[b->n++].arg = arg;
	return true;
}

static bool is_dynamic(const struct tep_format_field *tep)
{
	return tep && tep->flags & TEP_FIELD_IS_DYNAMIC;
}

/* An array, by its dynamic field or as a field of fixed size. */
static bool is_array(struct tep_event *event, const struct tep_print_arg *arg)
{
	if (arg->type == TEP_PRINT_DYNAMIC_ARRAY)
		return is_dynamic(arg->dynarray.field);
	return arg->type == TEP_PRINT_FIELD && field_of(event, arg);
}

/* An index that is written in the print fmt, within a field of fixed size. */
static bool is_within(struct tep_event *event, const struct tep_print_arg *array,
		      const struct tep_print_arg *index)
{
	static const struct evring_event nothing;
	const struct tep_format_field *tep;
	uint64_t i;

	if (array->type != TEP_PRINT_FIELD || index->type != TEP_PRINT_ATOM ||
	    !number_of(event, index, &nothing, &i))
		return false;
	tep = field_of(event, array);
	return tep->elementsize && i < (uint64_t)tep->size / tep->elementsize;
}

static bool look_at_index(struct bounds *b, struct tep_event *event, struct tep_print_arg *arg,
			  unsigned int depth)
{
	const struct tep_print_arg *array = without_casts(arg->op.left);

	if (!is_array(event, array))
		return false;
	if (is_within(event, array, arg->op.right))
		return true;
	return look_at(b, event, arg->op.right, depth) && note(b, BOUND_INDEX, arg);
}

static bool look_at_op(struct bounds *b, struct tep_event *event, struct tep_print_arg *arg,
		       unsigned int depth)
{
	const char *op = arg->op.op;

	if (!arg->op.left || !arg->op.right)
		return false;
	if (!strcmp(op, "["))
		return look_at_index(b, event, arg, depth);
	if (!strcmp(op, "?") && arg->op.right->type != TEP_PRINT_OP)
		return false;
	if ((*op == '/' || *op == '%') && !note(b, BOUND_DIVISOR, arg->op.right))
		return false;
	return look_at(b, event, arg->op.left, depth) && look_at(b, event, arg->op.right, depth);
}

/* Whether libtraceevent can print @arg without harm, if what is noted holds. */
static bool look_at(struct bounds *b, struct tep_event *event, struct tep_print_arg *arg,
		    unsigned int depth)
{
	if (!arg || depth > DEPTH_MAX)
		return false;
	depth++;
	switch (arg->type) {
	case TEP_PRINT_NULL:
	case TEP_PRINT_ATOM:
		return true;
	case TEP_PRINT_FIELD:
		return field_of(event, arg);
	case TEP_PRINT_TYPE:
		return look_at(b, event, arg->typecast.item, depth);
	case TEP_PRINT_FLAGS:
		return look_at(b, event, arg->flags.field, depth);
	case TEP_PRINT_SYMBOL:
		return look_at(b, event, arg->symbol.field, depth);
	case TEP_PRINT_OP:
		return look_at_op(b, event, arg, depth);
	case TEP_PRINT_DYNAMIC_ARRAY:
		return is_dynamic(arg->dynarray.field);
	case TEP_PRINT_DYNAMIC_ARRAY_LEN:
		/* It would write the offset to nowhere. */
		return is_dynamic(arg->dynarray.field) &&
		       !(arg->dynarray.field->flags & TEP_FIELD_IS_RELATIVE);
	case TEP_PRINT_STRING:
		return is_dynamic(tep_find_any_field(event, arg->string.string)) &&
		       note(b, BOUND_STRING, arg);
	case TEP_PRINT_BITMASK:
	case TEP_PRINT_CPUMASK:
		return is_dynamic(tep_find_any_field(event, arg->bitmask.bitmask)) &&
		       note(b, BOUND_MASK, arg);
	case TEP_PRINT_HEX:
	case TEP_PRINT_HEX_STR:
		return is_array(event, arg->hex.field) &&
		       look_at(b, event, arg->hex.size, depth) && note(b, BOUND_HEX, arg);
	case TEP_PRINT_INT_ARRAY:
		return is_array(event, arg->int_array.field) &&
		       look_at(b, event, arg->int_array.count, depth) &&
		       look_at(b, event, arg->int_array.el_size, depth) &&
		       note(b, BOUND_ARRAY, arg);
	default:
		return false;
	}
}

/* Each '*' in the print fmt takes an argument, as do the conversions. */
static bool look_at_widths(struct bounds *b, struct tep_event *event)
{
	struct tep_print_arg *arg = event->print_fmt.args;
	const char *at = event->print_fmt.format;

	while ((at = strchr(at, '%'))) {
		for (at++; *at && strchr("#hlLzZ.-*0123456789", *at); at++) {
			if (*at != '*')
				continue;
			if (!arg || !note(b, BOUND_WIDTH, arg))
				return false;
			arg = arg->next;
		}
		if (*at && strchr("pdiuxXos", *at))
			arg = arg ? arg->next : NULL;
		if (*at)
			at++;
	}
	return true;
}

void bounds_find(struct bounds *b, struct tep_event *event)
{
	struct tep_print_arg *arg;

	memset(b, 0, sizeof(*b));
	if (event->flags & (int)(TEP_EVENT_FL_FAILED | TEP_EVENT_FL_ISFTRACE) ||
	    !event->print_fmt.format || !look_at_widths(b, event))
		return;
	for (arg = event->print_fmt.args; arg; arg = arg->next)
		if (!look_at(b, event, arg, 0))
			return;
	b->printable = true;
}
