// SPDX-License-Identifier: GPL-2.0
/*
 * evlog --lossless --format raw, killed at random moments under a load that laps the ring in no
 * time: each record that it had acknowledged is in the files, in every run, whole, once; and
 * evlog verify finds nothing else than what the ring lost while nobody held it.
 *
 * evlog runs under ptrace: so it is known what each GATE answered and each ACK told, and it is
 * killed often right after an ACK, when the ring forgets. As many rounds as fit in some seconds;
 * log_killed N: N of them.
 *
 * vm: --smp 2
 */
#include "harness.h"

#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define NAME	"log_killed"
#define FOLDER	"/tmp/log_killed"
#define LOG	FOLDER "/log"
#define SECONDS	12
#define CPUS	64U
#define RUNS	400000U
#define SESSIONS 2000U

/**
 * struct session - a run of evlog.
 * @gated: what GATE answered: nothing from here on is lost to it.
 * @acked: what its last ACK told; 0: there was none.
 */
struct session {
	uint64_t gated[CPUS];
	uint64_t acked[CPUS];
};

/* Records @first to @end of @cpu are in a file. */
struct run {
	uint32_t cpu;
	uint64_t first;
	uint64_t end;
};

static struct session sessions[SESSIONS];
static unsigned int nsessions;
static struct run runs[RUNS];
static unsigned int nruns;
static uint32_t ncpus;
static uint64_t state = 1;

/* --- running evlog ---------------------------------------------------------------------- */

static pid_t start_evlog(bool durable)
{
	pid_t pid = child();

	if (pid)
		return pid;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execlp("evlog", "evlog", "--quiet", "--lossless", "--format", "raw", "--rotate-size", "1M",
	       "--output", LOG, durable ? "--durable" : "--deadline=5", NAME, NULL);
	_exit(127);
}

static bool peek(pid_t pid, uint64_t at, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)(uintptr_t)at, size };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* The sequence numbers of a GATE or an ACK that went well. */
static bool take_seqs(pid_t pid, uint64_t request, uint64_t at, struct session *s)
{
	struct evring_position_args ack;
	struct evring_gate_args gate;

	if (request == EVRING_IOC_GATE)
		return peek(pid, at, &gate, sizeof(gate)) &&
		       peek(pid, gate.seqs, s->gated, ncpus * sizeof(uint64_t));
	return request == EVRING_IOC_ACK && peek(pid, at, &ack, sizeof(ack)) &&
	       peek(pid, ack.seqs, s->acked, ncpus * sizeof(uint64_t));
}

/* Lets it run to the next stop. Return: whether it lives; @acked: an ACK has just been made. */
static bool step(pid_t pid, struct session *s, bool *acked)
{
	static struct __ptrace_syscall_info entry;
	struct __ptrace_syscall_info info;
	int status;

	*acked = false;
	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
	    !WIFSTOPPED(status))
		return false;
	if (WSTOPSIG(status) != (SIGTRAP | 0x80) ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return true;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entry = info;
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && entry.entry.nr == __NR_ioctl &&
		 !info.exit.is_error)
		*acked = take_seqs(pid, (uint32_t)entry.entry.args[1], entry.entry.args[2], s) &&
			 (uint32_t)entry.entry.args[1] == EVRING_IOC_ACK;
	return true;
}

/* One run of evlog: killed after so many system calls, or at an ACK after them. */
static void run_evlog(void)
{
	struct session *s = &sessions[nsessions++];
	unsigned int calls = 100 + (unsigned int)(random_next(&state) % 900);
	bool at_ack = random_next(&state) % 2, acked = false, lives = true;
	pid_t pid = start_evlog(nsessions % 4 == 0);
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		bail("cannot trace evlog");
	while (lives && (calls || (at_ack && !acked))) {
		lives = step(pid, s, &acked);
		calls -= calls != 0;
	}
	if (!lives)
		ok(false, "evlog runs until it is killed", "it ended by itself");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* --- what the files hold ---------------------------------------------------------------- */

static void read_index(const char *path)
{
	const struct evring_control *c;
	const struct evring_index *e;
	struct stat st;
	uint32_t slot;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		bail("%s: %s", path, strerror(errno));
	c = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (c == MAP_FAILED)
		bail("mmap");
	for (slot = 0; slot < c->nblocks; slot++) {
		e = (const void *)((const char *)c + c->index_offset + slot * c->index_entry_size);
		if (e->gen && nruns < RUNS)
			runs[nruns++] = (struct run){ e->cpu, e->seq_first,
				evring_seq_extend(e->seq_first, evring_pos_seq(e->pub)) };
	}
	munmap((void *)(uintptr_t)c, (size_t)st.st_size);
	close(fd);
}

static int by_place(const void *p, const void *q)
{
	const struct run *a = p, *b = q;

	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

static unsigned int read_files(void)
{
	DIR *dir = opendir(FOLDER);
	const struct dirent *entry;
	unsigned int n = 0;
	char path[600];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), FOLDER "/%s", entry->d_name);
		read_index(path);
		n++;
	}
	if (dir)
		closedir(dir);
	qsort(runs, nruns, sizeof(*runs), by_place);
	return n;
}

/* How many of records @from to @to of @cpu are in no file. */
static uint64_t missing(uint32_t cpu, uint64_t from, uint64_t to)
{
	uint64_t count = 0;
	unsigned int i;

	for (i = 0; i < nruns && from < to; i++) {
		if (runs[i].cpu != cpu || runs[i].end <= from)
			continue;
		if (runs[i].first >= to)
			break;
		count += runs[i].first > from ? runs[i].first - from : 0;
		from = runs[i].end;
	}
	return count + (from < to ? to - from : 0);
}

static void check_sessions(void)
{
	uint64_t lacking = 0, acked = 0, with = 0;
	unsigned int i;
	uint32_t cpu;

	for (i = 0; i < nsessions; i++) {
		for (cpu = 0; cpu < ncpus; cpu++) {
			if (sessions[i].acked[cpu] <= sessions[i].gated[cpu])
				continue;
			with++;
			acked += sessions[i].acked[cpu] - sessions[i].gated[cpu];
			lacking += missing(cpu, sessions[i].gated[cpu], sessions[i].acked[cpu]);
		}
	}
	ok(with > nsessions / 4 && acked > 1000, "many were killed after they had acknowledged",
	   "%u runs, %llu records", nsessions, (unsigned long long)acked);
	ok(!lacking, "what was acknowledged is in the files", "%llu of %llu records are not",
	   (unsigned long long)lacking, (unsigned long long)acked);
}

static void check_doubles(void)
{
	uint64_t doubled = 0;
	unsigned int i;

	for (i = 1; i < nruns; i++)
		if (runs[i].cpu == runs[i - 1].cpu && runs[i].first < runs[i - 1].end)
			doubled++;
	ok_equal(doubled, 0, "nothing is there twice");
}

int main(int argc, char **argv)
{
	struct evring_generator_args g = { .payload_min = 16, .payload_max = 200, .rate = 20000 };
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 0) : SESSIONS;
	time_t end = time(NULL) + SECONDS;
	int fd, status;

	mkdir(FOLDER, 0755);
	channel_create(NAME, 256 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	ncpus = channel_info(fd).ncpus < CPUS ? channel_info(fd).ncpus : CPUS;
	generate(NAME, &g);
	while (nsessions < wanted && nsessions < SESSIONS && (argc > 1 || time(NULL) < end))
		run_evlog();
	printf("# killed %u times\n", nsessions);
	detach(NAME, 0);
	/* The last one mends what the one before it left. */
	status = system("evlog --quiet --no-follow --format raw --output " LOG " " NAME);
	ok_equal((uint64_t)status, 0, "a last run goes well");
	printf("# %u files\n", read_files());
	check_sessions();
	check_doubles();
	status = system("evlog verify --quiet " LOG "*");
	ok(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3,
	   "evlog verify finds no damage and nothing twice", "status %d", WEXITSTATUS(status));
	close(fd);
	channel_remove(NAME);
	return result();
}
