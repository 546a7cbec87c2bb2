// SPDX-License-Identifier: GPL-2.0
/*
 * A channel that lives without the module: prints the path of its memory, then does what the lines
 * of standard input say, until they end.
 *
 *	emit N CPU PID COMM	N times, COMM exits
 *	user N CPU PID		N times, something of 40 bytes is written by PID
 *	drop N CPU		N events are dropped
 *	remove			the channel is removed
 */
#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

static void emit(struct evring_double *d, unsigned int n, unsigned int cpu, int pid,
		 const char *comm)
{
	struct evring_event_exit e = { .common = { .type = EVRING_TYPE_EXIT, .pid = pid }, .pid = pid };

	strncpy((char *)e.comm, comm, sizeof(e.comm) - 1);
	while (n--)
		evring_double_emit(d, cpu, EVRING_TYPE_EXIT, &e, sizeof(e));
}

static void user(struct evring_double *d, unsigned int n, unsigned int cpu, int pid)
{
	struct {
		struct evring_common common;
		char text[32];
	} e = { .common = { .type = EVRING_TYPE_USER, .pid = pid } };

	while (n--)
		evring_double_emit(d, cpu, EVRING_TYPE_USER, &e, sizeof(e));
}

int main(void)
{
	struct evring_double_opts o = { .size = sizeof(o), .data_size = 1 << 16 };
	struct evring_double *d = evring_double_create("live", &o);
	char line[128], comm[32];
	unsigned int n, cpu;
	int pid;

	if (!d)
		return 1;
	printf("/proc/%d/fd/%d\n", getpid(), evring_double_fd(d));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "emit %u %u %d %31s", &n, &cpu, &pid, comm) == 4) {
			emit(d, n, cpu, pid, comm);
		} else if (sscanf(line, "user %u %u %d", &n, &cpu, &pid) == 3) {
			user(d, n, cpu, pid);
		} else if (sscanf(line, "drop %u %u", &n, &cpu) == 2) {
			evring_double_freeze(d);
			user(d, n, cpu, 1);
			evring_double_thaw(d);
		} else if (!strncmp(line, "remove", 6)) {
			evring_double_remove(d);
		} else {
			fprintf(stderr, "driven: what is %s", line);
			return 1;
		}
	}
	return 0;
}
