/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event types of a module's own, each declared once:
 *
 *	EVRING_EVENT(frame_done, "\"queue %u: %llu bytes\", REC->queue, REC->bytes",
 *		     (u32, queue), (u64, bytes), (char, name, [16]));
 *
 * makes struct frame_done, its format text for tools, which need not know the event in
 * advance, and frame_done_emit():
 *
 *	err = evring_event_register(&frame_done_event);
 *	...
 *	struct frame_done event = { .queue = 3, .bytes = 1500 };
 *
 *	frame_done_emit(channel, &event);
 *	...
 *	evring_event_unregister(&frame_done_event);
 *
 * The text is a print fmt of tracefs, so that libtraceevent decodes the event.
 */
#ifndef _LINUX_EVRING_EVENT_H
#define _LINUX_EVRING_EVENT_H

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/evring.h>

/**
 * struct evring_event_field - one field of a payload.
 * @declaration: as C declares it, without the semicolon.
 * @offset: bytes from the start of the payload.
 * @size: bytes.
 * @is_signed: is its type signed?
 */
struct evring_event_field {
	const char *declaration;
	u16 offset;
	u16 size;
	bool is_signed;
};

/**
 * struct evring_event_type - an event type.
 * @name: what tools call it; 1 to 63 of [A-Za-z0-9_].
 * @print: the print fmt of its format text, as tracefs writes it.
 * @fields: its fields, but for the common ones.
 * @nfields: how many.
 * @type: the records' type: evring_event_register() fills it in.
 */
struct evring_event_type {
	const char *name;
	const char *print;
	const struct evring_event_field *fields;
	u32 nfields;
	u32 type;
};

int evring_event_register(struct evring_event_type *event);
void evring_event_unregister(struct evring_event_type *event);

/* Bits of evring_common.flags, as tracefs has them. */
#define EVRING_COMMON_IRQS_OFF	0x01
#define EVRING_COMMON_HARDIRQ	0x08
#define EVRING_COMMON_SOFTIRQ	0x10
#define EVRING_COMMON_NMI	0x40

/**
 * evring_common_fill() - fill in the first bytes of a payload.
 * @common: where.
 * @type: of the event.
 *
 * Context: any.
 */
static inline void evring_common_fill(struct evring_common *common, u32 type)
{
	common->type = (u16)type;
	common->flags = (irqs_disabled() ? EVRING_COMMON_IRQS_OFF : 0) |
			(in_hardirq() ? EVRING_COMMON_HARDIRQ : 0) |
			(in_serving_softirq() ? EVRING_COMMON_SOFTIRQ : 0) |
			(in_nmi() ? EVRING_COMMON_NMI : 0);
	common->preempt_count = preempt_count() & 0xff;
	common->pid = current->pid;
}

/* Apply @m to @s and each field in parentheses. */
#define EVRING_EACH_1(m, s, f)		m(s, EVRING_BARE_ f)
#define EVRING_EACH_2(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_1(m, s, __VA_ARGS__)
#define EVRING_EACH_3(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_2(m, s, __VA_ARGS__)
#define EVRING_EACH_4(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_3(m, s, __VA_ARGS__)
#define EVRING_EACH_5(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_4(m, s, __VA_ARGS__)
#define EVRING_EACH_6(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_5(m, s, __VA_ARGS__)
#define EVRING_EACH_7(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_6(m, s, __VA_ARGS__)
#define EVRING_EACH_8(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_7(m, s, __VA_ARGS__)
#define EVRING_EACH_9(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_8(m, s, __VA_ARGS__)
#define EVRING_EACH_10(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_9(m, s, __VA_ARGS__)
#define EVRING_EACH_11(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_10(m, s, __VA_ARGS__)
#define EVRING_EACH_12(m, s, f, ...)	m(s, EVRING_BARE_ f) EVRING_EACH_11(m, s, __VA_ARGS__)
#define EVRING_BARE_(...)		__VA_ARGS__
#define EVRING_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, n, ...) n
#define EVRING_COUNT(...) \
	EVRING_COUNT_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define EVRING_EACH_N_(n, ...)		EVRING_EACH_##n(__VA_ARGS__)
#define EVRING_EACH_N(n, ...)		EVRING_EACH_N_(n, __VA_ARGS__)
#define EVRING_EACH(m, s, ...) \
	EVRING_EACH_N(EVRING_COUNT(__VA_ARGS__), m, s, __VA_ARGS__)

#define EVRING_MEMBER_(s, t, n, ...)	t n __VA_ARGS__;
#define EVRING_MEMBER(...)		EVRING_MEMBER_(__VA_ARGS__)
#define EVRING_FIELD_(s, t, n, ...)						\
	{ .declaration = #t " " #n #__VA_ARGS__, .offset = offsetof(struct s, n),	\
	  .size = sizeof_field(struct s, n), .is_signed = is_signed_type(t) },
#define EVRING_FIELD(...)		EVRING_FIELD_(__VA_ARGS__)

/**
 * EVRING_EVENT_TYPE() - describe a struct that exists.
 * @id: name of the event type.
 * @tag: struct @tag, a struct evring_common its first member.
 * @text: tracefs's print fmt, a string.
 *
 * Then up to twelve fields: (type, name) or (type, name, [elements]). Defines
 * @id_event, a struct evring_event_type.
 */
#define EVRING_EVENT_TYPE(id, tag, text, ...)					\
	static const struct evring_event_field id##_fields[] = {		\
		EVRING_EACH(EVRING_FIELD, tag, __VA_ARGS__)			\
	};									\
	static struct evring_event_type id##_event = {				\
		.name = #id,							\
		.print = text,							\
		.fields = id##_fields,						\
		.nfields = ARRAY_SIZE(id##_fields),				\
	}

/**
 * EVRING_EVENT() - declare an event type.
 * @tag: its name, as C has names.
 * @text: tracefs's print fmt, a string.
 *
 * Then up to twelve fields, as EVRING_EVENT_TYPE() takes them. Defines struct @tag,
 * @tag_event, and int @tag_emit(channel, struct @tag *), which fills in the common
 * fields and is evring_emit() otherwise.
 */
#define EVRING_EVENT(tag, text, ...)						\
	struct tag {								\
		struct evring_common common;					\
		EVRING_EACH(EVRING_MEMBER, tag, __VA_ARGS__)			\
	};									\
	EVRING_EVENT_TYPE(tag, tag, text, __VA_ARGS__);				\
	static inline int __maybe_unused						\
	tag##_emit(struct evring_channel *channel, struct tag *payload)		\
	{									\
		evring_common_fill(&payload->common, tag##_event.type);		\
		return evring_emit(channel, tag##_event.type, payload,		\
				   sizeof(*payload));				\
	}									\
	static_assert(sizeof(struct tag) <= EVRING_PAYLOAD_MAX)

#endif /* _LINUX_EVRING_EVENT_H */
