// SPDX-License-Identifier: GPL-2.0
/*
 * Every bad ioctl is refused with the errno that uapi/linux/evring.h names, and changes
 * nothing:
 *
 *	number or type unknown				ENOTTY
 *	size 0 or below the first version		EINVAL
 *	longer struct, the rest zero			accepted
 *	longer struct, the rest not zero		E2BIG
 *	unknown flag, reserved field not zero		EINVAL
 *	bad address					EFAULT
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <stddef.h>

#define NAME "ioctls"

static union any_args arg;
static int channel;

/* One for each ioctl: a good argument. */
static void good_plain(void)
{
}

static void good_position(void)
{
	static uint64_t seqs[4096];

	arg.position.ncpus = 1;
	arg.position.seqs = (uintptr_t)seqs;
}

static int leave(void)
{
	struct evring_gate_args args = { .size = sizeof(args), .flags = EVRING_GATE_LEAVE };

	return ioctl(channel, EVRING_IOC_GATE, &args);
}

/* Who gates already cannot join again. */
static void good_gate(void)
{
	static uint64_t seqs[4096];

	leave();
	arg.gate.ncpus = channel_info(channel).ncpus;
	arg.gate.seqs = (uintptr_t)seqs;
}

/* Only who gates may acknowledge. */
static void good_ack(void)
{
	good_gate();
	arg.gate.size = sizeof(arg.gate);
	must(ioctl(channel, EVRING_IOC_GATE, &arg), "GATE");
	memset(&arg, 0, sizeof(arg));
	good_position();
}

static void good_list(void)
{
	static char names[64][EVRING_NAME_SIZE];

	arg.list.count = 64;
	arg.list.names = (uintptr_t)names;
}

static void good_attach(void)
{
	set_name(arg.attach.name, NAME);
	arg.attach.kind = EVRING_SOURCE_GENERATOR;
	arg.attach.generator.payload_min = 16;
	arg.attach.generator.payload_max = 16;
	arg.attach.generator.count = 1;
	arg.attach.generator.flags = EVRING_GENERATOR_WAIT;
}

static void good_detach(void)
{
	set_name(arg.detach.name, NAME);
}

static void good_create(void)
{
	channel_remove("ioctls2");
	set_name(arg.create.name, "ioctls2");
}

static void good_remove(void)
{
	channel_create("ioctls2", 0, 0);
	set_name(arg.remove.name, "ioctls2");
}

static const struct {
	const char *name;
	unsigned long cmd;
	size_t size;
	bool control;
	void (*good)(void);
} ioctls[] = {
	{ "INFO", EVRING_IOC_INFO, sizeof(struct evring_info), false, good_plain },
	{ "STATS", EVRING_IOC_STATS, sizeof(struct evring_channel_stats), false, good_plain },
	{ "SEEK", EVRING_IOC_SEEK, sizeof(struct evring_seek_args), false, good_plain },
	{ "POSITION", EVRING_IOC_POSITION, sizeof(struct evring_position_args), false, good_position },
	{ "WATERMARK", EVRING_IOC_WATERMARK, sizeof(struct evring_watermark_args), false, good_plain },
	{ "GATE", EVRING_IOC_GATE, sizeof(struct evring_gate_args), false, good_gate },
	{ "ACK", EVRING_IOC_ACK, sizeof(struct evring_position_args), false, good_ack },
	{ "FREEZE", EVRING_IOC_FREEZE, sizeof(struct evring_freeze_args), false, good_plain },
	{ "THAW", EVRING_IOC_THAW, sizeof(struct evring_freeze_args), false, good_plain },
	{ "EVENT", EVRING_IOC_EVENT, sizeof(struct evring_event_args), false, good_plain },
	{ "EVENT", EVRING_IOC_EVENT, sizeof(struct evring_event_args), true, good_plain },
	{ "LIST", EVRING_IOC_LIST, sizeof(struct evring_list_args), true, good_list },
	{ "ATTACH", EVRING_IOC_ATTACH, sizeof(struct evring_attach_args), true, good_attach },
	{ "DETACH", EVRING_IOC_DETACH, sizeof(struct evring_detach_args), true, good_detach },
	{ "CREATE", EVRING_IOC_CREATE, sizeof(struct evring_create_args), true, good_create },
	{ "REMOVE", EVRING_IOC_REMOVE, sizeof(struct evring_remove_args), true, good_remove },
};

static void call(size_t i, size_t size, int want, const char *what)
{
	char name[100];

	arg.size = (uint32_t)size;
	snprintf(name, sizeof(name), "%s: %s", ioctls[i].name, what);
	ok_errno(ioctl(ioctls[i].control ? control_fd() : channel, ioctls[i].cmd, &arg), want, name);
}

static void fresh(size_t i)
{
	memset(&arg, 0, sizeof(arg));
	ioctls[i].good();
}

/* Bytes of the struct's first version, which whoever was built with it still passes. */
static size_t first_size(size_t i)
{
	return ioctls[i].cmd == EVRING_IOC_INFO ? offsetof(struct evring_info, id) : ioctls[i].size;
}

/* The size of another version of the struct in the ioctl's number must not matter. */
static unsigned long resized(unsigned long cmd, unsigned long size)
{
	return (cmd & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) | size << _IOC_SIZESHIFT;
}

static void sizes(size_t i)
{
	size_t size = ioctls[i].size;

	fresh(i);
	call(i, size, 0, "as it should be");
	fresh(i);
	call(i, 0, EINVAL, "size 0");
	call(i, 4, EINVAL, "size 4");
	call(i, first_size(i) - 1, EINVAL, "a byte too short");
	call(i, first_size(i), 0, "as its first version was");
	fresh(i);
	call(i, size + 8, 0, "longer, with zeroes");
	fresh(i);
	arg.bytes[size + 7] = 1;
	call(i, size + 8, E2BIG, "longer, and not all zeroes");
	call(i, size + 7, 0, "what lies behind its size is not looked at");
	fresh(i);
	call(i, 8192, E2BIG, "longer than a page");
	call(i, UINT32_MAX, E2BIG, "size of all ones");
	fresh(i);
	arg.size = (uint32_t)size;
	ok_errno(ioctl(ioctls[i].control ? control_fd() : channel,
		       resized(ioctls[i].cmd, size + 16), &arg), 0,
		 "the size in the number does not matter");
}

static void addresses(size_t i)
{
	int fd = ioctls[i].control ? control_fd() : channel;
	uint8_t *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t size = (uint32_t)ioctls[i].size;
	char name[100];

	must(munmap(two + 4096, 4096), "munmap");
	snprintf(name, sizeof(name), "%s: no address", ioctls[i].name);
	ok_errno(ioctl(fd, ioctls[i].cmd, NULL), EFAULT, name);
	snprintf(name, sizeof(name), "%s: a kernel address", ioctls[i].name);
	ok_errno(ioctl(fd, ioctls[i].cmd, (void *)0xffff888000001000UL), EFAULT, name);
	snprintf(name, sizeof(name), "%s: the end is not there", ioctls[i].name);
	memcpy(two + 4096 - size + 4, &size, sizeof(size));
	ok_errno(ioctl(fd, ioctls[i].cmd, two + 4096 - size + 4), EFAULT, name);
	munmap(two, 4096);
}

static size_t find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++)
		if (!strcmp(ioctls[i].name, name))
			return i;
	abort();
}

/* One field of a good argument set to something bad. */
#define BAD(NAME_, FIELD, VALUE, ERRNO) do { \
	size_t i_ = find(NAME_); \
	fresh(i_); \
	arg.FIELD = (VALUE); \
	call(i_, ioctls[i_].size, ERRNO, #FIELD " = " #VALUE); \
} while (0)

static void bad_fields(void)
{
	BAD("SEEK", seek.whence, 4, EINVAL);
	BAD("SEEK", seek.reserved, 1, EINVAL);
	BAD("SEEK", seek.value, 1, EINVAL);
	BAD("SEEK", seek.cpu, 1, EINVAL);
	BAD("POSITION", position.flags, 1, EINVAL);
	BAD("POSITION", position.ncpus, 100000, EINVAL);
	BAD("POSITION", position.seqs, 0, EFAULT);
	BAD("POSITION", position.seqs, 0xffff888000000000UL, EFAULT);
	BAD("WATERMARK", watermark.flags, 1, EINVAL);
	BAD("WATERMARK", watermark.bytes, 1ULL << 40, ERANGE);
	BAD("WATERMARK", watermark.bytes, UINT64_MAX, ERANGE);
	BAD("WATERMARK", watermark.usecs, 3600000001, ERANGE);
	BAD("WATERMARK", watermark.usecs, 3600000000, 0);
	BAD("WATERMARK", watermark.usecs, 0, 0);
	BAD("GATE", gate.flags, 1U << 1, EINVAL);
	BAD("GATE", gate.flags, 1U << 31, EINVAL);
	BAD("GATE", gate.reserved, 1, EINVAL);
	BAD("GATE", gate.ncpus, 0, EINVAL);
	BAD("GATE", gate.ncpus, 100000, EINVAL);
	BAD("GATE", gate.seqs, 0, EFAULT);
	BAD("GATE", gate.flags, EVRING_GATE_LEAVE, EINVAL);
	BAD("ACK", position.flags, 1, EINVAL);
	BAD("ACK", position.ncpus, 100000, EINVAL);
	BAD("ACK", position.seqs, 0, EFAULT);
	BAD("FREEZE", freeze.flags, 1, EINVAL);
	BAD("THAW", freeze.flags, 1, EINVAL);
	BAD("LIST", list.flags, 1, EINVAL);
	BAD("LIST", list.reserved, 1, EINVAL);
	BAD("LIST", list.names, 0, EFAULT);
	BAD("LIST", list.count, 0, 0);
	BAD("LIST", list.count, UINT32_MAX, 0);
	BAD("REMOVE", remove.flags, 1, EINVAL);
	BAD("REMOVE", remove.name[0], 'x', ENOENT);
	BAD("DETACH", detach.flags, 1, EINVAL);
	BAD("DETACH", detach.reserved, 1, EINVAL);
	BAD("DETACH", detach.name[0], 'x', ENOENT);
	BAD("DETACH", detach.id, 12345, ENOENT);
	BAD("CREATE", create.flags, 1U << 2, EINVAL);
	BAD("CREATE", create.flags, 1U << 31, EINVAL);
	BAD("CREATE", create.clock, 5, EINVAL);
	BAD("CREATE", create.mode, 01000, EINVAL);
	BAD("CREATE", create.mode, 0442, EINVAL);
	BAD("CREATE", create.gid, UINT32_MAX, EINVAL);
	BAD("CREATE", create.reserved[0], 1, EINVAL);
	BAD("CREATE", create.reserved[3], 1ULL << 63, EINVAL);
}

static void bad_sources(void)
{
	BAD("ATTACH", attach.flags, 1, EINVAL);
	BAD("ATTACH", attach.name[0], 'x', ENOENT);
	BAD("ATTACH", attach.kind, 2, EINVAL);
	BAD("ATTACH", attach.kind, UINT32_MAX, EINVAL);
	BAD("ATTACH", attach.generator.flags, 1U << 4, EINVAL);
	BAD("ATTACH", attach.generator.payload_min, 15, EINVAL);
	BAD("ATTACH", attach.generator.payload_min, 17, EINVAL);
	BAD("ATTACH", attach.generator.payload_max, (128 << 10) + 1, EINVAL);
	BAD("ATTACH", attach.generator.payload_max, UINT32_MAX, EINVAL);
	BAD("ATTACH", attach.generator.reserved0, 1, EINVAL);
	BAD("ATTACH", attach.generator.rate, 1000000001, EINVAL);
	BAD("ATTACH", attach.generator.cpus[15], 1ULL << 63, EINVAL);

	/* Probes: the same bytes mean other things. */
	for (int bad = 0; bad < 4; bad++) {
		static const char *const what[] = { "no event", "an unknown event",
						    "an unknown event among known ones",
						    "reserved not zero" };
		static const uint64_t events[] = { 0, 1ULL << 7, EVRING_PROBE_ALL | 1ULL << 63,
						   EVRING_PROBE_EXEC };

		fresh(find("DETACH"));
		set_name(arg.attach.name, NAME);
		arg.attach.kind = EVRING_SOURCE_PROBE;
		arg.attach.probe.events = events[bad];
		arg.attach.probe.reserved[2] = bad == 3;
		call(find("ATTACH"), sizeof(arg.attach), EINVAL, what[bad]);
	}
}

static void probe_twice(void)
{
	struct evring_attach_args twice = { .kind = EVRING_SOURCE_PROBE };
	uint32_t id = probe(NAME, EVRING_PROBE_EXEC | EVRING_PROBE_FORK);

	twice.probe.events = EVRING_PROBE_EXIT | EVRING_PROBE_FORK;
	ok_errno(attach(NAME, &twice), EEXIST, "ATTACH: a probe that the channel has already");
	twice.probe.events = EVRING_PROBE_EXIT;
	ok_errno(attach(NAME, &twice), 0, "ATTACH: one that it has not, and that was not left behind");
	ok_equal(channel_stats(channel).sources, 2, "both count as sources");
	ok_errno(detach(NAME, id), 0, "DETACH by number");
	ok_errno(detach(NAME, id), ENOENT, "DETACH of what has gone");
	ok_errno(detach(NAME, 0), 0, "DETACH of all");
	ok_errno(detach(NAME, 0), 0, "DETACH of all there are, none");
	ok_equal(channel_stats(channel).sources, 0, "no source is left");
}

/* What changes things for others takes a descriptor that is open for writing. */
static void read_only(void)
{
	static const char *const names[] = { "GATE", "ACK", "FREEZE", "THAW" };
	int ro = channel_open(NAME, O_RDONLY);
	char what[100];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t which = find(names[i]);

		fresh(which);
		arg.size = (uint32_t)ioctls[which].size;
		snprintf(what, sizeof(what), "%s: by a descriptor open for reading", names[i]);
		ok_errno(ioctl(ro, ioctls[which].cmd, &arg), EBADF, what);
	}
	ok_equal(channel_info(ro).state, 0, "a refused FREEZE freezes nothing");
	close(ro);
}

static void gate_twice(void)
{
	fresh(find("GATE"));
	call(find("GATE"), sizeof(arg.gate), 0, "to join");
	call(find("GATE"), sizeof(arg.gate), EALREADY, "to join twice");
	ok_errno(leave(), 0, "GATE: to leave");
	ok_errno(leave(), EINVAL, "GATE: to leave twice");
	memset(&arg, 0, sizeof(arg));
	good_position();
	call(find("ACK"), sizeof(arg.position), EINVAL, "by one who does not gate");
}

static void unknown(int fd, const char *which)
{
	static const unsigned long cmds[] = {
		_IO(EVRING_IOC_TYPE, 0), _IO(EVRING_IOC_TYPE, 0x1f), _IO(EVRING_IOC_TYPE, 0xff),
		_IOWR(EVRING_IOC_TYPE, 0x7f, uint64_t), _IOWR('T', 0x01, struct evring_info),
		0x5413 /* TIOCGWINSZ */, 0, ~0U,
	};
	char name[100];

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(&arg, 0, sizeof(arg));
		snprintf(name, sizeof(name), "unknown ioctl %#lx on %s", cmds[i], which);
		ok_errno(ioctl(fd, cmds[i], &arg), ENOTTY, name);
	}
}

int main(void)
{
	channel_create(NAME, 64 << 10, 4096);
	channel = channel_open(NAME, O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++) {
		sizes(i);
		addresses(i);
	}
	channel_remove("ioctls2");
	bad_fields();
	ok_errno(channel_remove("ioctls2"), ENOENT, "no refused CREATE left a channel behind");
	bad_sources();
	ok_equal(channel_stats(channel).sources, 0, "no refused ATTACH left a source behind");
	probe_twice();
	gate_twice();
	read_only();
	unknown(channel, "a channel");
	unknown(control_fd(), "control");
	ok_errno(ioctl(channel, EVRING_IOC_LIST, &arg), ENOTTY, "an ioctl of control's on a channel");
	ok_errno(ioctl(control_fd(), EVRING_IOC_INFO, &arg), ENOTTY, "one of a channel's on control");
	close(channel);
	channel_remove(NAME);
	return result();
}
