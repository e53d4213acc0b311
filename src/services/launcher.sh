#!/bin/sh
# Runs one worker and leaves its truth in a folder, so that it is known whoever asks, also after the gateway was killed.
#
#   launcher.sh RUN_DIR BELL COMMAND [ARGUMENT]...
#
# RUN_DIR/identity  before the command starts, one line: `pid start boot` of this shell, which leads the run's session.
#                   `start` is field 22 of /proc/<pid>/stat; elsewhere the words of `ps -o lstart` joined by `_`. A file
#                   that is there already says that this run was given up: then the command is not started.
# RUN_DIR/exit      after it ended, by rename, one line: `code 0` to `code 255`, or `signal 9`. A shell cannot tell a
#                   command that exits with 128 + n from one that died of signal n: both are told as the signal. ` told 15`
#                   behind it says that this shell was sent that signal too, as by a system that shuts down.
# BELL              then gets one byte at offset 0, which wakes the gateway. A missing bell is fine.
#
# RUN_DIR/cgroup    when it is there, the path of a cgroup (v2) made for this run, which is joined before the command starts.
#
# The command is a child in this shell's group. A signal to the group reaches both: the command has the default
# disposition, this shell goes on, waits for it and tells how it ended. Ends with the command's code; 125: no identity.
run=$1 bell=$2 cgroup=
shift 2

if [ -r "/proc/$$/stat" ]; then
  read -r line <"/proc/$$/stat"
  read -r boot </proc/sys/kernel/random/boot_id
  rest=${line##*) }
  # Field 3 comes first here. No wildcard can match: a state letter and numbers.
  # shellcheck disable=SC2086
  start=$(set -- $rest && printf %s "${20}")
else
  start=$(LC_ALL=C ps -o lstart= -p $$ | { read -r a b c d e && printf %s "${a}_${b}_${c}_${d}_${e}"; })
  boot=$(sysctl -n kern.bootsessionuuid)
fi
# Made but once: whoever gives the run up makes it first.
set -C
printf '%s %s %s\n' "$$" "$start" "$boot" >"$run/identity" || exit 125
set +C

# Whatever starts from here on holds this descriptor, unless it closes it, and by that is found without its environment. It
# is open for writing: nobody who merely looks at the file is taken for one of this run (`process-table.ts`).
exec 8>>"$run/identity"
[ -r "$run/cgroup" ] && read -r cgroup <"$run/cgroup"
[ -n "$cgroup" ] && { printf '%s\n' "$$" >"$cgroup/cgroup.procs"; } 2>/dev/null

# In the foreground, because an asynchronous command would start with SIGINT and SIGQUIT ignored. A trapped signal waits
# until the command ended; a subshell has the traps reset, and exec keeps a command named like a builtin from being one.
told=
trap 'told=" told 1"' HUP
trap 'told=" told 2"' INT
trap 'told=" told 3"' QUIT
trap 'told=" told 15"' TERM
(exec "$@")
code=$?

# Out of it again: from here on this shell is not what the worker left behind.
[ -n "$cgroup" ] && { printf '%s\n' "$$" >"${cgroup%/*}/cgroup.procs"; } 2>/dev/null
if [ "$code" -gt 128 ] && [ "$code" -le 192 ]; then how="signal $((code - 128))"; else how="code $code"; fi
printf '%s%s\n' "$how" "$told" >"$run/exit.new" && command -p mv -f "$run/exit.new" "$run/exit"
[ -e "$bell" ] && printf . 1<>"$bell"
exit "$code"
