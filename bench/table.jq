# SPDX-License-Identifier: GPL-2.0
#
# Tables in Markdown of the documents that evbench run --json wrote: their array is the input, each
# with the command that made it added as .made_by. $what: "all", or "brief", for README.

def names: {
	"inplace": "in place, by batch", "copy": "mapped, copied out", "next": "`evring_next()`",
	"read-1": "one record a `read()`", "read-4k": "`read()`, 4 KiB",
	"read-64k": "`read()`, 64 KiB", "read-1m": "`read()`, 1 MiB",
	"uring-64k": "io_uring, 64 KiB", "uring-64k-fixed": "io_uring, 64 KiB, registered file",
	"emit": "`evring_emit()`", "reserve": "`evring_reserve()`, copy, `evring_commit()`",
	"loop": "floor: empty loop", "clock": "floor: the clock alone",
	"memcpy": "floor: plain memory", "syscall": "floor: a system call",
	"evring": "evring in the peers' loop", "evring-cycles": "the same, cycles clock",
	"evring-inline": "the same, in line", "evring-fixed": "the same, in line, constant size",
	"evring-fixed-cycles": "the same, in line, constant size, cycles clock",
	"evring-reserve": "the same, reserve and commit", "relay": "relay",
	"ftrace": "ftrace's ring", "kfifo": "kfifo, spin lock", "bpf-loop": "floor: empty BPF loop",
	"bpf-output": "BPF ring buffer, output", "bpf-reserve": "BPF ring buffer, reserve",
	"bpf-reserve-quiet": "BPF ring buffer, reserve, no wake-ups",
	"bpf-perf": "BPF perf buffer", "bpf-perf-quiet": "BPF perf buffer, a wake-up each 1024"
};
def named: names[.] // .;

# What a reader compares first.
def first_names: ["inplace", "next", "read-1", "read-64k", "uring-64k", "evring", "evring-inline",
	"evring-fixed", "evring-fixed-cycles", "memcpy", "relay", "ftrace", "kfifo", "bpf-reserve",
	"bpf-perf-quiet"];
def wanted: map(select($what == "all" or (.name | IN(first_names[]))));

# A number with one digit behind the point, or a dash.
def figure: if . == null then "" else (. * 10 | round | tostring |
	if length < 2 then "0" + . else . end | .[:-1] + "." + .[-1:]) end;
def times: if . == null then "" elif . < 20 then figure + "x" else (round | tostring) + "x" end;
def thousands: round | tostring | . as $digits | [range(length; 0; -3) as $to | $digits[([$to - 3, 0] | max):$to]] |
	reverse | join(",");

def row: "| " + join(" | ") + " |";
def header($columns): ([""] + $columns | row), "|---" + ($columns | map("|--:") | join("")) + "|";

# Distinct values in the order in which they come.
def distinct: reduce .[] as $v ([]; if index([$v]) then . else . + [$v] end);
def of($mode): map(. as $doc | .results[] | select(.mode == $mode) | . + {doc: $doc});
def shown($mode): of($mode) | wanted;
def median($measure): .[$measure].median;
def unit: if .doc.machine.icount then "instructions" else "ns" end;
def made_by: "    " + .made_by;

# The results of one line: those of $all like ., over the payload sizes.
def over($sizes; $all; $measure):
	. as $one | [$sizes[] as $size | first($all[] | select(.name == $one.name and
		.variant == $one.variant and .payload == $size) | median($measure)) // null];
def lines: map({name, variant}) | distinct;
def cost($all; $name): {name: $name, variant: ""} | over([$all[].payload] | distinct; $all; "ns_per_record");

def ratio_line($all; $what; $names):
	cost($all; "inplace") as $inplace | [$names[] | . as $name | cost($all; $name)] |
	select(flatten | any(. != null)) | transpose | map(map(select(. != null)) | min) |
	[., $inplace] | transpose | map(if .[0] == null or .[1] == null then null else .[0] / .[1] end) |
	[$what] + map(times) | row;

def consume:
	of("consume") as $all | shown("consume") | select(length > 0) | (map(.payload) | distinct) as $sizes |
	"Reading a full ring, \(.[0] | unit) a record, median of \(.[0].samples | length); every record's checksum is verified in a pass of its own before anything is timed:",
	"", (.[0].doc | made_by), "",
	header($sizes | map("\(.) B")),
	(lines[] | [.name | named] + (over($sizes; $all; "ns_per_record") | map(figure)) | row),
	ratio_line($all; "best `read()` against in place"; ["read-4k", "read-64k", "read-1m"]),
	ratio_line($all; "one record a `read()` against in place"; ["read-1"]),
	"";

def emit_label: (.name | named) + if .variant == "none" or .variant == "" then "" else ", observer: \(.variant)" end;
def emit:
	shown("emit") | map(select(.producers == 1)) | select(length > 0) | . as $all |
	(map(.payload) | distinct) as $sizes |
	"Emitting, \(.[0] | unit) a record, clock and copy and the loop included:",
	"", (.[0].doc | made_by), "",
	header($sizes | map("\(.) B")),
	(lines[] | [emit_label] + (over($sizes; $all; "ns_per_record") | map(figure)) | row),
	"";

def source:
	of("source") | select(length > 0) | . as $all | (map(.variant) | distinct) as $variants |
	"An event of the kernel's own, recorded: what it costs the program that it happens to, all told, \(.[0] | unit) (`bench/README.md` says what differs):",
	"", (.[0].doc | made_by), "",
	header($variants),
	(map(.name) | distinct | .[] | . as $name | [$name] + [$variants[] as $v |
		first($all[] | select(.name == $name and .variant == $v) | median("ns_per_record")) // null |
		figure] | row),
	"";

def stream:
	shown("stream") | map(select(.producers == 1 and .payload == 64)) | select(length > 0) | . as $all |
	(map(.variant) | distinct) as $idlings |
	"Emitting and reading at once, 64 B, one producer, a CPU each: thousands of records received a second, the share of what was emitted, and the reader's CPU seconds per million records:",
	"", (.[0].doc | made_by), "",
	header([$idlings[] | "\(.): records/s", "hits", "CPU s"] ),
	(map(.name) | distinct | .[] | . as $name | [$name | named] + [$idlings[] as $v |
		(first($all[] | select(.name == $name and .variant == $v)) // null) |
		if . == null then "", "", "" else
		(median("records_per_s") / 1000 | thousands) + " k",
		(median("hits_percent") | figure) + " %",
		(median("cpu_s_per_million") * 100 | round / 100 | tostring) end] | row),
	"";

def latency:
	.[] | [.] | of("latency") | select(length > 0) |
	(if .[0].doc.machine.icount then "thousands of instructions; generator and reader share the one CPU" else "microseconds" end) as $unit |
	"Wake-up latency, from when a record was due to when its reader had it (no coordinated omission), \($unit); wake-ups are the producer's, a run:",
	"", (.[0].doc | made_by), "",
	header(["records/s", "p50", "p90", "p99", "p99.9", "max", "wake-ups"]),
	(.[] | [(.name | named), (.rate | thousands),
		(.latency_ns | (.p50, .p90, .p99, .p999, .max) / 1000 | figure),
		(if .name | test("BPF") then "" else .wakeups.median | thousands end)] | row),
	"";

def history:
	of("history") | select(length > 0) | . as $all | (map(.payload) | distinct) as $sizes |
	"Kernel memory of a buffer, bytes for each record that can be read of it after four rings full that nobody read; header and time stamp included:",
	"", (.[0].doc | made_by), "",
	header($sizes | map("\(.) B")),
	(lines[] | ["\(.name | named), keeps the \(.variant)"] +
		(over($sizes; $all; "buffer_bytes_per_record") | map(figure)) | row),
	"";

def first_record:
	.[] | [.] | of("first") | select(length > 0) |
	"From open to the first record of a full ring, "
	+ (if .[0].doc.machine.icount then "thousands of instructions: " else "microseconds: " end)
	+ (map("\(.name) \(median("ns_per_record") / 1000 | figure)") | join(", ")) + ".",
	"";

def other:
	(map(select(.memory)) | .[0] // empty | .memory | "Kernel memory of a channel with \(.ring / 1048576) MiB of records on \(.cpus / 4096) CPUs: \(.taken | thousands) bytes, where ring, index, control page, 64 bytes a block, 8 a page and 4 KiB a CPU would be \(.allowed | thousands)."),
	(of("faults") | select(length > 0) |
		"Mapping and touching all of it: " + (map("\(median("faults_per_mib") | figure) page faults per MiB \(.name)") | join(", ")) + "."),
	"";

(.[0] | "Written by `make bench-table` from what `make bench` measured on \(.date[:10]): \(.machine.kernel), "
	+ if .machine.accelerator == "TCG" then "a guest under emulation (QEMU's TCG). Emulation knows no caches, no barriers and no bus;\ninstructions are exact, times are not hardware's: `bench/README.md` tells what that distorts and how to measure on hardware."
	  else "\(.machine.system), \(.machine.cpu)." end),
"", consume, emit, (select($what == "all") | source), stream,
(if $what == "all" then latency, first_record, history, other else
	"More rows, an event of the kernel's own, latencies and memory: `bench/RESULTS.md`.", "" end)
