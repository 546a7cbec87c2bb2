// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of a test guest.  tests/vm/run builds it statically and
 * leaves it what to do in /etc/vm:
 *   modules   modules of the kernel to load, in order, one path a line
 *   insmod    modules of evring to load: a path and its parameters a line
 *   argv      the command, its arguments ended by a zero byte each
 *   host      (may be absent) mount the host's folder at /mnt
 *   disk      (may be absent) modules to load, as above; then mount the disk at /disk
 *
 * Three virtio ports lead out: "stdout" and "stderr" of the command, which are
 * no terminals and so pass every byte as it is, and "status", on which init
 * says "up", then "exit N" or "fail REASON".  After that comes the kernel log
 * on the port "klog".  The serial line is left to the kernel alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PORT_WAIT_MS 20000

static int status_fd = -1;

static void say(int fd, const char *fmt, va_list ap)
{
	char line[512];
	int len = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	if (len < 0)
		return;
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(fd, line, (size_t)len) < 0)
		return;
}

static void status(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(status_fd >= 0 ? status_fd : STDERR_FILENO, fmt, ap);
	va_end(ap);
}

static void leave(void)
{
	sync();
	umount2("/mnt", MNT_DETACH);
	/* The host starts QEMU with -no-reboot: this ends it sooner than ACPI. */
	reboot(RB_AUTOBOOT);
	_exit(1);
}

static void fail(const char *fmt, ...)
{
	char reason[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	status("fail %s", reason);
	leave();
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
		int needed;
	} fs[] = {
		{ "proc", "/proc", 1 },
		{ "sysfs", "/sys", 1 },
		{ "devtmpfs", "/dev", 1 },
		{ "devpts", "/dev/pts", 0 },
		{ "tmpfs", "/dev/shm", 0 },
		{ "tmpfs", "/tmp", 1 },
		{ "tmpfs", "/run", 1 },
		{ "tracefs", "/sys/kernel/tracing", 0 },
		{ "debugfs", "/sys/kernel/debug", 0 },
		{ "cgroup2", "/sys/fs/cgroup", 0 },
		{ "bpf", "/sys/fs/bpf", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fs); i++) {
		mkdir(fs[i].where, 0755);
		if (mount(fs[i].type, fs[i].where, fs[i].type, 0, NULL) && fs[i].needed)
			fail("%s cannot be mounted at %s: %s", fs[i].type, fs[i].where,
			     strerror(errno));
	}
	chmod("/tmp", 01777);
	chmod("/dev/shm", 01777);
	if (symlink("/proc/self/fd", "/dev/fd"))
		status("/dev/fd cannot be made: %s", strerror(errno));
}

/* The console is up before devtmpfs is: errors until the ports open go there. */
static void open_console(void)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
	}
	if (fd >= 0)
		dup2(fd, 2);
}

static void insert(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s cannot be opened: %s", path, strerror(errno));
	if (syscall(SYS_finit_module, fd, params, 0) && errno != EEXIST)
		fail("%s cannot be loaded: %s", path, strerror(errno));
	close(fd);
}

static void insert_list(const char *list)
{
	FILE *f = fopen(list, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f)
		return;
	while ((len = getline(&line, &size, f)) > 0) {
		char *params;

		line[strcspn(line, "\n")] = 0;
		params = strchr(line, ' ');
		if (params)
			*params++ = 0;
		insert(line, params ? params : "");
	}
	free(line);
	fclose(f);
}

static int read_name(const char *port, char *name, size_t size)
{
	char path[300];
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", port);
	f = fopen(path, "re");
	if (!f)
		return 0;
	ok = fgets(name, (int)size, f) != NULL;
	fclose(f);
	name[strcspn(name, "\n")] = 0;
	return ok;
}

static int try_port(const char *want)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	char name[64], path[300];
	int fd = -1;

	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !read_name(entry->d_name, name, sizeof(name)))
			continue;
		if (strcmp(name, want))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	closedir(dir);
	return fd;
}

/* The driver learns of its ports some time after it was loaded. */
static int open_port(const char *name)
{
	for (int ms = 0; ms < PORT_WAIT_MS; ms++) {
		int fd = try_port(name);

		if (fd >= 0)
			return fd;
		usleep(1000);
	}
	fail("the virtio port %s does not appear; the kernel needs VIRTIO_PCI and VIRTIO_CONSOLE",
	     name);
	return -1;
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		status("lo stays down: %s", strerror(errno));
	close(fd);
}

static void mount_host(void)
{
	if (access("/etc/vm/host", F_OK))
		return;
	if (mount("host", "/mnt", "9p", 0, "trans=virtio,version=9p2000.L,msize=262144"))
		fail("the host's folder cannot be mounted: %s; the kernel needs 9P_FS and NET_9P_VIRTIO",
		     strerror(errno));
}

static void mount_disk(void)
{
	if (access("/etc/vm/disk", F_OK))
		return;
	insert_list("/etc/vm/disk");
	mkdir("/disk", 0755);
	/* The driver finds its disk some time after it was loaded. */
	for (int ms = 0; access("/dev/vda", F_OK) && ms < PORT_WAIT_MS; ms++)
		usleep(1000);
	if (mount("/dev/vda", "/disk", "ext4", MS_NOATIME, ""))
		fail("the disk cannot be mounted: %s; the kernel needs VIRTIO_BLK and EXT4_FS",
		     strerror(errno));
}

static char **read_argv(void)
{
	static char text[1 << 18];
	static char *argv[4096];
	int fd = open("/etc/vm/argv", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	size_t n = 0;

	close(fd);
	for (char *p = text; p < text + len && n < ARRAY_SIZE(argv) - 1; p += strlen(p) + 1)
		argv[n++] = p;
	if (!n)
		fail("/etc/vm/argv holds no command");
	return argv;
}

static void environment(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	clearenv();
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
	setenv("EVRING_VM", "1", 1);
	if (sethostname("evring", 6) || setrlimit(RLIMIT_MEMLOCK, &all) || chdir("/root"))
		status("the environment is not whole: %s", strerror(errno));
}

static pid_t start(char **argv, int out, int err)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	dup2(out, 1);
	dup2(err, 2);
	execvp(argv[0], argv);
	fprintf(stderr, "vm: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Wait for the command, and for whatever orphans end meanwhile. */
static int wait_for(pid_t pid)
{
	int st;
	pid_t got;

	do {
		got = wait(&st);
	} while (got != pid && !(got < 0 && errno == ECHILD));
	if (got < 0)
		return 126;
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void send_kernel_log(void)
{
	int fd = open_port("klog");
	int size = klogctl(10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0);
	char *text = malloc(size > 0 ? (size_t)size : 1);
	int len = text ? klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, size) : -1;

	if (len > 0)
		write_all(fd, text, (size_t)len);
	free(text);
	close(fd);
}

int main(void)
{
	int out, err, code;

	mount_all();
	open_console();
	insert_list("/etc/vm/modules");
	status_fd = open_port("status");
	status("booted");
	out = open_port("stdout");
	err = open_port("stderr");
	loopback_up();
	environment();
	insert_list("/etc/vm/insmod");
	mount_host();
	mount_disk();
	status("up");
	code = wait_for(start(read_argv(), out, err));
	close(out);
	close(err);
	send_kernel_log();
	status("exit %d", code);
	leave();
}
