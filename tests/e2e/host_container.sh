#!/usr/bin/env bash
# In a container as container engines make them, with their usual seccomp profile, few capabilities and
# namespaces of its own, a service is watched as everywhere: as process 1, below it, and as a plain user.
# That the kernel filters the service is looked at each time: none of it passes without the filter.
source "$(dirname "$0")/lib.sh"

profile=/usr/share/containers/seccomp.json
[[ $EUID -eq 0 ]] || skip 'only root can make a container'
command -v crun >/dev/null || skip 'no crun here'
[[ -e $profile ]] || skip "no $profile here"
grep -q '^Seccomp:.0' /proc/self/status || skip 'the machine filters system calls itself'

cat >"$tmp/bundle.py" <<'PY'
# bundle.py PROFILE BUNDLE USER NAMESPACES MOUNT... -- VARIABLE... -- COMMAND...: writes config.json, and
# links of the root. The machine's programs are bound read-only; MOUNT is PATH:ro or PATH:rw.
import json, os, platform, sys
profile, bundle, user, namespaces = sys.argv[1:5]
rest, parts = sys.argv[5:], []
for _ in range(2):
    parts.append(rest[:rest.index('--')])
    rest = rest[rest.index('--') + 1:]
binds, variables = parts
capabilities = ['CAP_' + name for name in (
    'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT'
    ' KILL AUDIT_WRITE').split()]
machine = {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()]
with open(profile) as file: wanted = json.load(file)

def applies(rule):
    includes, excludes = rule.get('includes') or {}, rule.get('excludes') or {}
    return (machine in includes.get('arches', [machine]) and machine not in excludes.get('arches', [])
            and all(name in capabilities for name in includes.get('caps', []))
            and not any(name in capabilities for name in excludes.get('caps', [])))

calls = [{key: rule[key] for key in ('names', 'action', 'errnoRet', 'args') if rule.get(key)}
         for rule in wanted['syscalls'] if applies(rule)]
root = os.path.join(bundle, 'rootfs')
os.makedirs(root)
mounts = [{'destination': '/proc', 'type': 'proc', 'source': 'proc'},
          {'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['nosuid', 'mode=755']}]
for name in ('bin', 'etc', 'lib', 'lib64', 'sbin', 'usr'):
    if os.path.islink('/' + name): os.symlink(os.readlink('/' + name), os.path.join(root, name))
    elif os.path.isdir('/' + name): binds.append('/%s:ro' % name)
for bind in binds:
    path, mode = bind.rsplit(':', 1)
    mounts.append({'destination': path, 'type': 'bind', 'source': path, 'options': ['rbind', mode]})
kept = ('bounding', 'effective', 'permitted') if user == '0' else ('bounding',)
with open(os.path.join(bundle, 'config.json'), 'w') as file:
    json.dump({
        'ociVersion': '1.0.0', 'hostname': 'container', 'mounts': mounts,
        'root': {'path': 'rootfs', 'readonly': True},
        'process': {'user': {'uid': int(user), 'gid': int(user)}, 'cwd': '/', 'args': rest, 'env': variables,
                    'noNewPrivileges': True, 'capabilities': {name: capabilities for name in kept}},
        'linux': {'namespaces': [{'type': name} for name in namespaces.split(',')],
                  'maskedPaths': ['/proc/kcore', '/proc/keys', '/proc/timer_list'],
                  'readonlyPaths': ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys'],
                  'seccomp': {'defaultAction': wanted['defaultAction'],
                              'defaultErrnoRet': wanted.get('defaultErrnoRet', 1), 'syscalls': calls}}}, file)
PY

# contain NAME USER NAMESPACES COMMAND...: starts it in a container, under holmes; sets $pid to the pid of the
# container's first process.
runtime=(crun --cgroup-manager=disabled --root "$tmp/state")
contain() {
  local name=$1 bundle=$tmp/bundle.$1
  mkdir "$bundle"
  python3 "$tmp/bundle.py" "$profile" "$bundle" "$2" "$3" "$HOLMES_BUILD:ro" "$dumps:rw" -- PATH=/usr/bin:/bin \
    "${settings[@]}" LD_PRELOAD="$library" -- "${@:4}"
  at_end "${runtime[*]} delete --force $name-$$ 2>/dev/null"
  # Out of the machine's own control groups, which this crun takes in one of the two usual forms only.
  start_bare "$name" unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' sh \
    "${runtime[@]}" run --pid-file "$tmp/$name.pid" --bundle "$bundle" "$name-$$"
}
is_ready_or_over() { file_has "$tmp/$1.out" '^READY$' || is_gone "$pid"; }
await_service() {
  wait_until "$1 to be ready" is_ready_or_over "$1"
  file_has "$tmp/$1.out" '^READY$' || fail "$1: $(cat "$tmp/$1.err")"
}

contain possible 0 pid,mount,ipc,uts true
code=0
wait "$pid" || code=$?
((code == 0)) || skip "no container can be made here: $(cat "$tmp/possible.err")"

holmes_set HOLMES_CPU_CORES=1 HOLMES_MEMORY_LIMIT=500M HOLMES_COOLDOWN=1m
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=20
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=15

# spikes NAME SERVICE_PID INNER_PID: of each kind one, and what each dump says.
spikes() {
  local name=$1 service=$2
  assert_file_has "/proc/$service/status" '^Seccomp:.2$'
  assert_file_has "/proc/$service/status" '^NoNewPrivs:.1$'
  assert_file_has "/proc/$service/status" "^NSpid:.*[[:space:]]$3\$"
  # First: what the others cost looks like a spike, too.
  ask "$name" burn >"$tmp/asked"
  wait_event cpu
  assert_between "$name: ns burnt of a second" "$(pprof_sum "$(profile_of cpu)" cpu burn_here)" 100000000 1100000000
  ask "$name" 'park 20' >"$tmp/asked"
  wait_event thread
  assert_eq "$name: threads parked" "$(pprof_sum "$(profile_of threads)" threads park_here)" 20
  assert_eq "$name: threads made" "$(pprof_sum "$(profile_of threadcreate)" threads main)" 21
  ask "$name" 'grow 200' >"$tmp/asked"
  wait_event mem
  assert_between "$name: bytes grown" "$(pprof_sum "$(profile_of heap)" inuse_space grow_here)" 60000000 260000000
  for event in $(events); do
    assert_eq "$name: functions are named" "$(manifest .symbolized)" true
    assert_eq "$name: pid" "$(manifest .pid)" "$3"
  done
  assert_eq "$name: events" "$(events | wc -l)" 3
  assert_no_strays
  ! grep -E 'WARN|ERROR|missing|failed' "$log" || fail "$name: the log complains"
  tell "$name" quit
  wait_until "the end of $name" is_gone "$pid"
  rm -rf "${dumps:?}"/*
}

contain process_1 0 pid,mount,ipc,uts "$victims/spikes"
await_service process_1
spikes process_1 "$(cat "$tmp/process_1.pid")" 1

contain below_process_1 0 pid,mount,ipc,uts sh -c "$victims/spikes; exit \$?"
await_service below_process_1
service=$(pgrep -P "$(cat "$tmp/below_process_1.pid")" -x spikes)
spikes below_process_1 "$service" "$(awk '$1 == "NSpid:" { print $NF }' "/proc/$service/status")"

chown 54399:54399 "$dumps"
contain as_user 54399 pid,mount,ipc,uts "$victims/spikes"
await_service as_user
assert_file_has "/proc/$(cat "$tmp/as_user.pid")/status" '^CapEff:.0*$'
spikes as_user "$(cat "$tmp/as_user.pid")" 1

# With the machine's own process ids process 1 is no member of the container, and nothing tells whose filter it is.
chown 0:0 "$dumps"
contain machine_pids 0 mount,ipc,uts "$victims/spikes"
await_service machine_pids
wait_until 'the reason' file_has "$log" 'not watched: .* seccomp filter'
assert_eq 'it answers' "$(ask machine_pids hello)" hello
tell machine_pids quit
wait_until 'the end of machine_pids' is_gone "$pid"
assert_eq 'events with the machine’s pids' "$(events | wc -l)" 0
