// SPDX-License-Identifier: GPL-2.0
/*
 * A service manager's ear: listen SOCKET COMMAND..., where SOCKET is a path, or a name with @ in
 * front. Runs the command with NOTIFY_SOCKET and WATCHDOG_PID, prints each datagram on standard
 * error as a line "heard ...", its own lines with a space between, and exits as the command does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int ear(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strncpy(at.sun_path, name, sizeof(at.sun_path) - 1);
	if (*name == '@')
		at.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)))) {
		perror(name);
		exit(125);
	}
	return fd;
}

static void hear(int fd)
{
	char text[512], *s;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text) - 1)) >= 0) {
		text[n] = '\0';
		for (s = text; (s = strchr(s, '\n'));)
			*s = ' ';
		fprintf(stderr, "heard %s\n", text);
	}
}

static pid_t start(const char *name, char **argv)
{
	pid_t pid = fork();
	char self[16];

	if (pid)
		return pid;
	snprintf(self, sizeof(self), "%d", getpid());
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_PID", self, 0);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int status = 0;
	sigset_t child;
	pid_t pid;

	if (argc < 3)
		return 125;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fds[0].fd = ear(argv[1]);
	pid = start(argv[1], argv + 2);
	sigprocmask(SIG_BLOCK, &child, NULL);
	fds[1].fd = signalfd(-1, &child, SFD_CLOEXEC);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		poll(fds, 2, 100);
		hear(fds[0].fd);
	}
	hear(fds[0].fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
