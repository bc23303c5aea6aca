#!/bin/bash
# Record hosts: `record.sh NAME...` (as root) sets up NAME/setup.sh in namespaces of its own, collects that host into
# NAME/host, and writes who really connects to which address and port into NAME/answers (of those in NAME/asked).
# A namespace that setup.sh calls `outside` is not collected; it has the name that the import gives it.
here=$(cd "$(dirname "$0")" && pwd)
if [ "$1" != --inside ]; then
    for name in "$@"; do
        unshare --net --mount --pid --fork --kill-child bash "$0" --inside "$name"
    done
    exit
fi
NAME=$2 OUT=$here/$2
tools=$(mktemp -d)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin tools
cat >"$tools/serve.py" <<'PYTHON'
"""serve.py ADDR:PORT...: TCP listeners with a long queue; `*:P` is both families, `6:P` only IPv6, `udp/ADDR:PORT`."""
import socket, sys, time
keep = []
for spec in sys.argv[1:]:
    kind = socket.SOCK_DGRAM if spec.startswith("udp/") else socket.SOCK_STREAM
    addr, _, port = spec.removeprefix("udp/").rpartition(":")
    six = addr in ("*", "6") or ":" in addr
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if addr == "*" else 1)
    s.bind(("::" if addr in ("*", "6") else addr, int(port)))
    if kind == socket.SOCK_STREAM:
        s.listen(1000)
    keep.append(s)
time.sleep(10000)
PYTHON
cat >"$tools/probe.py" <<'PYTHON'
"""probe.py: lines ADDRESS PORT at standard input; prints those to which a connection is made within 2 s, sent at once."""
import errno, select, socket, sys, time
result, waiting = {}, {}
for line in sys.stdin:
    addr, port = line.split()
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    s.setblocking(False)
    e = s.connect_ex((addr, int(port)))
    if e == errno.EINPROGRESS:
        waiting[s] = (addr, port)
    else:
        result[addr, port] = e == 0
end = time.time() + 3
poll = select.poll()
names = {s.fileno(): s for s in waiting}
for fd in names:
    poll.register(fd, select.POLLOUT)
while names and time.time() < end:
    for fd, _ in poll.poll(200):
        s = names.pop(fd)
        poll.unregister(fd)
        result[waiting[s]] = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
for (addr, port), ok in result.items():
    if ok:
        print(addr, port)
PYTHON
mount --make-rprivate /; mkdir -p /run/netns; mount -t tmpfs t /run/netns; mkdir -p /run/outside; mount -t tmpfs t /run/outside; mount -t proc proc /proc; mount -t sysfs s /sys 2>/dev/null
serve() { python3 $tools/serve.py "$@" >/dev/null 2>&1 & }
serve_in() { n=$1; shift; ip netns exec $n python3 $tools/serve.py "$@" >/dev/null 2>&1 & }
# outside NAME: the named namespace is out of reach of the collection
outside() { touch /run/outside/$1; mount --bind /run/netns/$1 /run/outside/$1; umount /run/netns/$1; rm /run/netns/$1; }
container() { unshare -n sleep 9999 & eval "pid_$1=$!"; sleep 0.3; }
link_lo() { ip -n $1 link set lo up; }
ip link set lo up
. "$OUT/setup.sh"
sleep 2.5
rm -rf "$OUT/host"
sh "$here/../../../src/vnetsim/livehost/collect.sh" "$OUT/host"
# probes: every source to every address and port
cat "$OUT/ports" | tr ' ' '\n' > $tools/p
{ for n in /run/netns/* /run/outside/* ; do [ -e $n ] && nsenter --net=$n ip -o addr; done; ip -o addr; for p in ${containers:-}; do nsenter --net=/proc/$p/ns/net ip -o addr; done; } | sed -n 's/.*inet6\{0,1\} \([0-9a-f.:]*\).*/\1/p' | grep -v '^fe80' | sort -u > $tools/a
echo "$EXTRA" | tr ' ' '\n' | grep . >> $tools/a
while read a; do while read p; do echo $a $p; done < $tools/p; done < $tools/a > $tools/q
cp $tools/q $OUT/asked
: > $OUT/answers
# neighbours and bridges that know nothing yet would lose nothing: one round first
for round in 1 2; do
 : > $OUT/answers
 probe() { nsenter --net=$2 python3 $tools/probe.py < $tools/q | sed "s/^/$1 /" >> $OUT/answers; }
 probe host /proc/self/ns/net
 for n in /run/netns/* /run/outside/*; do [ -e $n ] && probe ${n##*/} $n; done
 for p in ${containers:-}; do probe $(sed -n "s|^netns/\(.*\) process $(ls -Ldi /proc/$p/ns/net | sed "s/ .*//")\$|\1|p" $OUT/host/namespaces) /proc/$p/ns/net; done
done
sort -o $OUT/answers $OUT/answers
wc -l $OUT/asked $OUT/answers
rm -rf "$tools"
