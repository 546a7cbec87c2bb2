#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by check()
#
# What bash completes for evringctl, evlog and evbench, with channels and event types that a stub of
# evringctl tells: what is asked for at each place, and that no option or command of the tools'
# --help is missing.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"

cat >"$dir/evringctl" <<'STUB'
#!/bin/sh
case $1 in
list) printf 'NAME RING\nnet 8192K\nproc 64K\n' ;;
events) printf '32784  generator\n32786  fork\n32787  exec\n' ;;
esac
STUB
chmod +x "$dir/evringctl"
ln -s "$root/build/bin/evlog" "$dir/evlog"
ln -s "$root/build/bin/evbench" "$dir/evbench"
echo sched:sched_switch >"$dir/available_events"
echo sched:sched_wakeup >>"$dir/available_events"
printf '%s\n' do_sys_open 'do_sys_poll [module]' vfs_read >"$dir/available_filter_functions"
export EVRINGCTL_TRACEFS=$dir PATH=$dir:$PATH
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
# shellcheck source=packaging/completion/evringctl
. "$root/packaging/completion/evringctl"
# shellcheck source=packaging/completion/evlog
. "$root/packaging/completion/evlog"
# shellcheck source=packaging/completion/evbench
. "$root/packaging/completion/evbench"

# completes LINE WORD...: these, and nothing else, at the end of LINE.
completes() {
	local name=$1

	[ $# -gt 1 ] || set -- "$1" 'nothing is expected: the test is wrong'
	COMP_LINE=$1
	COMP_POINT=${#1}
	read -ra COMP_WORDS <<<"$1"
	[[ $1 != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	shift
	cd "$dir" && "_${COMP_WORDS[0]}"
	if [ "$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ]; then
		echo "ok $name"
	else
		echo "not ok $name"
		printf '# instead of %s: %s\n' "$*" "${COMPREPLY[*]}"
		failed=1
	fi
}

# helps TOOL PATTERN: the words of its --help that are like PATTERN.
helps() { "$root/build/bin/$1" --help | grep -o -- "$2" | tr -d ' ' | LC_ALL=C sort -u; }

mapfile -t commands < <(helps evringctl '^  [a-z][a-z]* ')
completes 'evringctl ' "${commands[@]}"
completes 'evringctl d' detach doctor
completes 'evringctl stat ' net proc
completes 'evringctl stat n' net
completes 'evringctl --json stat p' proc
completes 'evringctl stat net --' --json --watch
mapfile -t options < <("$root/build/bin/evringctl" --help | sed -n '/^  create/,/^  remove/s/^ *\(--[a-z-]*\).*/\1/p')
completes 'evringctl create new --' "${options[@]}"
completes 'evringctl create new --clock ' boottime cycles monotonic none realtime
completes 'evringctl create --size 8M --clock bo' boottime
completes 'evringctl create ' ''
completes 'evringctl attach ' net proc
completes 'evringctl attach net g' gen gen:
completes 'evringctl attach net fast:ex' exec exit
completes 'evringctl attach net fast:exit,ex' exit,exec
completes 'evringctl attach net gen:co' count=
completes 'evringctl attach net so' software:
completes 'evringctl attach net software:c' cgroup-switches context-switches cpu-clock cpu-migrations
completes 'evringctl attach net hardware:branch' branch-misses branches
completes 'evringctl attach net kprobe:do_sys' do_sys_open do_sys_poll
completes 'evringctl attach net uprobe:avail' available_events available_filter_functions
completes 'evringctl attach net --' --filter --pid
completes 'evringctl attach --filter a n' net
completes 'evringctl attach net sched:' sched_switch sched_wakeup
completes 'evringctl attach net fast:fork sched:sched_w' sched_wakeup
completes 'evringctl events ' exec fork generator
completes 'evringctl snapshot net avail' available_events available_filter_functions
mapfile -t options < <(helps evlog '^  .*  ' | grep -o -- '--[a-z-]*')
completes 'evlog --' "${options[@]}"
mapfile -t options < <("$root/build/bin/evlog" pull --help | grep -o -- '^  .*  ' | grep -o -- '--[a-z-]*')
completes 'evlog pull --' "${options[@]}"
completes 'evlog pu' pull
completes 'evlog --event f' fork
completes 'evlog pr' proc
completes 'evlog avail' available_events available_filter_functions
completes 'evlog --last ' ''
completes 'evlog --format j' json
completes 'evlog ver' verify
completes 'evlog --json ver' ''
completes 'evlog to' top
completes 'evlog --quiet to' ''
mapfile -t options < <("$root/build/bin/evlog" top --help | grep -o -- '^  .*  ' | grep -o -- '--[a-z-]*')
completes 'evlog top --' "${options[@]}"
completes 'evlog top n' net
completes 'evlog top --sort ' bytes events lost name rate
completes 'evlog top -v p' process
mapfile -t options < <("$root/build/bin/evbench" --help | sed '/^compare tells/,$d' | grep -o -- '^  .*  ' | grep -o -- '--[a-z-]*')
completes 'evbench ' compare list plot run
completes 'evbench run --' "${options[@]}"
completes 'evbench compare --' --noise
completes 'evbench compare avail' available_events available_filter_functions
completes 'evbench run avail' ''
completes 'evbench run --mode s' source stream
completes 'evbench run --mode emit,me' emit,memory
mapfile -t backends < <("$root/build/bin/evbench" list | sed 's/ .*//')
completes 'evbench run -b ' "${backends[@]}"
completes 'evbench run -b inplace,read-6' inplace,read-64k
exit "$failed"
