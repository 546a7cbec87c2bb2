// SPDX-License-Identifier: GPL-2.0
/*
 * Perf counters as a source: a tracepoint's records are the events there were, as a direct probe
 * sees them; a filter and a process let only theirs through; kprobes and clocks; a probe on
 * evring's own paths, and on the handling of NMIs; what cannot be is refused. Attaching and
 * detaching in a loop under load leaves nothing behind.
 *
 * Thousands of times code of the kernel is patched here while it runs: see accel_args() of
 * tests/vm/run.
 *
 * vm: --smp 2 --nmi 50 --in-turn
 * timeout: 480
 */
#define NAME "counters"
#include "counter.h"
#include <sys/stat.h>
#include <sys/wait.h>

#define CHILDREN 40

/* Run the program "true" in a child; its number. */
static pid_t run_true(void)
{
	pid_t pid = (pid_t)must(fork(), "fork");

	if (!pid) {
		execlp("true", "true", (char *)NULL);
		_exit(127);
	}
	must(waitpid(pid, NULL, 0), "waitpid");
	return pid;
}

/* What is in the channel: records by type, and of which thread they are. */
struct seen {
	uint32_t records, losses;
	uint32_t by_type[0x10000];
	uint32_t of_pid;
	uint32_t nmi;
	uint32_t user;
};

static struct seen seen;

static void look(int32_t pid)
{
	struct evring_event ev;
	struct evring r;

	memset(&seen, 0, sizeof(seen));
	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		const struct evring_common *common = ev.payload;
		const struct evring_event_sample *sample = ev.payload;

		if (ev.kind != EVRING_RECORD) {
			seen.losses++;
			continue;
		}
		seen.records++;
		seen.by_type[ev.type & 0xffff]++;
		seen.of_pid += common->pid == pid;
		seen.nmi += (common->flags & 0x40) != 0;
		seen.user += ev.type == EVRING_TYPE_SAMPLE && sample->user_mode && common->pid == pid;
	}
	evring_close(&r);
}

static void fresh(void)
{
	channel_create(NAME, 4 << 20, 0);
}

/* --- truth ------------------------------------------------------------------------- */

/* Programs are executed, and recorded by their tracepoint and by a direct probe. */
static void record_execs(void)
{
	fresh();
	must_count("sched/sched_process_exec", 0);
	probe(NAME, EVRING_PROBE_EXEC);
	for (int i = 0; i < CHILDREN; i++)
		run_true();
	detach(NAME, 0);
}

static void as_a_probe_sees_it(void)
{
	uint64_t id = event_id("sched/sched_process_exec");

	record_execs();
	look(0);
	ok_equal(seen.losses, 0, "nothing was lost");
	ok_equal(seen.by_type[id], CHILDREN, "a tracepoint's records are the events there were");
	ok_equal(seen.by_type[EVRING_TYPE_EXEC], CHILDREN, "as a direct probe sees them");
	channel_remove(NAME);
}

/* Where the format text of sched_process_exec says that the file name's __data_loc is. */
static uint32_t filename_at(void)
{
	static const char path[] = TRACEFS "/events/sched/sched_process_exec/format";
	static const char field[] = "__data_loc char[] filename;";
	char text[4096] = "", *at;
	int fd = (int)must(open(path, O_RDONLY | O_CLOEXEC), path);

	must(read(fd, text, sizeof(text) - 1), path);
	close(fd);
	at = strstr(text, field);
	at = at ? strstr(at, "offset:") : NULL;
	if (!at)
		bail("no such field in %s", path);
	return (uint32_t)strtoul(at + strlen("offset:"), NULL, 10);
}

/* The file name of an exec, whose __data_loc is at @at. */
static void take_name(char *to, size_t room, const struct evring_event *ev, uint32_t at)
{
	uint32_t loc = 0;

	if (at + sizeof(loc) <= ev->len)
		memcpy(&loc, (const char *)ev->payload + at, sizeof(loc));
	if ((loc & 0xffff) + (loc >> 16) <= ev->len)
		snprintf(to, room, "%s", (const char *)ev->payload + (loc & 0xffff));
}

static void same_fields(void)
{
	uint32_t equal = 0, n = 0, at = filename_at();
	struct evring_event ev;
	char names[2][256] = { "", "" };
	struct evring r;

	record_execs();
	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		bool direct = ev.type == EVRING_TYPE_EXEC;

		take_name(names[direct], sizeof(names[0]), &ev,
			  direct ? offsetof(struct evring_event_exec, filename_loc) : at);
		n++;
		equal += n % 2 == 0 && names[0][0] && !strcmp(names[0], names[1]);
	}
	evring_close(&r);
	ok_equal(n, 2 * CHILDREN, "each event comes twice, as a counter and as a probe have it");
	ok_equal(equal, CHILDREN, "both with the same file name");
	channel_remove(NAME);
}

static void filtered(void)
{
	static const char instance[] = TRACEFS "/instances/evring_test";
	uint64_t id = event_id("sched/sched_process_exit");
	char filter[80];
	pid_t last;

	fresh();
	must(mkdir(instance, 0700), "mkdir of a tracefs instance");
	snprintf(filter, sizeof(filter), "pid >= %d && pid < %d", 2, 2);
	must(file_put(TRACEFS "/instances/evring_test/events/sched/sched_process_exit/filter",
		      "comm == \"no-such\""), "filter");
	must(count_tracepoint("sched/sched_process_exit", 0, "evring_test/sched/sched_process_exit"),
	     "ATTACH with a filter");
	for (int i = 0; i < CHILDREN; i++)
		last = run_true();
	snprintf(filter, sizeof(filter), "pid == %d", last + 3);
	must(file_put(TRACEFS "/instances/evring_test/events/sched/sched_process_exit/filter", filter),
	     "filter");
	for (int i = 0; i < 5; i++)
		run_true();
	ok(rmdir(instance) && errno == EBUSY, "an instance stays while a source filters by it", "it went");
	detach(NAME, 0);
	look(last + 3);
	ok_equal(seen.by_type[id], 1, "only what the filter lets through is recorded");
	ok_equal(seen.of_pid, 1, "and it is that");
	ok_errno(rmdir(instance), 0, "the instance goes when the source has");
	channel_remove(NAME);
}

/* Calls getppid() @n times in a child's thread. */
static void *call(void *arg)
{
	for (int i = 0; i < *(int *)arg; i++)
		syscall(SYS_getppid);
	return NULL;
}

static void only_a_process(void)
{
	int go[2], n = 100;
	pid_t pid;
	int source;

	fresh();
	must(pipe(go), "pipe");
	pid = (pid_t)must(fork(), "fork");
	if (!pid) {
		pthread_t thread;
		char c;

		if (read(go[0], &c, 1) != 1)
			_exit(1);
		call(&n);
		pthread_create(&thread, NULL, call, &n);
		pthread_join(thread, NULL);
		if (!fork()) {
			call(&n);
			_exit(0);
		}
		wait(NULL);
		_exit(0);
	}
	kprobe("p:evring_test/ppid __x64_sys_getppid\n");
	source = (int)must(count_tracepoint("evring_test/ppid", pid, NULL), "ATTACH to a process");
	call(&n);
	must(write(go[1], "x", 1), "go");
	must(waitpid(pid, NULL, 0), "waitpid");
	look(pid);
	ok_equal(seen.records, 3 * (uint64_t)n, "a process, its new threads and its children are counted, others not");
	ok_equal(seen.of_pid, (uint64_t)n, "each thread under its own number");
	ok_errno(detach(NAME, (uint32_t)source), 0, "a source whose process has ended is detached as any");
	ok_errno(count_tracepoint("evring_test/ppid", pid, NULL), ESRCH, "a process that is no more is refused");
	ok_errno(file_put(TRACEFS "/kprobe_events", "-:evring_test/ppid\n") ? -1 : 0, 0, "and the kprobe can go");
	close(go[0]);
	close(go[1]);
	channel_remove(NAME);
}

/* --- clocks and counters ------------------------------------------------------------ */

static void spin_ms(long ms)
{
	uint64_t until = now_ns() + (uint64_t)ms * 1000000;

	while (now_ns() < until)
		;
}

static void clocks(void)
{
	int32_t self = (int32_t)syscall(SYS_gettid);

	fresh();
	must(count((struct evring_perf_args){ .type = PERF_TYPE_SOFTWARE, .period = 1000000,
					      .config = PERF_COUNT_SW_CPU_CLOCK }), "ATTACH of a clock");
	must(count((struct evring_perf_args){ .type = PERF_TYPE_SOFTWARE, .period = 97,
					      .flags = EVRING_PERF_FREQUENCY,
					      .config = PERF_COUNT_SW_TASK_CLOCK, .pid = self }),
	     "ATTACH of a task's clock");
	must(count((struct evring_perf_args){ .type = PERF_TYPE_SOFTWARE, .period = 1,
					      .config = PERF_COUNT_SW_PAGE_FAULTS }),
	     "ATTACH of page faults");
	run_true();
	spin_ms(300);
	detach(NAME, 0);
	look(self);
	ok(seen.by_type[EVRING_TYPE_SAMPLE] > 20, "clocks and counters give samples", "%u of them",
	   seen.by_type[EVRING_TYPE_SAMPLE]);
	ok(seen.user > 3, "among them those of a program that runs", "%u of them", seen.user);
	channel_remove(NAME);
}

/* --- in evring's own paths ----------------------------------------------------------- */

static void in_our_own_paths(void)
{
	static const char * const paths[] = { "evring_ring_reserve", "evring_ring_commit",
					     "evring_wake_work", "evring_recheck", "generator_burst" };
	struct evring_generator_args g = {
		.flags = EVRING_GENERATOR_RESERVE | EVRING_GENERATOR_WAIT, .payload_min = 64,
		.payload_max = 64, .count = 1000,
	};
	struct evring_channel_stats stats;
	char line[120];
	bool emit;
	int fd;

	fresh();
	/* Who may probe what must not be traced is the kernel's choice: one without ftrace lets us. */
	emit = !file_put(TRACEFS "/kprobe_events", "p:evring_test/emit evring_ring_emit\n");
	if (emit)
		must_count("evring_test/emit", 0);
	else
		ok(errno == EINVAL, "a probe on evring_emit() is refused", "%s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(line, sizeof(line), "p:evring_test/%s %s\n", paths[i], paths[i]);
		kprobe(line);
		snprintf(line, sizeof(line), "evring_test/%s", paths[i]);
		must_count(line, 0);
	}
	must_count("irq_vectors/irq_work_entry", 0);
	must_count("timer/hrtimer_start", 0);
	fd = channel_open(NAME, O_RDONLY);
	generate(NAME, &g);
	poll_for(fd, 100);
	generate(NAME, &g);
	stats = channel_stats(fd);
	close(fd);
	detach(NAME, 0);
	look(0);
	ok_equal(seen.by_type[EVRING_TYPE_GENERATOR], 2000ULL * online_cpus(),
		 "a probe on the way of every record leaves the records whole");
	ok_equal(stats_dropped(&stats), 0, "and drops none");
	if (emit)
		kprobe("-:evring_test/emit\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(line, sizeof(line), "-:evring_test/%s\n", paths[i]);
		ok_errno(file_put(TRACEFS "/kprobe_events", line) ? -1 : 0, 0, "and the probe can go");
	}
	channel_remove(NAME);
}

static void in_nmis(void)
{
	fresh();
	must_count("nmi/nmi_handler", 0);
	for (int i = 0; i < 100 && seen.nmi < 10; i++) {
		generate_some(NAME, 0, 2000, 64, 64);
		sleep_ms(50);
		look(0);
	}
	ok(seen.nmi >= 10, "events in NMIs are recorded", "%u of them", seen.nmi);
	channel_remove(NAME);
}

/* --- the rest ------------------------------------------------------------------------ */

static void refused(void)
{
	struct evring_perf_args good = { .type = PERF_TYPE_SOFTWARE, .period = 1,
					 .config = PERF_COUNT_SW_CONTEXT_SWITCHES };
	struct evring_perf_args bad;
	uint64_t id = event_id("sched/sched_switch");

	fresh();
#define REFUSED(error, what, ...) \
	(bad = good, __VA_ARGS__, ok_errno(count(bad), error, what " is refused"))
	REFUSED(EINVAL, "a period of nothing", bad.period = 0);
	REFUSED(EINVAL, "an unknown flag", bad.flags = 2);
	REFUSED(EINVAL, "a reserved field", bad.reserved[2] = 1);
	REFUSED(EINVAL, "a negative process", bad.pid = -1);
	REFUSED(ESRCH, "a process that there is not", bad.pid = 4000000);
	REFUSED(ENODEV, "a counter that there is not", bad.type = 12345);
	REFUSED(EINVAL, "a filter on a clock", bad.filter = (uintptr_t)"a/b/c", bad.filter_size = 6);
	good.type = PERF_TYPE_TRACEPOINT;
	good.config = id;
	REFUSED(ERANGE, "an id that is ours", bad.config = EVRING_TYPE_PADDING);
	REFUSED(EINVAL, "a tracepoint that there is not", bad.config = 0x7fff);
	REFUSED(EINVAL, "a frequency of events", bad.flags = EVRING_PERF_FREQUENCY);
	REFUSED(EINVAL, "a filter without an event", bad.filter = (uintptr_t)"a/b", bad.filter_size = 4);
	REFUSED(EINVAL, "too long a filter", bad.filter = (uintptr_t)"", bad.filter_size = 257);
	REFUSED(EFAULT, "a bad address", bad.filter = 8, bad.filter_size = 8);
	REFUSED(ENODEV, "an instance that there is not", bad.filter = (uintptr_t)"no/sched/sched_switch",
		bad.filter_size = 22);
	must(mkdir(TRACEFS "/instances/evring_test", 0700), "mkdir");
	ok_errno(count_tracepoint("sched/sched_switch", 0, "evring_test/sched/sched_waking"), EINVAL,
		 "a filter of another event is refused");
	ok_errno(rmdir(TRACEFS "/instances/evring_test"), 0, "and leaves no reference behind");
	channel_remove(NAME);
}

static void *load(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED))
		sched_yield();
	return NULL;
}

static void over_and_over(void)
{
	bool stop = false;
	uint32_t well = 0;
	pthread_t threads[3];

	fresh();
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, load, &stop);
	for (int i = 0; i < 30; i++) {
		well += count_tracepoint("sched/sched_switch", 0, NULL) > 0;
		well += count_tracepoint("raw_syscalls/sys_enter", (int32_t)getpid(), NULL) > 0;
		detach(NAME, 0);
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	ok_equal(well, 60, "sources come and go in a loop under load");
	must_count("sched/sched_switch", 0);
	ok_errno(channel_remove(NAME), 0, "and with the channel");
}

static void module_goes(void)
{
	uint64_t id;

	fresh();
	module_load("evring_pulse", "period_ms=10");
	kprobe("p:evring_test/beat evring_pulse:beat\n");
	id = event_id("evring_test/beat");
	must_count("evring_test/beat", 0);
	sleep_ms(300);
	ok_errno(module_unload("evring_pulse"), 0, "a module whose function is probed can go");
	look(0);
	ok(seen.by_type[id] > 3, "what happened before is recorded", "%u", seen.by_type[id]);
	detach(NAME, 0);
	ok_errno(file_put(TRACEFS "/kprobe_events", "-:evring_test/beat\n") ? -1 : 0, 0, "its kprobe can go after it");
	channel_remove(NAME);
}

/* What takes a kprobe. */
static void by_kprobes(void)
{
	if (access(TRACEFS "/kprobe_events", F_OK)) {
		printf("# this kernel has no kprobe events: that part is left out\n");
		return;
	}
	only_a_process();
	in_our_own_paths();
	module_goes();
}

int main(void)
{
	as_a_probe_sees_it();
	same_fields();
	filtered();
	clocks();
	by_kprobes();
	in_nmis();
	refused();
	over_and_over();
	return result();
}
