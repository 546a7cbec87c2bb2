// SPDX-License-Identifier: GPL-2.0
#include "builtin.h"

#include <linux/evring.h>
#include <stddef.h>

#define COMMON									\
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"	\
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"	\
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* In the order of their types, without a gap. */
static const char *const texts[] = {
	"name: generator\nID: 32784\nformat:\n" COMMON
	"\tfield:u32 number;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:u32 sum;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\n"
	"print fmt: \"number=%u sum=%x\", REC->number, REC->sum\n",
	"name: user\nID: 32785\nformat:\n" COMMON
	"\n"
	"print fmt: \"\"\n",
	"name: fork\nID: 32786\nformat:\n" COMMON
	"\tfield:char parent_comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t parent_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:char child_comm[16];\toffset:28;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t child_pid;\toffset:44;\tsize:4;\tsigned:1;\n"
	"\n"
	"print fmt: \"comm=%s pid=%d child_comm=%s child_pid=%d\", REC->parent_comm, "
	"REC->parent_pid, REC->child_comm, REC->child_pid\n",
	"name: exec\nID: 32787\nformat:\n" COMMON
	"\tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:pid_t old_pid;\toffset:16;\tsize:4;\tsigned:1;\n"
	"\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:1;\n"
	"\n"
	"print fmt: \"filename=%s pid=%d old_pid=%d\", __get_str(filename), REC->pid, "
	"REC->old_pid\n",
	"name: exit\nID: 32788\nformat:\n" COMMON
	"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
	"\tfield:int exit_code;\toffset:32;\tsize:4;\tsigned:1;\n"
	"\n"
	"print fmt: \"comm=%s pid=%d prio=%d exit_code=%d\", REC->comm, REC->pid, REC->prio, "
	"REC->exit_code\n",
	"name: switch\nID: 32789\nformat:\n" COMMON
	"\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
	"\tfield:s64 prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
	"\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
	"\tfield:int next_prio;\toffset:60;\tsize:4;\tsigned:1;\n"
	"\n"
	"print fmt: \"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s "
	"next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio, "
	"(REC->prev_state & 0xff) ? __print_flags(REC->prev_state & 0xff, \"|\", { 0x01, \"S\" "
	"}, { 0x02, \"D\" }, { 0x04, \"T\" }, { 0x08, \"t\" }, { 0x10, \"X\" }, { 0x20, \"Z\" "
	"}, { 0x40, \"P\" }, { 0x80, \"I\" }) : \"R\", REC->prev_state & 0x100 ? \"+\" : \"\", "
	"REC->next_comm, REC->next_pid, REC->next_prio\n",
	"name: sys_enter\nID: 32790\nformat:\n" COMMON
	"\tfield:s64 id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:u64 args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
	"\n"
	"print fmt: \"NR %lld (%llx, %llx, %llx, %llx, %llx, %llx)\", REC->id, REC->args[0], "
	"REC->args[1], REC->args[2], REC->args[3], REC->args[4], REC->args[5]\n",
	"name: sys_exit\nID: 32791\nformat:\n" COMMON
	"\tfield:s64 id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:s64 ret;\toffset:16;\tsize:8;\tsigned:1;\n"
	"\n"
	"print fmt: \"NR %lld = %lld\", REC->id, REC->ret\n",
	"name: printk\nID: 32792\nformat:\n" COMMON
	"\tfield:__data_loc char[] msg;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\n"
	"print fmt: \"%s\", __get_str(msg)\n",
	"name: sample\nID: 32793\nformat:\n" COMMON
	"\tfield:u64 ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 period;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 perf_type;\toffset:24;\tsize:4;\tsigned:0;\n"
	"\tfield:u32 user_mode;\toffset:28;\tsize:4;\tsigned:0;\n"
	"\tfield:u64 perf_config;\toffset:32;\tsize:8;\tsigned:0;\n"
	"\tfield:char comm[16];\toffset:40;\tsize:16;\tsigned:1;\n"
	"\n"
	"print fmt: \"comm=%s ip=%llx user=%u period=%llu type=%u config=%llu\", REC->comm, "
	"REC->ip, REC->user_mode, REC->period, REC->perf_type, REC->perf_config\n",
};

const char *builtin_text(uint32_t type)
{
	uint32_t i = type - EVRING_TYPE_EVENTS;

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}
