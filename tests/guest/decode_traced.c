// SPDX-License-Identifier: GPL-2.0
/*
 * evlog decodes events of tracefs, which perf counters bring: text by the kernel's print fmt and
 * typed JSON, a kprobe that is made while evlog reads, and samples of a clock; its filters know
 * them by system and by field; an image of them is decoded where it was made, and shown as bytes
 * once nothing tells that it was made here.
 *
 * vm: --smp 2
 * timeout: 240
 */
#define NAME	"traced"
#include "counter.h"
#include <regex.h>
#include <sys/wait.h>

#define OUT	"/tmp/traced.out"
#define IMAGE	"/tmp/traced.image"

/* Run a command of the tools; what it says goes to OUT. */
static int sh(const char *command)
{
	char whole[500];
	int status;

	snprintf(whole, sizeof(whole), "%s >" OUT " 2>&1", command);
	fflush(stdout);
	status = system(whole);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

/* Lines of OUT that fit @pattern, an extended regular expression. */
static uint64_t lines_like(const char *pattern)
{
	static char line[1 << 16];
	FILE *f = fopen(OUT, "r");
	uint64_t n = 0;
	regex_t regex;

	if (!f || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		bail("%s: %s", pattern, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		n += !regexec(&regex, line, 0, NULL, 0);
	}
	regfree(&regex);
	fclose(f);
	return n;
}

static void some(const char *pattern, const char *what)
{
	bool found = lines_like(pattern) > 0;

	ok(found, what, "no line like %s: %d", pattern, found ? 0 : system("tail -n 5 " OUT " >&2"));
}

static void kernels_own(void)
{
	uint64_t all;

	must_count("sched/sched_switch", 0);
	must_count("sched/sched_process_exec", 0);
	must_count("sched/sched_wakeup", 0);
	sh("/bin/busybox usleep 20000");
	must(detach(NAME, 0), "DETACH");
	must(sh("evringctl snapshot " NAME " " IMAGE), "snapshot");

	sh("evlog -q " IMAGE);
	all = lines_like(" sched_[a-z_]+: ");
	some("\\] [^ ]+-[0-9]+ +sched_switch: prev_comm=.* prev_pid=[0-9]+ prev_prio=[0-9]+ prev_state=[A-Z+|]+ ==> next_comm=.* next_pid=[0-9]+ next_prio=[0-9]+$",
	     "sched_switch as text");
	some("sched_process_exec: filename=/bin/busybox pid=([0-9]+) old_pid=\\1$", "sched_process_exec as text");
	ok_equal(lines_like(""), all, "all are decoded");
	sh("evlog -q -j " IMAGE);
	some("^\\{\"event\":\"sched_switch\",.*,\"system\":\"sched\",\"pid\":([0-9]+),\"comm\":(\"[^\"]*\"),\"prev_comm\":\\2,\"prev_pid\":\\1,\"prev_prio\":[0-9]+,\"prev_state\":[0-9]+,",
	     "sched_switch as JSON");
	some("\"event\":\"sched_wakeup\",.*\"pid\":[0-9]+,.*\"comm_\":\"[^\"]*\",\"pid_\":[0-9]+,\"prio\":",
	     "keys that the head has are told apart");
	sh("evlog -q -e 'sched:*exec' " IMAGE);
	ok(lines_like("sched_process_exec:") == lines_like("") && lines_like("") > 0, "--event", "%d", 0);
	sh("evlog -q -w 'sched/sched_wakeup: target_cpu == 0' " IMAGE);
	ok(lines_like("sched_wakeup: .* target_cpu=000$") == lines_like("") && lines_like("") > 0,
	   "--where of an event that is named", "%d", 0);
	sh("evlog -q -w 'filename == \"/bin/busybox\"' " IMAGE);
	ok_equal(lines_like("sched_process_exec: "), 1, "--where of a field that evring's own has, too");
}

/* Made while evlog runs. */
static void made_meanwhile(void)
{
	pid_t pid;

	if (access(TRACEFS "/kprobe_events", F_OK)) {
		printf("# this kernel has no kprobe events: that part is left out\n");
		return;
	}
	pid = (pid_t)must(fork(), "fork");
	if (!pid) {
		sh("evlog -q --new --event 'evring_test:*' --count 3 " NAME);
		_exit(0);
	}
	usleep(1000000);
	kprobe("p:evring_test/asked __x64_sys_getppid number=$stack:u32\n");
	must_count("evring_test/asked", 0);
	while (!waitpid(pid, NULL, WNOHANG)) {
		getppid();
		usleep(10000);
	}
	some("asked: \\([0-9a-fx]+\\) number=[0-9]+$", "a kprobe that was made meanwhile");
	ok_equal(lines_like(" asked: "), 3, "and no record of it is shown as bytes");
	must(detach(NAME, 0), "DETACH");
	kprobe("-:evring_test/asked\n");
}

static void samples(void)
{
	volatile uint64_t n = 0;

	must(count((struct evring_perf_args){ .type = PERF_TYPE_SOFTWARE, .period = 10000000,
					      .config = PERF_COUNT_SW_CPU_CLOCK }), "ATTACH of a clock");
	while (n < 100000000)
		n++;
	must(detach(NAME, 0), "DETACH");
	sh("evlog -q --no-follow -e sample " NAME);
	some("\\] decode_traced-[0-9]+ +sample: comm=decode_traced ip=[0-9a-f]+ user=1 period=", "samples, with the task");
	sh("evlog -q --no-follow -j -e sample -w 'user_mode == 1' " NAME);
	some("\"comm\":\"decode_traced\",\"ip\":[0-9]+,\"period\":[0-9]+,\"perf_type\":1,\"user_mode\":1,\"perf_config\":0\\}$",
	     "as JSON");
}

int main(void)
{
	channel_create(NAME, 4 << 20, 16 << 10);
	kernels_own();
	made_meanwhile();
	samples();
	channel_remove(NAME);
	sh("evlog -q " IMAGE);
	some("type-[0-9]+: [0-9]+ bytes [0-9a-f]+$", "no channel tells where the image is from: bytes");
	ok_equal(lines_like("sched_"), 0, "and no name");
	return result();
}
