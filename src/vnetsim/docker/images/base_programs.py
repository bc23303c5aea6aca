"""The names of all programs of the base images, as their root file systems have them.

alpine    alpinelinux/docker-alpine@v3.20: alpine-minirootfs-3.20.3-x86_64 (busybox 1.36.1)
busybox   docker-library/busybox@70ce0fb98bee: latest/glibc/amd64 (busybox 1.38.0)
debian    what `debootstrap --variant=minbase trixie` installs, which is what the image is made of (debuerreotype)
ubuntu    those of debian and of procps, which docker-library/repo-info@34e0037a44e0 lists for 24.04; of the packages
          that only one of them has (util-linux-extra, logsave) those of debian
"""

from __future__ import annotations

from typing import Final

_BOTH_BUSYBOXES: Final = """
    [ [[ acpid add-shell addgroup adduser adjtimex arch arp arping ash awk base64 basename bc beep blkdiscard blkid
    blockdev brctl bunzip2 busybox bzcat bzip2 cal cat chattr chgrp chmod chown chpasswd chroot chvt cksum clear cmp
    comm cp cpio crond crontab cryptpw cut date dc dd deallocvt delgroup deluser depmod df diff dirname dmesg
    dnsdomainname dos2unix du dumpkmap echo egrep eject env ether-wake expand expr factor fallocate false fatattr
    fbset fbsplash fdflush fdisk fgrep find findfs flock fold free fsck fstrim fsync fuser getconf getopt getty grep
    groups gunzip gzip halt hd head hexdump hostid hostname hwclock id ifconfig ifdown ifenslave ifup init inotifyd
    insmod install ionice iostat ip ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute iprule iptunnel kbd_mode kill
    killall killall5 klogd last less link linux32 linux64 ln loadfont loadkmap logger login logread losetup ls
    lsattr lsmod lsof lsusb lzcat lzma lzop makemime md5sum mdev mesg microcom mkdir mkdosfs mkfifo mkfs.vfat mknod
    mkpasswd mkswap mktemp modinfo modprobe more mount mountpoint mpstat mv nameif nanddump nandwrite nbd-client nc
    netstat nice nl nmeter nohup nologin nproc nsenter nslookup ntpd od openvt partprobe passwd paste pgrep pidof
    ping ping6 pipe_progress pivot_root pkill pmap poweroff printenv printf ps pscan pstree pwd pwdx raidautorun
    rdate rdev readahead readlink realpath reboot reformime remove-shell renice reset resize rev rm rmdir rmmod
    route run-parts sed sendmail seq setconsole setfont setkeycodes setlogcons setpriv setserial setsid sh sha1sum
    sha256sum sha3sum sha512sum showkey shred shuf slattach sleep sort split ssl_client stat strings stty su sum
    swapoff swapon switch_root sync sysctl syslogd tac tail tar tee test time timeout top touch tr traceroute
    traceroute6 tree true truncate tty ttysize tunctl udhcpc udhcpc6 umount uname unexpand uniq unix2dos unlink
    unlzma unshare unxz unzip uptime usleep uudecode uuencode vconfig vi vlock volname watch watchdog wc wget which
    who whoami whois xargs xxd xzcat yes zcat zcip
"""
_ALPINE: Final = """
    apk bbconfig getent iconv ldconfig ldd lzopcat rfkill scanelf unlzop
"""
_BUSYBOX: Final = """
    ar ascii base32 bootchartd chat chpst chrt conspy crc32 cttyhack devmem dhcprelay dnsd dpkg dpkg-deb dumpleases
    ed envdir envuidgid fakeidentd fdformat fgconsole freeramdisk fsck.minix fsfreeze ftpd ftpget ftpput getfattr
    hdparm hexedit httpd hush i2cdetect i2cdump i2cget i2cset i2ctransfer ifplugd inetd linuxrc logname lpd lpq lpr
    lsblk lspci lsscsi makedevs man mim mke2fs mkfs.ext2 mkfs.minix mt patch popmaildir powertop readprofile resume
    rpm rpm2cpio rtcwake run-init runlevel runsv runsvdir rx script scriptreplay seedrng setarch setfattr setuidgid
    sha384sum smemcap softlimit ssl_server start-stop-daemon sulogin sv svc svlogd svok taskset tc tcpsvd telnet
    telnetd tftp tftpd ts tsort ubiattach ubidetach ubimkvol ubirename ubirmvol ubirsvol ubiupdatevol udhcpd udpsvd
    uevent users uuidgen vmstat w wall xz
"""
_DEBIAN: Final = """
    [ add-shell agetty apt apt-cache apt-cdrom apt-config apt-get apt-mark arch awk b2sum base32 base64 basename
    basenc bash bashbug blkdiscard blkid blkzone blockdev captoinfo cat chage chcon chcpu chfn chgpasswd chgrp chmem
    chmod choom chown chpasswd chroot chrt chsh cksum clear clear_console cmp comm cp csplit cut dash date dd
    deb-systemd-helper deb-systemd-invoke debconf debconf-apt-progress debconf-communicate debconf-copydb
    debconf-escape debconf-set-selections debconf-show df diff diff3 dir dircolors dirname dmesg dnsdomainname
    domainname dpkg dpkg-deb dpkg-divert dpkg-maintscript-helper dpkg-preconfigure dpkg-query dpkg-realpath
    dpkg-reconfigure dpkg-split dpkg-statoverride dpkg-trigger du echo egrep env expand expiry expr factor faillock
    fallocate false fgrep find findfs findmnt flock fmt fold fsck fsfreeze fstab-decode fstrim getconf getent getopt
    getty gpasswd grep groupadd groupdel groupmod groups grpck grpconv grpunconv gunzip gzexe gzip hardlink head
    hostid hostname i386 iconv iconvconfig id infocmp infotocap install installkernel invoke-rc.d ionice ipcmk ipcrm
    ipcs ischroot isosize join killall5 ld.so ldattach ldconfig ldd link linux32 linux64 ln locale localedef logger
    login logname losetup ls lsblk lscpu lsipc lslocks lslogins lsmem lsns mawk mcookie md5sum mkdir mkfifo mkfs
    mkhomedir_helper mknod mkswap mktemp more mount mountpoint mv namei nawk newgrp newusers nice nisdomainname nl
    nohup nologin nproc nsenter numfmt od pager pam-auth-update pam_getenv pam_namespace_helper pam_timestamp_check
    partx passwd paste pathchk perl perl5.40.1 pidof pinky pivot_root pldd pr printenv printf prlimit ptx pwck
    pwconv pwd pwhistory_helper pwunconv rbash readlink readprofile realpath remove-shell rename.ul renice reset rev
    rgrep rm rmdir rmt rmt-tar rtcwake run-parts runcon runuser savelog script scriptlive scriptreplay sdiff sed seq
    service setarch setpriv setsid setterm sg sh sha1sum sha224sum sha256sum sha384sum sha512sum shadowconfig shred
    shuf sleep sort split sqv start-stop-daemon stat stdbuf stty su sulogin sum swaplabel swapoff swapon switch_root
    sync tabs tac tail tar tarcat taskset tee tempfile test tic timeout toe touch tput tr true truncate tset tsort
    tty tzselect uclampset umount uname uncompress unexpand uniq unix_chkpwd unix_update unlink unshare
    update-alternatives update-passwd update-rc.d update-shells useradd userdel usermod users vdir vigr vipw wall wc
    wdctl whereis which which.debianutils who whoami wipefs x86_64 xargs yes ypdomainname zcat zcmp zdiff zdump
    zegrep zfgrep zforce zgrep zic zless zmore znew zramctl
"""
_PROCPS: Final = "free kill pgrep pidwait pkill pmap ps pwdx skill slabtop snice sysctl tload top uptime vmstat w watch"

ALPINE: Final = frozenset((_BOTH_BUSYBOXES + _ALPINE).split())
BUSYBOX: Final = frozenset((_BOTH_BUSYBOXES + _BUSYBOX).split())
DEBIAN: Final = frozenset(_DEBIAN.split())
UBUNTU: Final = DEBIAN | frozenset(_PROCPS.split())
#: Of any.
ALL: Final = ALPINE | BUSYBOX | UBUNTU
