// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what. A channel's node is 0440 of root and the chosen group unless the creator
 * says otherwise: others get EACCES, members of the group read and cannot write. Making,
 * removing, attaching and detaching need CAP_SYS_ADMIN or CAP_PERFMON (EPERM), and a refusal
 * changes nothing; listing needs nothing.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define NAME "permissions"
#define GROUP 4321
#define NOBODY 65534

static void create(uint32_t mode, uint32_t gid)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = 64 << 10,
					   .block_size = 4096, .mode = mode, .gid = gid };

	channel_remove(NAME);
	set_name(args.name, NAME);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
}

static void become(gid_t gid)
{
	must(setgroups(0, NULL), "setgroups");
	must(setgid(gid), "setgid");
	must(setuid(NOBODY), "setuid");
}

/* errno of opening the channel as nobody with group @gid. */
static int open_as(gid_t gid, int flags)
{
	pid_t pid = child();

	if (!pid) {
		become(gid);
		_exit(open(channel_path(NAME), flags) < 0 ? errno : 0);
	}
	return child_status(pid);
}

static void node(mode_t mode, gid_t gid, const char *what)
{
	struct stat st = { 0 };

	stat(channel_path(NAME), &st);
	ok(S_ISCHR(st.st_mode) && (st.st_mode & 07777) == mode && st.st_gid == gid && !st.st_uid, what,
	   "mode %o, uid %u, gid %u", st.st_mode, st.st_uid, st.st_gid);
}

static void opening(void)
{
	create(0, 0);
	node(0440, 0, "a node is 0440 of root and root");
	ok_equal((uint64_t)open_as(NOBODY, O_RDONLY), EACCES, "nobody may not open it");

	create(0, GROUP);
	node(0440, GROUP, "the group is as the creator says");
	ok_equal((uint64_t)open_as(NOBODY, O_RDONLY), EACCES, "who is not in the group may not open it");
	ok_equal((uint64_t)open_as(GROUP, O_RDONLY), 0, "who is may read it");
	ok_equal((uint64_t)open_as(GROUP, O_RDWR), EACCES, "and not write it");
	ok_equal((uint64_t)open_as(GROUP, O_WRONLY), EACCES, "nor write it alone");

	create(0660, GROUP);
	node(0660, GROUP, "the mode is as the creator says");
	ok_equal((uint64_t)open_as(GROUP, O_RDWR), 0, "a group may be let write");
	ok_equal((uint64_t)open_as(NOBODY, O_RDWR), EACCES, "others still not");

	create(0444, 0);
	ok_equal((uint64_t)open_as(NOBODY, O_RDONLY), 0, "0444 lets everybody read");
}

/* errno of an ioctl on control by nobody. */
static int ioctl_as_nobody(unsigned long cmd, void *arg)
{
	pid_t pid = child();

	if (!pid) {
		int fd;

		become(NOBODY);
		fd = open("/dev/evring/control", O_RDONLY);
		_exit(fd < 0 ? 200 : ioctl(fd, cmd, arg) < 0 ? errno : 0);
	}
	return child_status(pid);
}

static void incapable(void)
{
	struct evring_create_args create_args = { .size = sizeof(create_args), .name = "mine" };
	struct evring_remove_args remove_args = { .size = sizeof(remove_args), .name = NAME };
	struct evring_detach_args detach_args = { .size = sizeof(detach_args), .name = NAME };
	struct evring_attach_args attach_args = { .size = sizeof(attach_args), .name = NAME,
						  .probe.events = EVRING_PROBE_EXEC };
	struct evring_list_args list_args = { .size = sizeof(list_args) };
	int fd = channel_open(NAME, O_RDONLY);

	probe(NAME, EVRING_PROBE_FORK);
	ok_equal((uint64_t)ioctl_as_nobody(EVRING_IOC_CREATE, &create_args), EPERM, "nobody: CREATE");
	ok_equal((uint64_t)ioctl_as_nobody(EVRING_IOC_REMOVE, &remove_args), EPERM, "nobody: REMOVE");
	ok_equal((uint64_t)ioctl_as_nobody(EVRING_IOC_ATTACH, &attach_args), EPERM, "nobody: ATTACH");
	ok_equal((uint64_t)ioctl_as_nobody(EVRING_IOC_DETACH, &detach_args), EPERM, "nobody: DETACH");
	ok_equal((uint64_t)ioctl_as_nobody(EVRING_IOC_LIST, &list_args), 0, "nobody: LIST");
	ok(access("/dev/evring/mine", F_OK) < 0, "the refused CREATE made nothing", "there is a node");
	ok_equal(channel_stats(fd).sources, 1, "the refused DETACH took nothing away");
	ok_equal(channel_info(fd).state, 0, "the refused REMOVE did not remove");
	detach(NAME, 0);
	close(fd);
}

static int create_with(uint32_t capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };
	struct evring_create_args args = { .size = sizeof(args), .name = "mine" };
	pid_t pid = child();

	if (!pid) {
		control_fd();
		caps[capability / 32].effective = caps[capability / 32].permitted =
			1U << capability % 32;
		must(syscall(SYS_capset, &head, caps), "capset");
		_exit(ioctl(control_fd(), EVRING_IOC_CREATE, &args) < 0 ? errno : 0);
	}
	channel_remove("mine");
	return child_status(pid);
}

static void capable(void)
{
	ok_equal((uint64_t)create_with(CAP_SYS_ADMIN), 0, "CAP_SYS_ADMIN is enough to create");
	channel_remove("mine");
	ok_equal((uint64_t)create_with(CAP_PERFMON), 0, "CAP_PERFMON is enough to create");
	channel_remove("mine");
	ok_equal((uint64_t)create_with(CAP_DAC_OVERRIDE), EPERM, "CAP_DAC_OVERRIDE is not");
}

int main(void)
{
	opening();
	incapable();
	capable();
	channel_remove(NAME);
	return result();
}
