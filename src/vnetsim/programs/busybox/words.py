"""What busybox says of itself."""

from __future__ import annotations

import textwrap
from typing import Final

from vnetsim.process import Process

_APPLETS: Final = """
    [ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blkid blockdev brctl bunzip2
    bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 cttyhack cut date dc dd deallocvt depmod
    devmem df diff dirname dmesg dnsdomainname dos2unix du dumpkmap dumpleases echo egrep env expand expr factor
    fallocate false fatattr fdisk fgrep find findfs fold free freeramdisk fsfreeze fstrim ftpget ftpput getopt getty
    grep groups gunzip gzip halt head hexdump hostid hostname httpd hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer
    id ifconfig ifdown ifup init insmod ionice ip ipcalc ipneigh kill killall klogd last less link linux32 linux64
    linuxrc ln loadfont loadkmap logger login logname logread losetup ls lsmod lsscsi lzcat lzma lzop md5sum mdev
    microcom mim mkdir mkdosfs mke2fs mkfifo mknod mkpasswd mkswap mktemp modinfo modprobe more mount mt mv nameif nc
    netstat nl nologin nproc nsenter nslookup nuke od openvt partprobe paste patch pidof ping ping6 pivot_root poweroff
    printf ps pwd rdate readlink realpath reboot renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init
    run-parts sed seq setkeycodes setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client
    start-stop-daemon stat strings stty svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset
    tee telnet test tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty ubirename udhcpc udhcpd
    uevent umount uname uncompress unexpand uniq unix2dos unlink unlzma unshare unxz unzip uptime usleep uudecode
    uuencode vconfig vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat
"""
APPLETS: Final = tuple(_APPLETS.split())
#: Applets that do the same as a program of another name, or of their own.
SAME: Final = {
    "ash": "sh", "cat": "cat", "echo": "echo", "false": "false", "seq": "seq", "sh": "sh", "sleep": "sleep",
    "tee": "tee", "true": "true", "yes": "yes",
}  # fmt: skip

_VERSIONS: Final = {
    "bookworm": "v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)",
    "forky": "v1.38.0 (Debian 1:1.38.0-3+b1)",
}
COPYRIGHT: Final = """\
BusyBox is copyrighted by many authors between 1998-2015.
Licensed under GPLv2. See source distribution for detailed
copyright notices.
"""
USAGE: Final = """\
Usage: busybox [function [arguments]...]
   or: busybox --list[-full]
   or: busybox --show SCRIPT
   or: busybox --install [-s] [DIR]
   or: function [arguments]...

\tBusyBox is a multi-call binary that combines many common Unix
\tutilities into a single executable.  Most people will create a
\tlink to busybox for each function they wish to use and BusyBox
\twill act like whatever it was invoked as.
"""


def version(process: Process) -> str:
    return f"BusyBox {_VERSIONS[process.context.release]} multi-call binary."


def listing() -> str:
    lines = textwrap.wrap(", ".join(APPLETS), 71, break_on_hyphens=False, break_long_words=False)
    return "".join(f"\t{line}\n" for line in lines)


def complain(process: Process, applet: str, problem: str, usage: str) -> int:
    """An option was wrong (bb_show_usage)."""
    process.error(f"{applet}: {problem}\n{version(process)}\n\n{usage}")
    return 1
