// SPDX-License-Identifier: GPL-2.0
/* The table of recorders, and how they are started, halted and ended. */
#include "recorder.h"
#include "tracefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS	30000U	/* until it records */
#define END_S		300U	/* until it has ended */
#define SETTLE_US	200000U	/* until the last of its processes does what the first tells */
#define BUFFER_KIB	TRACEFS "/buffer_size_kb"

/* --- what runs -------------------------------------------------------------------------- */

/* The next word of a command. */
__printf(2, 3) static void word(char (**words)[RECORDER_WORD], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(**words, RECORDER_WORD, format, args);
	va_end(args);
	(*words)++;
}

static void evlog_command(const struct logging *l, char (*words)[RECORDER_WORD])
{
	word(&words, "--quiet");
	word(&words, "--format");
	word(&words, "raw");
	if (l->recorder->flags & RECORDER_DIRECT)
		word(&words, "--direct");
	word(&words, "--output");
	word(&words, "%s", l->path);
	word(&words, "%s", l->ch.name);
}

/*
 * Build ids would have perf read its file again at the end, and for what BPF programs come and go it
 * has a thread whose end it awaits for a second: neither tells of our events.
 */
static void perf_command(const struct logging *l, char (*words)[RECORDER_WORD])
{
	word(&words, "record");
	word(&words, "--no-buildid");
	word(&words, "--no-buildid-cache");
	word(&words, "--no-bpf-event");
	word(&words, "--all-cpus");
	word(&words, "--mmap-pages=%lluK", (unsigned long long)l->opts->ring / 1024);
	word(&words, "--delay=-1");
	word(&words, "--control=fd:%d,%d", l->orders[0], l->answers[1]);
	word(&words, "--event=evring_peers:peers_record");
	word(&words, "--output=%s", l->path);
}

static void trace_cmd_command(const struct logging *l, char (*words)[RECORDER_WORD])
{
	word(&words, "record");
	word(&words, "--compression");
	word(&words, "none");
	word(&words, "-b");
	word(&words, "%llu", (unsigned long long)l->opts->ring / 1024);
	word(&words, "-e");
	word(&words, "evring_peers:peers_record");
	word(&words, "-o");
	word(&words, "%s", l->path);
}

/* --- is it recording yet? ----------------------------------------------------------------- */

static int file_ready(struct logging *l)
{
	return !access(l->path, F_OK);
}

static int perf_prepare(struct logging *l)
{
	if (pipe(l->orders) || pipe(l->answers))
		return fail("no pipe for perf: %s", strerror(errno));
	return write(l->orders[1], "enable\n", 7) == 7 ? 0 : fail("perf cannot be told anything");
}

/* It answers when it has done what it was told: ack. */
static int perf_ready(struct logging *l)
{
	char answer[8];
	int flags = fcntl(l->answers[0], F_GETFL);

	fcntl(l->answers[0], F_SETFL, flags | O_NONBLOCK);
	return read(l->answers[0], answer, sizeof(answer)) > 0;
}

/* So large tracefs's own buffer was, or would have been when first used; KiB a CPU. */
static unsigned long long buffer_was;

static int trace_cmd_prepare(struct logging *l)
{
	FILE *in = fopen(BUFFER_KIB, "re");
	char text[64] = "";

	(void)l;
	if (in && !fgets(text, sizeof(text), in))
		text[0] = '\0';
	if (in)
		fclose(in);
	if (sscanf(text, "%*u (expanded: %llu)", &buffer_was) == 1 ||
	    sscanf(text, "%llu", &buffer_was) == 1)
		return 0;
	return fail(BUFFER_KIB " cannot be read");
}

static int trace_cmd_ready(struct logging *l)
{
	(void)l;
	return tracefs_number(TRACEFS "/events/" LOGGED_EVENT "/enable") &&
	       tracefs_number(TRACEFS "/tracing_on");
}

static void trace_cmd_finish(struct logging *l)
{
	char text[24];

	(void)l;
	snprintf(text, sizeof(text), "%llu", buffer_was);
	tracefs_put(BUFFER_KIB, text);
	tracefs_put(TRACEFS "/tracing_on", "1");
}

/* --- the table ---------------------------------------------------------------------------- */

const struct recorder recorders[] = {
	{
		.name = "evlog",
		.description = "logger: evlog --format raw, by the page cache",
		.program = "evlog",
		.package = "evring's own: make install",
		.flags = RECORDER_CHANNEL,
		.command = evlog_command,
		.ready = file_ready,
	},
	{
		.name = "evlog-direct",
		.description = "logger: the same with --direct",
		.program = "evlog",
		.package = "evring's own: make install",
		.flags = RECORDER_CHANNEL | RECORDER_DIRECT,
		.command = evlog_command,
		.ready = file_ready,
	},
	{
		.name = "read-write-4k",
		.description = "logger: read() of 4 KiB of the channel, and write()",
		.flags = RECORDER_CHANNEL,
		.buffer = 4U << 10,
		.loop = copying_loop,
		.ready = file_ready,
	},
	{
		.name = "read-write-64k",
		.description = "logger: the same of 64 KiB",
		.flags = RECORDER_CHANNEL,
		.buffer = 64U << 10,
		.loop = copying_loop,
		.ready = file_ready,
	},
	{
		.name = "read-write-1m",
		.description = "logger: the same of 1 MiB",
		.flags = RECORDER_CHANNEL,
		.buffer = 1U << 20,
		.loop = copying_loop,
		.ready = file_ready,
	},
	{
		.name = "perf-record",
		.description = "logger: perf record",
		.program = "perf",
		.package = "Debian's package linux-perf",
		.flags = RECORDER_DOUBLES,
		.command = perf_command,
		.prepare = perf_prepare,
		.ready = perf_ready,
	},
	{
		.name = "trace-cmd",
		.description = "logger: trace-cmd record",
		.program = "trace-cmd",
		.package = "Debian's package trace-cmd",
		.command = trace_cmd_command,
		.prepare = trace_cmd_prepare,
		.ready = trace_cmd_ready,
		.finish = trace_cmd_finish,
	},
};

const size_t recorders_count = ARRAY_SIZE(recorders);

/** recorder_find() - number of the recorder called @name, or -1. */
int recorder_find(const char *name)
{
	return name_find(name, &recorders[0].name, sizeof(recorders[0]), recorders_count);
}

static bool on_path(const char *program)
{
	const char *at = getenv("PATH");
	char path[PATH_MAX];
	size_t len;

	for (; at && *at; at += len + (at[len] == ':')) {
		len = strcspn(at, ":");
		snprintf(path, sizeof(path), "%.*s/%s", (int)len, at, program);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

/* A filesystem in memory may take the flag, and have nothing else than its page cache. */
static bool takes_direct(const char *folder)
{
	struct statfs fs;
	char path[PATH_MAX];
	int fd;

	if (statfs(folder, &fs) || fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return false;
	snprintf(path, sizeof(path), "%s/direct", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	unlink(path);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/**
 * recorder_missing() - why it cannot record here, or NULL.
 * @folder: where it would write, or NULL.
 */
const char *recorder_missing(const struct recorder *rec, const char *folder)
{
	static char why[160];

	if (rec->program && !on_path(rec->program)) {
		snprintf(why, sizeof(why), "%s is not on PATH (%s)", rec->program, rec->package);
		return why;
	}
	if (folder && rec->flags & RECORDER_DIRECT && !takes_direct(folder))
		return "its folder's filesystem has no O_DIRECT; name one on a disk by --output";
	return NULL;
}

/** recorder_list() - the recorders, and whether they can run here. */
void recorder_list(void)
{
	const struct recorder *rec;
	const char *why;

	for (rec = recorders; rec < recorders + recorders_count; rec++) {
		why = recorder_missing(rec, NULL);
		printf("%-16s %s%s%s\n", rec->name, rec->description, why ? "; not here: " : "",
		       why ? why : "");
	}
}

/* --- at work ------------------------------------------------------------------------------ */

static void close_pipe(int *ends)
{
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	ends[0] = -1;
	ends[1] = -1;
}

/* What it printed last, to be told with what went wrong. */
static const char *last_words(const struct logging *l)
{
	static char text[512];
	off_t size = lseek(l->said, 0, SEEK_END);
	off_t from = size < (off_t)sizeof(text) ? 0 : size - (off_t)sizeof(text) + 1;
	ssize_t got = pread(l->said, text, sizeof(text) - 1, from);

	text[got > 0 ? got : 0] = '\0';
	return text[0] ? text : "nothing";
}

/* In the new process. */
__attribute__((noreturn)) static void become(const struct logging *l)
{
	static char words[RECORDER_WORDS][RECORDER_WORD];
	char *argv[RECORDER_WORDS + 2];
	int i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(l->said, STDOUT_FILENO);
	dup2(l->said, STDERR_FILENO);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (l->recorder->loop)
		_exit(l->recorder->loop(l));
	l->recorder->command(l, words);
	/* The program's name is a literal that execvp() does not write to. */
	argv[0] = (char *)(uintptr_t)l->recorder->program;
	for (i = 0; i < RECORDER_WORDS && words[i][0]; i++)
		argv[i + 1] = words[i];
	argv[i + 1] = NULL;
	execvp(argv[0], argv);
	fail("%s: %s", argv[0], strerror(errno));
	_exit(127);
}

static int tell_end(const struct logging *l, int status)
{
	if (WIFSIGNALED(status))
		return fail("%s was killed by signal %d; it said: %s", l->recorder->name,
			    WTERMSIG(status), last_words(l));
	return fail("%s ended with status %d; it said: %s", l->recorder->name,
		    WEXITSTATUS(status), last_words(l));
}

static int await_ready(struct logging *l)
{
	unsigned int ms;
	int ready = 0, status;

	for (ms = 0; !ready && ms < PATIENCE_MS && !interrupted(); ms += 10) {
		ready = l->recorder->ready(l);
		if (waitpid(l->pid, &status, WNOHANG) == l->pid) {
			l->pid = 0;
			return tell_end(l, status);
		}
		usleep(10000);
	}
	if (!ready)
		return interrupted() ? fail("interrupted") :
			fail("%s does not record after %u s; it said: %s", l->recorder->name,
			     PATIENCE_MS / 1000, last_words(l));
	usleep(SETTLE_US);
	return ready < 0 ? -1 : 0;
}

static int make_channel(struct logging *l, uint32_t payload)
{
	/* A tracepoint's record has four bytes more: where its bytes are. */
	if (channel_make(&l->ch, l->opts, payload + 4))
		return -1;
	return channel_record(&l->ch, LOGGED_EVENT, &l->source);
}

/**
 * logging_start() - have @rec record; logging_close() it, also after a failure.
 * @folder: where to, an empty one.
 * @payload: bytes of payload of what will be recorded.
 */
int logging_start(struct logging *l, const struct recorder *rec, const struct options *opts,
		  const char *folder, uint32_t payload)
{
	memset(l, 0, sizeof(*l));
	l->recorder = rec;
	l->opts = opts;
	l->ch.control = -1;
	l->ch.device = -1;
	memset(l->orders, -1, sizeof(l->orders));
	memset(l->answers, -1, sizeof(l->answers));
	snprintf(l->path, sizeof(l->path), "%s/log", folder);
	l->said = memfd_create("said", MFD_CLOEXEC);
	if (l->said < 0)
		return fail("no memory for what %s says: %s", rec->name, strerror(errno));
	if (rec->flags & RECORDER_CHANNEL && make_channel(l, payload))
		return -1;
	if (rec->prepare && rec->prepare(l))
		return -1;
	fflush(NULL);
	l->pid = fork();
	if (!l->pid)
		become(l);
	if (l->pid < 0) {
		l->pid = 0;
		return fail("no process for %s: %s", rec->name, strerror(errno));
	}
	setpgid(l->pid, l->pid);
	return await_ready(l);
}

/** logging_halt() - stop all its processes where they are; logging_end() lets them go on. */
int logging_halt(struct logging *l)
{
	int status;

	if (kill(-l->pid, SIGSTOP) || waitpid(l->pid, &status, WUNTRACED) != l->pid)
		return fail("%s cannot be stopped: %s", l->recorder->name, strerror(errno));
	usleep(SETTLE_US);
	if (WIFSTOPPED(status))
		return 0;
	l->pid = 0;
	return tell_end(l, status);
}

/* Its only purpose is that wait4() ends. */
static void on_alarm(int number)
{
	(void)number;
}

/**
 * logging_end() - ask it to write what there is and to end, and wait for that.
 * @usage: the resources that it, and what it has started and waited for, took.
 *
 * perf ends by the very signal that asked it to.
 */
int logging_end(struct logging *l, struct rusage *usage)
{
	struct sigaction timed = { .sa_handler = on_alarm };
	pid_t pid = l->pid, got;
	int status;

	sigaction(SIGALRM, &timed, NULL);
	alarm(END_S);
	kill(-pid, SIGINT);
	kill(-pid, SIGCONT);
	got = wait4(pid, &status, 0, usage);
	alarm(0);
	if (got != pid)
		return interrupted() ? fail("interrupted") :
			fail("%s does not end; it said: %s", l->recorder->name, last_words(l));
	l->pid = 0;
	if ((WIFEXITED(status) && !WEXITSTATUS(status)) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT))
		return 0;
	return tell_end(l, status);
}

/* The most memory that process @pid had, if it is one of group @group; bytes. */
static uint64_t peak_of(const char *pid, pid_t group)
{
	unsigned long long kib = 0;
	char path[300], line[256];
	int of = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (!fgets(line, sizeof(line), in) || !strrchr(line, ')') ||
	    sscanf(strrchr(line, ')'), ") %*c %*d %d", &of) != 1)
		of = 0;
	fclose(in);
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	in = of == group ? fopen(path, "re") : NULL;
	if (!in)
		return 0;
	while (fgets(line, sizeof(line), in))
		if (sscanf(line, "VmHWM: %llu", &kib) == 1)
			break;
	fclose(in);
	return (uint64_t)kib << 10;
}

/** logging_memory() - the most memory that its processes had resident so far, bytes. */
uint64_t logging_memory(const struct logging *l)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	uint64_t sum = 0;

	while (proc && (entry = readdir(proc)))
		if (entry->d_name[0] > '0' && entry->d_name[0] <= '9')
			sum += peak_of(entry->d_name, l->pid);
	if (proc)
		closedir(proc);
	return sum;
}

/** logging_close() - the end of it, and of a process that has not ended. */
void logging_close(struct logging *l)
{
	if (l->pid) {
		kill(-l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
		l->pid = 0;
	}
	if (l->recorder->finish)
		l->recorder->finish(l);
	close_pipe(l->orders);
	close_pipe(l->answers);
	if (l->said >= 0)
		close(l->said);
	channel_stop(&l->ch, l->source);
	channel_remove(&l->ch);
}
