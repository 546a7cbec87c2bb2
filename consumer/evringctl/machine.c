// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "machine.h"
#include "channel.h"
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE		"/sys/module/evring"
#define PARAMETERS	MODULE "/parameters"
#define CGROUPS		"/sys/fs/cgroup"
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

#define MIB		((__u64)1 << 20)
#define MEMORY_NEEDED	(EVRING_RING_DEFAULT + MIB)	/* for a channel of the default size */

/* The first line of a small file, without its end. False: it cannot be read. */
static bool read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, line, size - 1);
	close(fd);
	if (n < 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool says(const char *path, const char *text)
{
	char line[128];

	return read_line(path, line, sizeof(line)) && !strcmp(line, text);
}

/* The number behind @key at the start of a line of @path. False: there is none. */
static bool read_number(const char *path, const char *key, int base, __u64 *value)
{
	FILE *f = fopen(path, "re");
	bool is = false;
	char line[256], *end;

	if (!f)
		return false;
	while (!is && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		*value = strtoull(line + strlen(key), &end, base);
		is = end != line + strlen(key);
	}
	fclose(f);
	return is;
}

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

/* Firmware that boots signed kernels only: four bytes of attributes, then the value. */
static bool secure_boot(void)
{
	unsigned char value[5] = { 0 };
	int fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);
	bool on;

	if (fd < 0)
		return false;
	on = read(fd, value, sizeof(value)) == sizeof(value) && value[4] == 1;
	close(fd);
	return on;
}

/* The level in brackets: none [integrity] confidentiality. Empty: this kernel has no lockdown. */
static void lockdown(char *level, size_t size)
{
	char line[128], *begin, *end;

	*level = '\0';
	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return;
	begin = strchr(line, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (end)
		snprintf(level, size, "%.*s", (int)(end - begin - 1), begin + 1);
}

/* Whether this kernel takes a module that nobody has signed. */
static void check_signing(struct diagnosis *d, bool loaded)
{
	static const char mend[] = "sign evring.ko by a key that this kernel trusts (mokutil --import), or turn Secure Boot off";
	char level[32], taint[32] = "";
	bool locked, enforced;

	lockdown(level, sizeof(level));
	locked = *level && strcmp(level, "none");
	enforced = locked || says("/sys/module/module/parameters/sig_enforce", "Y");
	read_line(MODULE "/taint", taint, sizeof(taint));
	if (loaded)
		found(d, VERDICT_OK, "signature", NULL, "the loaded module is %s; lockdown %s, secure boot %s",
		      strchr(taint, 'E') ? "not signed" : "signed, or this kernel does not ask",
		      *level ? level : "not there", secure_boot() ? "on" : "off");
	else if (enforced)
		found(d, VERDICT_FAIL, "signature", mend, "this kernel takes signed modules only (lockdown %s, secure boot %s)",
		      *level ? level : "not there", secure_boot() ? "on" : "off");
	else
		found(d, VERDICT_OK, "signature", NULL, "this kernel takes unsigned modules");
	if (!strcmp(level, "confidentiality"))
		found(d, VERDICT_WARN, "lockdown", "boot with lockdown=integrity",
		      "confidentiality: tracefs, kprobes and perf events are refused to everybody");
}

static void check_absent(struct diagnosis *d)
{
	if (is_there(MODULE)) {
		found(d, VERDICT_FAIL, "device", "mount -t devtmpfs devtmpfs /dev; in a container, pass /dev/evring into it",
		      "the module is loaded, but there is no " CONTROL);
		return;
	}
	if (!is_there("/proc/modules")) {
		found(d, VERDICT_FAIL, "module", "use a kernel that has CONFIG_MODULES, or make demo, which boots one",
		      "this kernel takes no modules");
		return;
	}
	if (says("/proc/sys/kernel/modules_disabled", "1"))
		found(d, VERDICT_FAIL, "module", "boot anew and load it before kernel.modules_disabled is set",
		      "not loaded, and kernel.modules_disabled is set until the next boot");
	else
		found(d, VERDICT_FAIL, "module", "modprobe evring, or make load in its source tree",
		      "not loaded");
	check_signing(d, false);
}

/* The module tells "VERSION-abiN". */
static void check_version(struct diagnosis *d)
{
	char version[64], *abi;

	if (!read_line(MODULE "/version", version, sizeof(version)))
		version[0] = '\0';
	abi = strstr(version, "-abi");
	if (!abi)
		found(d, VERDICT_WARN, "module", "load the module that was built with this evringctl",
		      "loaded, but it does not tell its version");
	else if (strtoul(abi + 4, NULL, 10) != EVRING_ABI_VERSION)
		found(d, VERDICT_FAIL, "module", "use the module and the tools of one build",
		      "version %s is loaded, but this evringctl is for ABI %d", version,
		      EVRING_ABI_VERSION);
	else
		found(d, VERDICT_OK, "module", NULL, "version %s is loaded", version);
}

int check_module(struct diagnosis *d)
{
	int fd = open(CONTROL, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		found(d, VERDICT_FAIL, "device", "chmod a+r " CONTROL "; in a container, allow the device",
		      CONTROL ": not readable for you");
		return -1;
	}
	if (fd < 0) {
		check_absent(d);
		return -1;
	}
	check_version(d);
	found(d, VERDICT_OK, "device", NULL, CONTROL " answers");
	check_signing(d, true);
	return fd;
}

/* Capability @number, of linux/capability.h, in effect. */
static bool capable(unsigned int number)
{
	__u64 effective = 0;

	read_number("/proc/self/status", "CapEff:", 16, &effective);
	return effective >> number & 1;
}

static void check_permission(struct diagnosis *d)
{
	if (capable(CAP_SYS_ADMIN) || capable(CAP_PERFMON))
		found(d, VERDICT_OK, "permission", NULL, "you may make channels and attach sources");
	else
		found(d, VERDICT_WARN, "permission", "run as root, or with CAP_PERFMON",
		      "you may read channels that are open to you, but neither make one nor attach a source");
}

static void check_tracefs(struct diagnosis *d)
{
	bool kprobes, uprobes;

	if (!is_there(TRACEFS "/events")) {
		if (access(TRACEFS, X_OK) && errno == EACCES)
			found(d, VERDICT_WARN, "tracefs", "run as root",
			      TRACEFS ": not readable for you");
		else
			found(d, VERDICT_WARN, "tracefs", "mount -t tracefs tracefs " TRACEFS,
			      "not mounted: tracepoints, kprobes and uprobes cannot be found");
		return;
	}
	if (access(TRACEFS "/available_events", R_OK)) {
		found(d, VERDICT_WARN, "tracefs", "run as root", TRACEFS ": not readable for you");
		return;
	}
	kprobes = is_there(TRACEFS "/kprobe_events");
	uprobes = is_there(TRACEFS "/uprobe_events");
	if (kprobes && uprobes)
		found(d, VERDICT_OK, "tracefs", NULL, "mounted, with kprobes and uprobes");
	else
		found(d, VERDICT_WARN, "tracefs", "use a kernel with CONFIG_KPROBE_EVENTS and CONFIG_UPROBE_EVENTS",
		      "mounted, but this kernel has no %s%s%s", kprobes ? "" : "kprobes",
		      kprobes || uprobes ? "" : " and no ", uprobes ? "" : "uprobes");
}

static void check_perf(struct diagnosis *d)
{
	char level[16];

	if (!read_line("/proc/sys/kernel/perf_event_paranoid", level, sizeof(level)))
		found(d, VERDICT_WARN, "perf", "use a kernel with CONFIG_PERF_EVENTS",
		      "this kernel has no perf events");
	else
		found(d, VERDICT_OK, "perf", NULL, "perf_event_paranoid is %s, which binds perf's users, not evring's sources",
		      level);
}

static void check_bpf(struct diagnosis *d)
{
	bool kernel = is_there("/sys/kernel/btf/vmlinux"), module = is_there("/sys/kernel/btf/evring");
	char has[8];

	if (!is_there(MODULE))
		return;
	if (!kernel)
		found(d, VERDICT_WARN, "bpf", "use a kernel with CONFIG_DEBUG_INFO_BTF",
		      "no type information of this kernel: BPF programs cannot emit");
	else if (read_line(PARAMETERS "/bpf", has, sizeof(has)) && has[0] != 'Y')
		found(d, VERDICT_WARN, "bpf",
		      "use a kernel from 6.12 on, build the module where pahole and that kernel's vmlinux are, and load it without bpf=0",
		      "the module has no functions for BPF: BPF programs cannot emit; its message when it was loaded says why");
	else if (!module)
		found(d, VERDICT_WARN, "bpf", "build the module where pahole and this kernel's vmlinux are",
		      "the module has no type information: BPF programs cannot emit");
	else if (!is_there(PARAMETERS "/bpf"))
		found(d, VERDICT_OK, "bpf", NULL, "type information is there; the module does not tell whether it has BPF functions");
	else
		found(d, VERDICT_OK, "bpf", NULL, "BPF programs can emit");
}

static void check_uring(struct diagnosis *d)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(__NR_io_uring_setup, 1, &params);

	if (fd >= 0) {
		close((int)fd);
		found(d, VERDICT_OK, "io_uring", NULL, "allowed");
	} else if (errno == ENOSYS) {
		found(d, VERDICT_WARN, "io_uring", "use a kernel with CONFIG_IO_URING",
		      "this kernel has none: evlog writes files by write()");
	} else {
		found(d, VERDICT_WARN, "io_uring", "sysctl kernel.io_uring_disabled=0",
		      "refused to you (%s): evlog writes files by write()", strerror(errno));
	}
}

static void check_clock(struct diagnosis *d)
{
	char source[32] = "unknown";

	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
		  sizeof(source));
	if (!strcmp(source, "tsc") || !strcmp(source, "arch_sys_counter") ||
	    !strcmp(source, "kvm-clock"))
		found(d, VERDICT_OK, "clock", NULL, "%s", source);
	else
		found(d, VERDICT_WARN, "clock", "see dmesg for why the kernel does not trust its counter",
		      "%s: each time stamp takes long, and --clock cycles is refused unless the module's trust_tsc is set",
		      source);
}

/* The least memory that is left in a memory cgroup above us, bytes. False: no limit. */
static bool left_in_cgroup(__u64 *left)
{
	char path[512], file[640], *slash;
	__u64 max, used;
	bool limited = false;

	*left = UINT64_MAX;
	if (!read_line("/proc/self/cgroup", path, sizeof(path)) || strncmp(path, "0::/", 4))
		return false;
	do {
		snprintf(file, sizeof(file), CGROUPS "%s/memory.max", path + 3);
		if (read_number(file, "", 10, &max)) {
			snprintf(file, sizeof(file), CGROUPS "%s/memory.current", path + 3);
			if (read_number(file, "", 10, &used)) {
				limited = true;
				max = used < max ? max - used : 0;
				*left = max < *left ? max : *left;
			}
		}
		slash = strrchr(path + 3, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return limited;
}

static void check_memory(struct diagnosis *d)
{
	__u64 left, available = 0;

	read_number("/proc/meminfo", "MemAvailable:", 10, &available);
	available <<= 10;
	if (left_in_cgroup(&left) && left < MEMORY_NEEDED)
		found(d, VERDICT_WARN, "memory", "raise memory.max of your memory cgroup, or make smaller rings (--size)",
		      "your memory cgroup has %llu MiB left, a channel of the default size takes %llu MiB",
		      (unsigned long long)(left / MIB), (unsigned long long)(MEMORY_NEEDED / MIB));
	else if (available < MEMORY_NEEDED)
		found(d, VERDICT_WARN, "memory", "make smaller rings (--size), or remove channels",
		      "%llu MiB available", (unsigned long long)(available / MIB));
	else
		found(d, VERDICT_OK, "memory", NULL, "room for rings of %llu MiB in all",
		      (unsigned long long)((left < available ? left : available) / MIB));
}

void check_machine(struct diagnosis *d)
{
	check_permission(d);
	check_tracefs(d);
	check_perf(d);
	check_bpf(d);
	check_uring(d);
	check_clock(d);
	check_memory(d);
}
