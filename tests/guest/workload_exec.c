// SPDX-License-Identifier: GPL-2.0
/*
 * Workload truth: the name of an exec'd program appears as it is, whatever bytes are in it; the
 * task's name is its first 15; a name longer than 255 bytes is cut off, and is ended all the same;
 * an exec that fails is no event; one by a thread tells the thread's old number.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/stat.h>

#define NAME "workload_exec"
#define DIR "/tmp/workload_exec"

static const char *const names[] = {
	DIR "/plain",
	DIR "/with space",
	DIR "/\"quotes\"'and\\backslashes",
	DIR "/\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x94",	/* UTF-8 */
	DIR "/\xff\xfe\x80",				/* no UTF-8 */
	DIR "/new\nline\ttab\x1b[31m",
	DIR "/%s%n%p",
	DIR "/fifteen-letters",
	DIR "/0123456789abcdefghijklmnopqrstuvwxyz",
	"./relative",
};

static void copy_self(const char *to)
{
	static char buffer[64 << 10];
	int in = (int)must(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), "/proc/self/exe");
	int out = (int)must(open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), to);
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			bail("%s cannot be written", to);
	close(in);
	close(out);
}

static pid_t run_it(const char *name)
{
	char *argv[] = { (char *)(uintptr_t)"child", NULL }, *envp[] = { NULL };
	pid_t pid = child();

	if (!pid) {
		execve(name, argv, envp);
		_exit(77);
	}
	return pid;
}

/* The exec event of @pid; the number of them. */
static int find(pid_t pid, struct evring_event_exec *head, char *filename, size_t room)
{
	struct evring_event ev;
	struct evring r;
	int n = 0;

	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		const struct evring_event_exec *e = ev.payload;
		uint32_t offset, len;

		if (ev.kind != EVRING_RECORD || ev.type != EVRING_TYPE_EXEC || ev.len < sizeof(*e) ||
		    e->pid != pid)
			continue;
		n++;
		*head = *e;
		offset = e->filename_loc & 0xffff;
		len = e->filename_loc >> 16;
		filename[0] = 0;
		/* The name ends the payload, and its NUL ends the name. */
		if (offset == sizeof(*e) && offset + len == ev.len && len && len <= room) {
			memcpy(filename, (const char *)e + offset, len);
			if (strlen(filename) != len - 1)
				strcpy(filename, "(no NUL where it should be)");
		}
	}
	evring_close(&r);
	return n;
}

static void check(const char *name, const char *want, const char *what)
{
	struct evring_event_exec e = { 0 };
	char filename[512] = "", comm[EVRING_COMM_SIZE] = "";
	pid_t pid = run_it(name);
	int status = child_status(pid), n = find(pid, &e, filename, sizeof(filename));
	const char *base = strrchr(name, '/') + 1;

	memcpy(comm, base, strnlen(base, sizeof(comm) - 1));
	ok(status == 42 && n == 1, what, "ended with %d, %d events", status, n);
	ok(!strcmp(filename, want), what, "file name is %s", filename);
	ok(!memcmp(e.comm, comm, sizeof(comm)), what, "task name is %.16s", e.comm);
	ok(e.old_pid == pid && e.common.pid == pid && e.common.type == EVRING_TYPE_EXEC, what,
	   "pid %d, old %d, common %d", e.pid, e.old_pid, e.common.pid);
}

static void long_name(void)
{
	char path[400] = DIR, cut[256];

	for (int i = 0; i < 3; i++) {
		size_t len = strlen(path);

		memset(path + len, 'a' + i, 100);
		path[len] = '/';
		path[len + 100] = 0;
		if (i < 2)
			must(mkdir(path, 0755), "mkdir");
	}
	copy_self(path);
	memcpy(cut, path, 255);
	cut[255] = 0;
	check(path, cut, "a name longer than 255 bytes is cut off");
}

static void failed(void)
{
	struct evring_event_exec e;
	char filename[512];
	pid_t pid = run_it(DIR "/is not there");

	ok_equal((uint64_t)child_status(pid), 77, "an exec that fails");
	ok_equal((uint64_t)find(pid, &e, filename, sizeof(filename)), 0, "is no event");
}

static pid_t thread_pid;

static void *exec_in_thread(void *shared)
{
	char *argv[] = { (char *)(uintptr_t)"child", NULL };

	*(volatile pid_t *)shared = (pid_t)syscall(SYS_gettid);
	execv(names[0], argv);
	_exit(77);
}

static void threaded(void)
{
	pid_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct evring_event_exec e = { 0 };
	char filename[512] = "";
	pid_t pid = child();
	int n;

	if (!pid) {
		pthread_t thread;

		pthread_create(&thread, NULL, exec_in_thread, shared);
		pthread_join(thread, NULL);
		_exit(78);
	}
	ok_equal((uint64_t)child_status(pid), 42, "an exec by a thread");
	thread_pid = *shared;
	n = find(pid, &e, filename, sizeof(filename));
	ok(n == 1 && e.old_pid == thread_pid && thread_pid != pid && !strcmp(filename, names[0]),
	   "tells the thread's number before", "%d events, old %d, thread %d", n, e.old_pid, thread_pid);
	munmap(shared, 4096);
}

int main(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "child"))
		return 42;
	mkdir(DIR, 0755);
	must(chdir(DIR), "chdir");
	channel_create(NAME, 1 << 20, 0);
	probe(NAME, EVRING_PROBE_EXEC);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char what[40];

		snprintf(what, sizeof(what), "name %zu", i);
		copy_self(names[i]);
		check(names[i], names[i], what);
	}
	long_name();
	failed();
	threaded();
	detach(NAME, 0);
	channel_remove(NAME);
	return result();
}
