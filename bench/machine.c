// SPDX-License-Identifier: GPL-2.0
/* Where the figures come from: machine, kernel, clock, accelerator. */
#include "evbench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>

#define HYPERVISOR	(1U << 31)	/* CPUID leaf 1, ECX */
#endif

static void read_line(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	if (fgets(text, (int)size, f))
		text[strcspn(text, "\n")] = '\0';
	fclose(f);
}

/* The value of the first line "KEY : value" of /proc/cpuinfo. */
static void cpuinfo(const char *key, char *text, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *line = NULL, *value;
	size_t room = 0;

	text[0] = '\0';
	while (f && !text[0] && getline(&line, &room, f) > 0) {
		value = strchr(line, ':');
		if (!value || strncmp(line, key, strlen(key)))
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, "\n")] = '\0';
		snprintf(text, size, "%s", value);
	}
	free(line);
	if (f)
		fclose(f);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		if ((at == text || at[-1] == ' ') && (!at[len] || strchr(" =\n", at[len])))
			return true;
		at += len;
	}
	return false;
}

static void describe_system(struct machine *m)
{
	char vendor[64] = "", product[64] = "";

	read_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
	read_line("/sys/class/dmi/id/product_name", product, sizeof(product));
	snprintf(m->system, sizeof(m->system), "%s%s%s", vendor, vendor[0] ? " " : "", product);
	if (!m->system[0])
		strcpy(m->system, "unknown machine");
	cpuinfo("model name", m->cpu, sizeof(m->cpu));
	if (!m->cpu[0])
		strcpy(m->cpu, "unknown CPU");
	m->cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

static void describe_kernel(struct machine *m)
{
	struct utsname u;

	if (!uname(&u))
		snprintf(m->kernel, sizeof(m->kernel), "%s %s %s", u.sysname, u.release, u.machine);
	strcpy(m->clocksource, "unknown");
	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		  m->clocksource, sizeof(m->clocksource));
}

#if defined(__x86_64__)
/* The hypervisor says who it is in CPUID leaf 0x40000000. */
static void describe_accelerator(struct machine *m)
{
	static const struct { const char *signature, *name; } known[] = {
		{ "TCGTCGTCGTCG", "TCG" },
		{ "KVMKVMKVM", "KVM" },
		{ "Microsoft Hv", "Hyper-V" },
		{ "VMwareVMware", "VMware" },
		{ "XenVMMXenVMM", "Xen" },
	};
	unsigned int eax, ebx, ecx, edx, id[3];
	char signature[13] = "";
	size_t i;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & HYPERVISOR)) {
		strcpy(m->accelerator, "none");
		return;
	}
	__cpuid(0x40000000, eax, id[0], id[1], id[2]);
	memcpy(signature, id, sizeof(id));
	snprintf(m->accelerator, sizeof(m->accelerator), "hypervisor \"%s\"", signature);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(signature, known[i].signature))
			strcpy(m->accelerator, known[i].name);
}
#else
static void describe_accelerator(struct machine *m)
{
	strcpy(m->accelerator, strstr(m->system, "QEMU") ? "TCG or KVM" : "none");
}
#endif

/*
 * With -icount QEMU's clocks count instructions. The guest cannot see it;
 * tests/vm/run tells the kernel the rate of the counter, which it knows only
 * then. Others may put the word "icount" on the kernel's command line, or
 * EVBENCH_ICOUNT=1 in the environment.
 */
static bool counts_instructions(const struct machine *m)
{
	const char *env = getenv("EVBENCH_ICOUNT");
	char line[4096] = "";

	if (env)
		return !strcmp(env, "1");
	read_line("/proc/cmdline", line, sizeof(line));
	return has_word(line, "icount") ||
	       (!strcmp(m->accelerator, "TCG") && has_word(line, "tsc_early_khz=1000000"));
}

/*
 * With one of these flags the kernel copies by "rep movs". An emulator runs
 * that as one instruction however long the copy is, so that copying seems free.
 */
static void describe_copies(struct machine *m)
{
	static const char * const flags[] = { "erms", "fsrm", "rep_good" };
	char present[4096];
	size_t i, used = 0;

	cpuinfo("flags", present, sizeof(present));
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		used += (size_t)snprintf(m->copies + used, sizeof(m->copies) - used, "%s%s %s",
					 i ? ", " : "", flags[i],
					 has_word(present, flags[i]) ? "on" : "off");
	m->copies_distorted = !strcmp(m->accelerator, "TCG") && strstr(m->copies, " on");
}

/** machine_describe() - find out about this machine. */
void machine_describe(struct machine *m)
{
	time_t now = time(NULL);
	struct tm utc;

	memset(m, 0, sizeof(*m));
	describe_system(m);
	describe_kernel(m);
	describe_accelerator(m);
	m->instructions = counts_instructions(m);
	describe_copies(m);
	strftime(m->date, sizeof(m->date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}
