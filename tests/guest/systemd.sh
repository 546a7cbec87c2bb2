#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evlog as the service that it comes with, under a systemd that runs: it is active once it reads, its
# sandbox lets it have the channel and nothing else, "systemctl reload" has it begin the next file, it
# is started again after it was killed, and after it hung, and what the kernel emitted meanwhile is in its
# files, once; a wrong configuration is told by its status and not tried again.
#
# The guest's systemd is that of the machine that runs the test, as the first process of a PID
# namespace of its own.
# vm: --smp 2 --with /lib/systemd/systemd --with /bin/systemctl --with packaging/evlog@.service
# shellcheck source=tests/guest/harness.sh
. harness.sh
evidence='/tmp/manager /tmp/marks /tmp/probed'
units=/etc/systemd/system
logs=/var/log/evring

mkdir -p "$units/evlog@.service.d" "$units/evlog@probe.service.d" /etc/evring /var/log /var/lib
cp "/usr/local/bin/evlog@.service" "$units"
# A manager by itself lacks these.
for target in sysinit basic shutdown umount local-fs time-set default; do
	printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
# Less patience than the unit has, so that the test ends soon.
printf '[Service]\nWatchdogSec=8\nRestartSec=0\n' >"$units/evlog@.service.d/soon.conf"
# The unit's own sandbox, and in it a look at what it lets in.
cat >"$units/evlog@probe.service.d/probe.conf" <<'END'
[Service]
Type=oneshot
WatchdogSec=0
Restart=no
ExecStart=
ExecStart=/bin/sh /etc/evring/probe
END
cat >/etc/evring/probe <<'END'
exec >/var/log/evring/probed 2>&1
may() { if "$@"; then echo "may $*"; else echo "may not $*"; fi; }
may sh -c ': </dev/evring/log'
may touch /var/log/evring/file
may touch /var/lib/evring/file
may sh -c ': </dev/ttyS0'
may touch /etc/file
may touch /usr/file
may mount -t tmpfs none /mnt
may chown nobody /var/log/evring/file
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
END
printf 'output = %s/log\nformat = raw\nlossless\n' "$logs" >/etc/evring/log.conf
printf 'format = nonsense\n' >/etc/evring/bad.conf

evringctl create log --size 1M --mode 0600 || exit 1
evringctl attach log printk >/dev/null || exit 1
[ -d /run/systemd ] || mount -t tmpfs -o mode=755 none /run
env -i PATH=/usr/local/bin:/bin container=other \
	unshare --pid --mount --fork --mount-proc /usr/local/bin/systemd --system \
	--log-target=console --show-status=no >/tmp/manager 2>&1 &

find_manager() {
	manager=$(ps | awk '/bin\/systemd --system/ && !/unshare|awk/ { print $1 }')
	test -n "$manager"
}
manage() { nsenter -t "$manager" -p -m systemctl --no-pager "$@"; }
up() { test "$(manage is-system-running 2>&1)" = running; }
active() { manage is-active --quiet evlog@log; }
value() { manage show -p "$1" --value "evlog@${2:-log}"; }
restarted() { test "$(value NRestarts)" -gt "$1" && active; }

# mark N: a message of the kernel's that the log must have.
mark() { echo "mark $1 ends" >/dev/kmsg; }

until_true find_manager || exit 1
until_true up || exit 1

check "it starts" manage start evlog@log
check "it is active once it is ready" active
mark 1

manage start evlog@probe
cp "$logs/probed" /tmp/probed
check "its sandbox lets it have the channel and its folders" test \
	"$(grep -c '^may [^n].*/evring/' /tmp/probed)" -eq 3
# By a BPF program of a control group, which a kernel may lack; so with seccomp.
if [ -e /proc/sys/kernel/unprivileged_bpf_disabled ]; then
	check "and no other device" grep -q '^may not .*ttyS0' /tmp/probed
fi
if grep -q '^Seccomp:' /proc/self/status; then
	check "its system calls are filtered" grep -q "^Seccomp:$(printf '\t')2" /tmp/probed
fi
check "and no other folder, no mount, no owner" test "$(grep -c '^may not [tmc]' /tmp/probed)" -eq 4
check "and no capability, nor a way to get one" test \
	"$(awk '/^(Cap|NoNew)/ { printf "%s ", $2 }' /tmp/probed)" = '0000000000000000 0000000000000000 1 '

files() { find "$logs" -name 'log*' | wc -l; }
more_files() { test "$(files)" -gt "$1"; }
before=$(files)
check "systemctl reload" manage reload evlog@log
check "has it begin the next file" until_true more_files "$before"
mark 2

before=$(value NRestarts)
manage kill --signal=KILL evlog@log
mark 3
check "killed, it is started again" until_true restarted "$before"
mark 4

before=$(value NRestarts)
manage kill --signal=STOP evlog@log
mark 5
check "hung, it is killed by the watchdog and started again" until_true restarted "$before"
mark 6

manage start evlog@bad 2>/dev/null
check "a wrong configuration: status 2" test "$(value ExecMainStatus bad)" = 2
check "and it is not tried again" test "$(value NRestarts bad) $(value ActiveState bad)" = '0 failed'

check "it stops" manage stop evlog@log
check "and ends well" test "$(value Result) $(value ActiveState)" = 'success inactive'
for file in $(find "$logs" -name 'log*' | sort); do evlog --quiet "$file"; done |
	sed -n 's/.*\(mark [0-9]\) ends.*/\1/p' >/tmp/marks
check "each message is in its files, once" test "$(sort /tmp/marks | tr '\n' ' ')" = \
	'mark 1 mark 2 mark 3 mark 4 mark 5 mark 6 '
# shellcheck disable=SC2046 # names without blanks
check "which are whole" evlog verify $(find "$logs" -name 'log*')

kill -KILL "$manager"
wait
evringctl remove log || failed=1
exit "$failed"
