// SPDX-License-Identifier: GPL-2.0
/*
 * Event types and their format texts: evring's own are there, each with its text in tracefs's syntax;
 * a module's own (module/samples/evring_pulse.c) is there while the module is, its records can be read
 * by what the text says, and its number is not given to another afterwards.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/syscall.h>

#define PULSES 20

static const char pulse_text[] =
	"name: pulse\nID: %u\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
	"\n"
	"\tfield:u64 number;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:s64 late_ns;\toffset:16;\tsize:8;\tsigned:1;\n"
	"\nprint fmt: \"pulse %%llu, %%lld ns late\", REC->number, REC->late_ns\n";

static struct evring_event_args args;
static char text[8192];

/* The first type from @type up; -errno: none. */
static int ask(uint32_t type, uint32_t room)
{
	memset(text, '#', sizeof(text));
	args = (struct evring_event_args){ .size = sizeof(args), .type = type, .text_size = room,
					   .text = (uintptr_t)text };
	return ioctl(control_fd(), EVRING_IOC_EVENT, &args) ? -errno : 0;
}

/* Does the text hold together with what else is told? */
static bool text_fits(void)
{
	char head[128];

	snprintf(head, sizeof(head), "name: %s\nID: %u\nformat:\n", args.name, args.type);
	return args.text_size <= sizeof(text) && strlen(text) == args.text_size - 1 &&
	       !strncmp(text, head, strlen(head)) && strstr(text, "\nprint fmt: \"");
}

static void own_types(void)
{
	static const char * const names[] = { "generator", "user", "fork", "exec", "exit", "switch",
					      "sys_enter", "sys_exit", "printk", "sample" };
	uint32_t type = 0, n = 0, fit = 0;

	for (; !ask(type, sizeof(text)); type = args.type + 1, n++)
		fit += n < ARRAY_SIZE(names) && !strcmp(args.name, names[n]) && text_fits();
	ok_equal(n, ARRAY_SIZE(names), "evring's own types and no others are told");
	ok_equal(fit, ARRAY_SIZE(names), "each with its name and its text");
	ok_errno(ask(EVRING_TYPE_SWITCH, sizeof(text)) ? -1 : 0, 0, "a type is found by its number");
	ok_equal(args.type, EVRING_TYPE_SWITCH, "it is that one");
}

static void rooms(void)
{
	uint32_t whole;

	must(ask(EVRING_TYPE_FORK, sizeof(text)), "EVENT");
	whole = args.text_size;
	must(ask(EVRING_TYPE_FORK, 0), "EVENT");
	ok(args.text_size == whole && text[0] == '#', "without room only the size is told", "%u, not %u",
	   args.text_size, whole);
	must(ask(EVRING_TYPE_FORK, 100), "EVENT");
	ok(args.text_size == whole && text[99] != '#' && text[100] == '#', "a short room is filled, and no more",
	   "%.101s", text);
	args = (struct evring_event_args){ .size = sizeof(args), .flags = 1 };
	ok_errno(ioctl(control_fd(), EVRING_IOC_EVENT, &args), EINVAL, "unknown flags are refused");
	args = (struct evring_event_args){ .size = sizeof(args), .text_size = 8, .text = 8 };
	ok_errno(ioctl(control_fd(), EVRING_IOC_EVENT, &args), EFAULT, "so is a bad address");
	args = (struct evring_event_args){ .size = sizeof(args), .type = UINT32_MAX };
	ok_errno(ioctl(control_fd(), EVRING_IOC_EVENT, &args), ENOENT, "above the last there is none");
}

static uint32_t load(void)
{
	module_load("evring_pulse", "period_ms=10");
	must(ask(EVRING_TYPE_DYNAMIC, sizeof(text)), "EVENT");
	return args.type;
}

static void unload(void)
{
	ok_errno(module_unload("evring_pulse"), 0, "the sample goes");
	ok_errno(ask(EVRING_TYPE_DYNAMIC, 0) ? -1 : 0, ENOENT, "and its type with it");
}

/* As the text has it: number at 8, late_ns at 16. */
static void pulses(uint32_t type)
{
	uint64_t number, next = 0, wrong = 0;
	const struct evring_common *common;
	struct evring_event ev;
	struct evring r;
	int64_t late;

	ring_open(&r, "pulse", NULL);
	while (next < PULSES && evring_wait(&r, 5000) >= 0) {
		while (next < PULSES && evring_next(&r, &ev) == 1) {
			common = ev.payload;
			memcpy(&number, (const uint8_t *)ev.payload + 8, 8);
			memcpy(&late, (const uint8_t *)ev.payload + 16, 8);
			wrong += ev.kind != EVRING_RECORD || ev.type != type || ev.len != 24 ||
				 common->type != type || !(common->flags & 0x10) || number != next;
			next++;
		}
	}
	ok_equal(next, PULSES, "a module's events come");
	ok_equal(wrong, 0, "each with its number, its type, and the flag of a soft interrupt");
	evring_close(&r);
}

int main(void)
{
	char expected[1024];
	uint32_t first, second;

	own_types();
	rooms();
	first = load();
	snprintf(expected, sizeof(expected), pulse_text, first);
	ok(!strcmp(text, expected), "a module's type has the text that its declaration says", "%s", text);
	pulses(first);
	unload();
	second = load();
	ok(second != first, "a number is not given anew", "%u twice", first);
	unload();
	return result();
}
