// SPDX-License-Identifier: GPL-2.0
/*
 * evlog as a service on a live channel: it tells a service manager that it is ready, that it lives
 * while nothing comes, and that it stops; a logger that hangs does not say that it lives. Its metrics
 * count what was emitted, of each CPU; a dry run of a lossless log holds nothing; evlog top prints
 * what comes and what is lost.
 *
 * vm: --smp 2
 */
#include "harness.h"

#include <sys/socket.h>
#include <sys/un.h>

#define NAME		"service"
#define SOCKET		"/tmp/service.socket"
#define RECORDS		500U
#define WATCHDOG_MS	400U

static int ear;

static void listen_there(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = SOCKET };

	unlink(SOCKET);
	ear = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(bind(ear, (struct sockaddr *)&at, sizeof(at)) == 0, "bind");
}

/* How many datagrams of the kind come until @until is among them, or for @ms. */
static unsigned int hear(const char *kind, const char *until, unsigned int ms)
{
	struct pollfd pfd = { .fd = ear, .events = POLLIN };
	uint64_t end = now_ns() + ms * 1000000ULL;
	unsigned int heard = 0;
	char text[256];
	ssize_t n;

	while (now_ns() < end) {
		if (poll(&pfd, 1, 50) != 1)
			continue;
		n = recv(ear, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		heard += !strncmp(text, kind, strlen(kind));
		if (until && !strncmp(text, until, strlen(until)))
			return heard;
	}
	return until ? 0 : heard;
}

/* evlog on the channel, with a line of output for each event in /tmp/service.log. */
static pid_t start_evlog(void)
{
	char usec[32], self[32];
	pid_t pid = child();

	if (pid)
		return pid;
	snprintf(usec, sizeof(usec), "%u", WATCHDOG_MS * 1000);
	snprintf(self, sizeof(self), "%d", getpid());
	setenv("NOTIFY_SOCKET", SOCKET, 1);
	setenv("WATCHDOG_USEC", usec, 1);
	setenv("WATCHDOG_PID", self, 1);
	execlp("evlog", "evlog", "--quiet", "--metrics", "/tmp/service.prom", "--output",
	       "/tmp/service.log", NAME, NULL);
	_exit(127);
}

/* The sum of a metric in the file, or UINT64_MAX: there is none. */
static uint64_t metric(const char *file, const char *name)
{
	uint64_t sum = 0, value;
	bool found = false;
	char line[256];
	FILE *f = fopen(file, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, strlen(name)) || !strrchr(line, ' '))
			continue;
		value = strtoull(strrchr(line, ' '), NULL, 10);
		sum += value;
		found = true;
	}
	if (f)
		fclose(f);
	return found ? sum : UINT64_MAX;
}

static int runs(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_service(void)
{
	pid_t pid = start_evlog();
	unsigned int alive;

	ok(hear("READY=1", "READY=1", 20000) == 1, "evlog is ready", "nothing was heard of it");
	alive = hear("WATCHDOG=1", NULL, 5 * WATCHDOG_MS);
	ok(alive >= 5, "it lives while nothing comes", "%u signs of it in five times its time",
	   alive);
	generate_some(NAME, 3, RECORDS, 16, 64);
	ok(hear("STATUS=", "STATUS=1000 events, 0 lost", 15000) >= 1,
	   "its status tells what came", "it never did");
	sleep_ms(200);
	ok_equal(metric("/tmp/service.prom", "evlog_events_total{"), 2 * RECORDS,
		 "so do the metrics, every few seconds");
	ok_equal(metric("/tmp/service.prom", "evlog_lag_events{"), 0, "nothing waits");
	kill(pid, SIGSTOP);
	hear("", NULL, WATCHDOG_MS);
	ok_equal(hear("WATCHDOG=1", NULL, 3 * WATCHDOG_MS), 0, "when it hangs no sign of life comes");
	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	ok(hear("STOPPING=1", "STOPPING=1", 10000) == 1, "it tells that it stops",
	   "nothing was heard of it");
	ok_equal((uint64_t)child_status(pid), 0, "and ends well");
}

static void test_dry_run(void)
{
	int fd = channel_open(NAME, O_RDWR);

	ok_equal((uint64_t)runs("evlog --dry-run --lossless --new --output /tmp/none " NAME
				" >/tmp/plan"), 0, "a dry run of a lossless log");
	ok_equal((uint64_t)runs("grep -q 'waiting for more, lossless' /tmp/plan"), 0,
		 "it says what it would do");
	ok(access("/tmp/none", F_OK), "no file was made", "there is one");
	ok_equal(channel_stats(fd).readers, 1, "nobody reads");
	close(fd);
}

static void test_top(void)
{
	ok_equal((uint64_t)runs("(sleep 1; evringctl attach " NAME
				" gen:count=300,cpus=0-1,wait) & evlog top --batch 6 --delay 0.5 " NAME
				" >/tmp/top && wait"), 0, "evlog top --batch, of a live channel");
	ok_equal((uint64_t)runs("grep -Eq '^generator .* 600$' /tmp/top"), 0, "it counts what comes");
	ok_equal((uint64_t)runs("grep -Eq '^1 .* 300 +0 +0 +0$' /tmp/top"), 0, "on which CPU");
	ok_equal((uint64_t)runs("evringctl freeze " NAME " && evringctl attach " NAME
				" gen:count=7,cpus=0,wait >/tmp/attached; evringctl thaw " NAME), 0,
		 "events are dropped");
	ok_equal((uint64_t)runs("(sleep 1; evringctl freeze " NAME "; evringctl attach " NAME
				" gen:count=7,cpus=0,wait; evringctl thaw " NAME
				") >/tmp/attached & evlog top --batch 8 --delay 0.5 >/tmp/top && wait"), 0,
		 "of all channels");
	ok_equal((uint64_t)runs("grep -q '^LOST 7 events: 0 overrun, 7 dropped' /tmp/top"), 0,
		 "it tells what is lost from its start on");
}

int main(void)
{
	channel_create_as(NAME, (struct evring_create_args){ .data_size = 1 << 20,
							     .mode = 0660 });
	listen_there();
	test_service();
	test_dry_run();
	test_top();
	channel_remove(NAME);
	return result();
}
