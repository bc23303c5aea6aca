#!/bin/sh
# Gathers the network of this host into a directory, for `vnetsim import` and `vnetsim reach DIRECTORY`.
#
#     sh collect.sh [DIRECTORY]          as root; the default is ./vnetsim-host
#
# It only reads.  It leaves out the environments, commands and labels of containers, and the sysctls that are keys.
# What is missing or not permitted is noted in DIRECTORY/notes.

set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
umask 077

out=${1:-./vnetsim-host}
if [ -e "$out" ]; then
    echo "collect: $out exists already" >&2
    exit 2
fi
mkdir -p "$out/netns" || exit 2

note() { printf '%s\n' "$*" >>"$out/notes"; }

there() { command -v "$1" >/dev/null 2>&1; }

# keep FILE COMMAND...: the output of a command, in the namespace that $enter enters.
keep() {
    file=$1
    shift
    if ! there "$1"; then
        note "$file: $1 is not installed"
        return
    fi
    # $enter is empty or `nsenter --net=PATH`.
    # shellcheck disable=SC2086
    if ! $enter "$@" >"$out/$file" 2>"$out/error" </dev/null; then
        rm -f "$out/$file"
        note "$file: \`$*\` failed: $(tail -n 1 "$out/error")"
    fi
}

sysctls() {
    # shellcheck disable=SC2086
    if there sysctl; then
        $enter sysctl -a 2>/dev/null
    else
        $enter find /proc/sys/net -type f 2>/dev/null | while read -r path; do
            key=$(printf '%s' "${path#/proc/sys/}" | tr './' '/.')
            $enter cat "$path" 2>/dev/null | sed "s|^|$key = |"
        done
    fi | grep '^net\.' | grep -v -e stable_secret -e fastopen_key
}

# namespace DIRECTORY: all of one namespace.
namespace() {
    mkdir -p "$out/$1"
    keep "$1/link.json" ip -j -d link show
    keep "$1/addr.json" ip -j -d addr show
    keep "$1/route4.json" ip -j -d -4 route show table all
    keep "$1/route6.json" ip -j -d -6 route show table all
    keep "$1/rule4.json" ip -j -d -4 rule show
    keep "$1/rule6.json" ip -j -d -6 rule show
    keep "$1/neigh4.json" ip -j -d -4 neigh show
    keep "$1/neigh6.json" ip -j -d -6 neigh show
    keep "$1/nsid.json" ip -j netns list-id
    keep "$1/bridge-link.json" bridge -j -d link show
    keep "$1/fdb.json" bridge -j -d fdb show
    keep "$1/vlan.json" bridge -j -d vlan show
    keep "$1/iptables-save" iptables-save
    keep "$1/ip6tables-save" ip6tables-save
    # The older tables are read only where there are some: the command would make them otherwise.
    if [ -s /proc/net/ip_tables_names ] && there iptables-legacy-save; then
        keep "$1/iptables-legacy-save" iptables-legacy-save
    fi
    if [ -s /proc/net/ip6_tables_names ] && there ip6tables-legacy-save; then
        keep "$1/ip6tables-legacy-save" ip6tables-legacy-save
    fi
    keep "$1/nft" nft list ruleset
    keep "$1/ss" ss -lntupH
    sysctls >"$out/$1/sysctl"
    [ -s "$out/$1/sysctl" ] || { rm -f "$out/$1/sysctl"; note "$1/sysctl: nothing could be read"; }
}

inode_of() { ls -Ldi "$1" 2>/dev/null | sed 's/^ *\([0-9]*\).*/\1/'; }

# another KIND NAME PATH: a namespace other than those before it.
another() {
    inode=$(inode_of "$3")
    case $inode in "") note "netns/$2: $3 cannot be read"; return ;; esac
    case $seen in *" $inode "*) return ;; esac
    if ! there nsenter; then
        note "netns/$2: nsenter is not installed"
        return
    fi
    if ! nsenter --net="$3" true 2>"$out/error"; then
        note "netns/$2: cannot be entered: $(tail -n 1 "$out/error")"
        return
    fi
    seen="$seen$inode "
    directory=netns/$(printf '%s' "$2" | tr -c 'A-Za-z0-9_.-' '_')
    while [ -e "$out/$directory" ]; do directory=${directory}_; done
    printf '%s %s %s\n' "$directory" "$1" "$inode" >>"$out/namespaces"
    enter="nsenter --net=$3"
    namespace "$directory"
    enter=
}

enter=
: >"$out/notes"
{
    echo "format 1"
    echo "hostname $(uname -n)"
    echo "date $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "kernel $(uname -sr)"
    echo "user $(id -u)"
    for command in "ip -V" "bridge -V" "iptables -V" "ip6tables -V" "nft -v" "ss -V" "docker -v" "podman -v"; do
        # shellcheck disable=SC2086
        there "${command%% *}" && echo "${command%% *} $($command 2>&1 | head -n 1)"
    done
} >"$out/versions"
[ "$(id -u)" = 0 ] || note "not run as root: rules, namespaces and names of processes are missing"

cat /usr/share/iproute2/rt_tables /etc/iproute2/rt_tables /etc/iproute2/rt_tables.d/*.conf >"$out/rt_tables" 2>/dev/null
[ -r /etc/resolv.conf ] && grep -v '^ *[#;]' /etc/resolv.conf >"$out/resolv.conf"
[ -r /etc/hosts ] && cat /etc/hosts >"$out/hosts"

seen=" $(inode_of /proc/self/ns/net) "
printf 'host host %s\n' "$(inode_of /proc/self/ns/net)" >"$out/namespaces"
namespace host

# shellcheck disable=SC2016
fields='{"Id":{{json .Id}},"Name":{{json .Name}},"Image":{{json .Config.Image}},"Hostname":{{json .Config.Hostname}}'
fields=$fields',"Pid":{{json .State.Pid}},"Status":{{json .State.Status}},"NetworkMode":{{json .HostConfig.NetworkMode}}'
fields=$fields',"PortBindings":{{json .HostConfig.PortBindings}},"NetworkSettings":{{json .NetworkSettings}}}'
for engine in docker podman; do
    there $engine || continue
    if ! containers=$($engine ps -aq 2>"$out/error"); then
        note "$engine: \`$engine ps\` failed: $(tail -n 1 "$out/error")"
        continue
    fi
    # shellcheck disable=SC2086
    [ -z "$containers" ] || keep "$engine-containers.json" $engine inspect --type container --format "$fields" $containers
    # shellcheck disable=SC2046
    keep "$engine-networks.json" $engine network inspect $($engine network ls -q)
    for container in $($engine ps -q); do
        name=$($engine inspect --format '{{.Name}}' "$container")
        pid=$($engine inspect --format '{{.State.Pid}}' "$container")
        another container "${name#/}" "/proc/$pid/ns/net"
    done
done

for path in /run/netns/* /var/run/netns/*; do
    [ -e "$path" ] && another named "${path##*/}" "$path"
done

# Of every other namespace a process that is in it.
ls -ld /proc/[0-9]*/ns/net 2>/dev/null |
    sed -n 's|.*/proc/\([0-9]*\)/ns/net -> net:\[\([0-9]*\)\].*|\2 \1|p' | sort -k1,1n -k2,2n |
    while read -r inode pid; do
        case $seen in *" $inode "*) continue ;; esac
        another process "$(cat "/proc/$pid/comm" 2>/dev/null)-$pid" "/proc/$pid/ns/net"
    done

rm -f "$out/error"
echo "collect: wrote $out ($(wc -l <"$out/namespaces") namespaces, $(wc -l <"$out/notes") notes)" >&2
