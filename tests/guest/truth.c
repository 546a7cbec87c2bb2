// SPDX-License-Identifier: GPL-2.0
/*
 * What perf counters bring is what happened: one workload is recorded at the same time by evring
 * and by trace-cmd, which reads the kernel's own trace buffer and shares nothing with perf, the
 * module or evlog but the tracepoints and the text that describes them. Programs that are
 * executed, the switches of a task that is kept on one CPU, from its first to its last, the
 * system calls of one process and a kprobe: both have as many events of each, as many as there
 * were where that is known, on the same CPU, by the same thread, with the same value in every
 * field. Their time stamps interleave: of an event neither is later than any of the next one.
 * Both say that they lost nothing.
 *
 * Not compared are the head's flags and depth of preempt_count: perf and the trace buffer take
 * them a function apart. perf leaves out an event that happens while it handles another one in
 * the same context on the same CPU; nothing in this workload does.
 *
 * vm: --smp 2 --with /usr/bin/trace-cmd
 * timeout: 240
 */
#define NAME	"truth"
#include "counter.h"
#include <sys/prctl.h>

#define OUT	"/tmp/truth.out"
#define OURS	"/tmp/truth.ours"
#define THEIRS	"/tmp/truth.theirs"
#define DATA	"/tmp/truth.dat"
#define PIDS	"/tmp/truth.pids"
#define PROGRAM	"/tmp/truth.program."

#define EXECS	40
#define ROUNDS	300
#define CALLS	300

/* --- the workload: "truth work", a child of trace-cmd's ------------------------------- */

/* The calls of one process; getppid() is the first and the last one, and nowhere else. */
static void calls(void)
{
	syscall(SYS_getppid);
	for (long i = 0; i < CALLS; i++) {
		syscall(SYS_getpgid, i % 2 ? -i : i);
		syscall(SYS_lseek, -1, INT64_MIN + i, SEEK_SET);
	}
	syscall(SYS_getppid);
}

static pid_t start_caller(int go)
{
	pid_t pid = child();
	char c;

	if (pid)
		return pid;
	prctl(PR_SET_NAME, "truth: a=1 b");
	if (read(go, &c, 1) != 1)
		_exit(1);
	calls();
	_exit(0);
}

/* Programs of different names, on all CPUs in turn, one after the other. */
static void execute(void)
{
	char path[64];
	pid_t pid;

	for (unsigned int i = 0; i < EXECS; i++) {
		snprintf(path, sizeof(path), PROGRAM "%u", i);
		unlink(path);
		must(symlink("/bin/busybox", path), path);
		pid = child();
		if (!pid) {
			pin(i % online_cpus());
			execl(path, "true", (char *)NULL);
			_exit(127);
		}
		if (child_status(pid))
			bail("%s did not run", path);
		unlink(path);
	}
}

static void pass_on(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1 && write(to, &c, 1) == 1)
		;
	_exit(0);
}

static void ping(int from, int to)
{
	char c = 0;

	prctl(PR_SET_NAME, "truth: ping");
	for (int i = 0; i < ROUNDS; i++)
		if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
			_exit(1);
	_exit(0);
}

/*
 * Two tasks that wake each other, born and buried on the CPU that the caller stays on: once it
 * runs there again, the last switch away from them is over, for all who record it.
 */
static pid_t ping_pong(void)
{
	int there[2], back[2];
	pid_t players[2];

	pin(online_cpus() - 1);
	must(pipe2(there, O_CLOEXEC), "pipe");
	must(pipe2(back, O_CLOEXEC), "pipe");
	players[0] = child();
	if (!players[0])
		ping(back[0], there[1]);
	players[1] = child();
	if (!players[1]) {
		close(there[1]);
		pass_on(there[0], back[1]);
	}
	close(there[1]);
	for (int i = 0; i < 2; i++)
		if (child_status(players[i]))
			bail("ping-pong failed");
	return players[0];
}

static void work(void)
{
	pid_t caller, player;
	FILE *pids;
	int go[2];

	must(pipe2(go, O_CLOEXEC), "pipe");
	caller = start_caller(go[0]);
	must_count("sched/sched_process_exec", 0);
	must_count("sched/sched_switch", 0);
	must_count("evring_truth/asked", 0);
	must_count("raw_syscalls/sys_enter", caller);
	must_count("raw_syscalls/sys_exit", caller);
	must(write(go[1], "", 1), "go");
	if (child_status(caller))
		bail("the calls failed");
	execute();
	player = ping_pong();
	must(detach(NAME, 0), "DETACH");
	pids = fopen(PIDS, "w");
	if (!pids || fprintf(pids, "%d %d\n", caller, player) < 0 || fclose(pids))
		bail("%s: %s", PIDS, strerror(errno));
}

/* --- recording it --------------------------------------------------------------------- */

/* Run a command; what it says goes to OUT. */
__attribute__((format(printf, 1, 2)))
static void sh(const char *format, ...)
{
	char command[800];
	int n, status;
	va_list ap;

	va_start(ap, format);
	n = vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(command))
		bail("a command is too long");
	fflush(stdout);
	status = system(command);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		system("tail -n 20 " OUT);
		bail("%s: status %d", command, status);
	}
}

static void record(pid_t *caller, pid_t *player)
{
	char self[200] = "";
	FILE *pids;

	if (system("command -v trace-cmd >" OUT))
		bail("no trace-cmd on board: give tests/vm/run --with /usr/bin/trace-cmd (packaging/deps guest installs it)");
	must(readlink("/proc/self/exe", self, sizeof(self) - 1), "/proc/self/exe");
	unlink(PIDS);
	kprobe("p:evring_truth/asked __x64_sys_getpgid asked=+112(%di):s32 top=$stack0:x64 comm=$comm\n");
	sh("trace-cmd record -q -C mono -b 16384 -o " DATA " -e sched:sched_process_exec -e sched:sched_switch -e raw_syscalls -e evring_truth:asked %s work >" OUT " 2>&1",
	   self);
	sh("trace-cmd report -q -N -R -t -i " DATA " >" THEIRS " 2>" OUT);
	sh("evlog -q -j --no-follow " NAME " >" OURS " 2>" OUT);
	kprobe("-:evring_truth/asked\n");
	pids = fopen(PIDS, "r");
	if (!pids || fscanf(pids, "%d %d", caller, player) != 2) {
		system("grep -h '^not ok' " OUT);
		bail("the workload did not come to its end");
	}
	fclose(pids);
}

/* --- what was recorded ---------------------------------------------------------------- */

/**
 * struct event - a line of either recorder.
 * @name: of the event.
 * @cpu: where.
 * @pid: the thread that was running.
 * @time: nanoseconds, CLOCK_MONOTONIC.
 * @fields: the event's own, as the recorder has them.
 */
struct event {
	char name[32];
	unsigned int cpu;
	int pid;
	uint64_t time;
	char *fields;
};

/**
 * struct stream - events of one part of the workload, in the order of a recorder.
 * @n: how many.
 * @events: they.
 */
struct stream {
	size_t n;
	struct event events[8 * (CALLS + ROUNDS + EXECS)];
};

/* The parts. */
enum part { PART_EXEC, PART_SWITCH, PART_CALLS, PART_KPROBE, PARTS };

struct recording {
	struct stream parts[PARTS];
	pid_t caller;
	pid_t player;
	uint32_t losses;
};

static struct recording ours, theirs;

/* A number behind "NAME=" or behind "NAME":, whichever it is; 0: there is none. */
static long number_of(const struct event *e, const char *name)
{
	const char *at = strstr(e->fields, name);

	return at ? strtol(at + strlen(name) + strspn(at + strlen(name), "\":="), NULL, 10) : 0;
}

static enum part part_of(const struct event *e, const struct recording *of)
{
	if (!strcmp(e->name, "sched_process_exec") && strstr(e->fields, PROGRAM))
		return PART_EXEC;
	if (!strcmp(e->name, "sched_switch") &&
	    (number_of(e, "prev_pid") == of->player || number_of(e, "next_pid") == of->player))
		return PART_SWITCH;
	if (!strncmp(e->name, "sys_", 4) && e->pid == of->caller)
		return PART_CALLS;
	if (!strcmp(e->name, "asked") && e->pid == of->caller)
		return PART_KPROBE;
	return PARTS;
}

static void take(struct recording *to, struct event e)
{
	enum part part = part_of(&e, to);
	struct stream *s;

	if (part == PARTS)
		return;
	s = &to->parts[part];
	if (s->n == ARRAY_SIZE(s->events))
		bail("more events than the workload can have made");
	e.fields = strdup(e.fields);
	if (!e.fields)
		bail("no memory");
	s->events[s->n++] = e;
}

/* Is it a line of evlog --json? The fields are what follows the head. */
static bool scan_ours(char *line, struct event *e)
{
	unsigned long long s, ns;
	int at = 0;

	if (sscanf(line, "{\"event\":\"%31[^\"]\",\"time\":%llu.%9llu,\"cpu\":%u,\"seq\":%*u,\"system\":\"%*[^\"]\",\"pid\":%d%n",
		   e->name, &s, &ns, &e->cpu, &e->pid, &at) != 5 || !at)
		return false;
	e->time = s * 1000000000U + ns;
	e->fields = line + at;
	if (!strncmp(e->fields, ",\"comm\":\"", 9))
		e->fields += 9 + strcspn(e->fields + 9, "\"") + 1;
	return true;
}

/* Is it a line of trace-cmd report -R -t? The task's name may have anything in it. */
static bool scan_theirs(char *line, struct event *e)
{
	char *head = strstr(line, " ["), *pid = head;
	unsigned long long s, ns;
	int at = 0;

	while (pid && pid > line && *pid != '-')
		pid--;
	if (!pid || sscanf(pid, "-%d [%u] %llu.%9llu: %31[^:]: %n", &e->pid, &e->cpu, &s, &ns,
			   e->name, &at) != 5 || !at)
		return false;
	e->time = s * 1000000000U + ns;
	e->fields = line + at + (pid - line);
	return true;
}

static void read_lines(struct recording *to, const char *path,
		       bool (*scan)(char *line, struct event *e))
{
	FILE *f = fopen(path, "r");
	struct event e = { .pid = 0 };
	char *line = NULL;
	size_t room = 0;

	if (!f)
		bail("%s: %s", path, strerror(errno));
	while (getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (scan(line, &e))
			take(to, e);
		else if (strncmp(line, "cpus=", 5))
			to->losses++;
	}
	free(line);
	fclose(f);
}

/* Both began with the process under way; from its first call of getppid() to its last. */
static void trim(struct stream *s)
{
	size_t from = 0;

	while (s->n && (strcmp(s->events[s->n - 1].name, "sys_exit") ||
			number_of(&s->events[s->n - 1], "id") != SYS_getppid))
		s->n--;
	while (from < s->n && (strcmp(s->events[from].name, "sys_enter") ||
			       number_of(&s->events[from], "id") != SYS_getppid))
		from++;
	s->n -= from;
	memmove(s->events, s->events + from, s->n * sizeof(s->events[0]));
}

/* --- are they the same? ----------------------------------------------------------------- */

/* Does *@text start with @want? It is passed over then. */
static bool pass(const char **text, const char *want, size_t len)
{
	if (strncmp(*text, want, len))
		return false;
	*text += len;
	return true;
}

/* A number of JSON; in quotes if it is large. */
static uint64_t json_number(const char **json)
{
	bool quoted = pass(json, "\"", 1);
	char *end;
	uint64_t v = strtoull(*json, &end, 0);

	*json = end + quoted;
	return v;
}

static bool text_number(const char **text, int base, uint64_t want)
{
	char *end;
	uint64_t v = strtoull(*text, &end, base);

	if (end == *text || (*end && *end != ' ') || v != want)
		return false;
	*text = end;
	return true;
}

/* trace-cmd has an unsigned long in hexadecimal, without a mark: an address, large. */
static bool same_number(const char **json, const char **text)
{
	bool large = **json == '"';
	uint64_t want = json_number(json);

	return text_number(text, 0, want) || (large && text_number(text, 16, want));
}

/* A string, or a large number in quotes. None of the workload's has a letter that JSON escapes. */
static bool same_string(const char **json, const char **text)
{
	size_t len = strcspn(*json + 1, "\"");

	if (strncmp(*json + 1, *text, len) || ((*text)[len] && (*text)[len] != ' '))
		return same_number(json, text);
	*json += len + 2;
	*text += len;
	return true;
}

/* Longs, which trace-cmd has as ARRAY[of, their, bytes]. */
static bool same_array(const char **json, const char **text)
{
	char bytes[8 * 4 + 1];
	uint64_t v;

	if (!pass(text, "ARRAY[", 6))
		return false;
	do {
		++*json;
		v = json_number(json);
		for (int i = 0; i < 8; i++, v >>= 8)
			snprintf(bytes + 4 * i, 5, "%02x, ", (unsigned int)(v & 0xff));
		if (!pass(text, bytes, **json == ',' ? 32 : 30))
			return false;
	} while (**json == ',');
	return pass(json, "]", 1) && pass(text, "]", 1);
}

/* One field; where evlog's head has the same key, its own ends in _. */
static bool same_field(const char **json, const char **text)
{
	const char *key = *json + 2;
	size_t len = strcspn(key, "\"");

	*json = key + len + 2;
	*text += strspn(*text, " ");
	if (strncmp(*text, key, len) && key[len - 1] == '_')
		len--;
	if (!pass(text, key, len) || !pass(text, "=", 1))
		return false;
	*text += strspn(*text, " ");
	switch (**json) {
	case '[':
		return same_array(json, text);
	case '"':
		return same_string(json, text);
	default:
		return same_number(json, text);
	}
}

/* All fields, in the order of the format text, and no more. */
static bool same_fields(const char *json, const char *text)
{
	uint32_t n = 0;

	for (; *json == ','; n++)
		if (!same_field(&json, &text))
			return false;
	return n && !strcmp(json, "}") && !text[strspn(text, " ")];
}

static const char *difference(const struct event *a, const struct event *b)
{
	if (strcmp(a->name, b->name))
		return "another event";
	if (a->cpu != b->cpu)
		return "another CPU";
	if (a->pid != b->pid)
		return "another thread";
	return same_fields(a->fields, b->fields) ? NULL : "another value";
}

static uint64_t later(const struct event *a, const struct event *b)
{
	return a->time > b->time ? a->time : b->time;
}

static uint64_t earlier(const struct event *a, const struct event *b)
{
	return a->time < b->time ? a->time : b->time;
}

static void compare(const struct stream *a, const struct stream *b, const char *what)
{
	const char *differs = NULL;
	size_t n = a->n < b->n ? a->n : b->n, i, late;
	char say[200];

	printf("# %s: %zu\n", what, a->n);
	snprintf(say, sizeof(say), "%s: both have as many", what);
	ok_equal(a->n, b->n, say);
	for (i = 0; i < n && !differs; i++)
		differs = difference(&a->events[i], &b->events[i]);
	snprintf(say, sizeof(say), "%s: the same events, CPUs, threads and values of all fields", what);
	if (n)
		ok(!differs, say, "event %zu: %s: evring has %s on CPU %u by %d: %s; trace-cmd %s on CPU %u by %d: %s",
		   i - 1, differs, a->events[i - 1].name, a->events[i - 1].cpu, a->events[i - 1].pid,
		   a->events[i - 1].fields, b->events[i - 1].name, b->events[i - 1].cpu,
		   b->events[i - 1].pid, b->events[i - 1].fields);
	for (late = 1; late < n; late++)
		if (later(&a->events[late - 1], &b->events[late - 1]) >
		    earlier(&a->events[late], &b->events[late]))
			break;
	snprintf(say, sizeof(say), "%s: neither's time is later than any of the next event", what);
	ok(late >= n, say, "event %zu and the one before it", late);
}

/* What trace-cmd's report of the kernel's statistics says was lost, on all CPUs. */
static uint64_t lost_of_theirs(uint32_t *told)
{
	unsigned long long n, sum = 0;
	char line[200], *colon;
	FILE *f;

	sh("trace-cmd report --stat -i " DATA " >" OUT " 2>&1");
	f = fopen(OUT, "r");
	if (!f)
		bail("%s: %s", OUT, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		colon = strchr(line, ':');
		if (!colon || sscanf(colon, ": %llu", &n) != 1)
			continue;
		*colon = '\0';
		if (strcmp(line, "overrun") && strcmp(line, "commit overrun") &&
		    strcmp(line, "dropped events"))
			continue;
		++*told;
		sum += n;
	}
	fclose(f);
	return sum;
}

static void nothing_lost(void)
{
	int fd = channel_open(NAME, O_RDONLY);
	struct evring_channel_stats stats = channel_stats(fd);
	uint32_t told = 0;
	uint64_t lost;

	ok_equal(stats_dropped(&stats), 0, "evring dropped nothing");
	ok_equal(ours.losses, 0, "and evlog has no line that is not an event, such as an overrun");
	lost = lost_of_theirs(&told);
	ok_equal(told, 3 * online_cpus(), "trace-cmd tells of each CPU what was lost");
	ok_equal(lost, 0, "nothing");
	ok_equal(theirs.losses, 0, "and its report has no line that is not an event");
	close(fd);
}

static void compare_all(void)
{
	static const char *const what[PARTS] = {
		"sched_process_exec", "sched_switch of a pinned task", "raw_syscalls of a process",
		"a kprobe",
	};

	for (int i = 0; i < PARTS; i++)
		compare(&ours.parts[i], &theirs.parts[i], what[i]);
	ok_equal(ours.parts[PART_EXEC].n, EXECS, "as many programs as were executed");
	ok_equal(ours.parts[PART_CALLS].n, 2 * (2 + 2 * CALLS), "as many calls, and ends of calls, as there were");
	ok_equal(ours.parts[PART_KPROBE].n, CALLS, "the kprobe was hit as often as its function was called");
	ok(ours.parts[PART_SWITCH].n >= 2 * ROUNDS, "two switches for each round, at least", "%zu",
	   ours.parts[PART_SWITCH].n);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "work")) {
		work();
		return 0;
	}
	if (access(TRACEFS "/kprobe_events", F_OK))
		skip("this kernel has no kprobe events");
	channel_create(NAME, 16 << 20, 0);
	record(&ours.caller, &ours.player);
	theirs.caller = ours.caller;
	theirs.player = ours.player;
	read_lines(&ours, OURS, scan_ours);
	read_lines(&theirs, THEIRS, scan_theirs);
	trim(&ours.parts[PART_CALLS]);
	trim(&theirs.parts[PART_CALLS]);
	nothing_lost();
	compare_all();
	channel_remove(NAME);
	unlink(DATA);
	return result();
}
