"""mount --bind in the mount namespace of `ip netns exec`, as util-linux 2.38 answers on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim import Lab

HINT = "       dmesg(1) may have more information after failed mount system call.\n"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("mkdir -p /srv/a/sub /data; echo hi > /srv/a/f; ip netns add x; touch /tmp/z")
    return lab


@pytest.mark.parametrize(
    ("line", "status", "output"),
    [
        ("mount --bind /srv/a /data; cat /data/f; ls /data", 0, "hi\nf\nsub\n"),
        ("mount --bind /srv/a /data; sh -c 'umount /data'; ls /data", 0, ""),
        ("mount --bind /srv/a /data; mount --bind /data/sub /srv/a; ls /data /srv/a", 0, "/data:\nf\nsub\n\n/srv/a:\n"),
        ("mount --bind /srv/a/f /tmp/z; cat /tmp/z; rm /tmp/z", 1,
         "hi\nrm: cannot remove '/tmp/z': Device or resource busy\n"),
        ("mount --bind /nosuch /data", 32, f"mount: /data: special device /nosuch does not exist.\n{HINT}"),
        ("mount --bind /tmp /nosuch", 32, f"mount: /nosuch: mount point does not exist.\n{HINT}"),
        ("mount --bind /srv/a/f /data", 32, f"mount: /data: mount(2) system call failed: Not a directory.\n{HINT}"),
        ("mount --bind /srv/a /tmp/z", 32, f"mount: /tmp/z: mount point is not a directory.\n{HINT}"),
        ("umount /data", 32, "umount: /data: not mounted.\n"),
        ("umount /nosuch", 32, "umount: /nosuch: no mount point specified.\n"),
        ("mount --bind", 1, "mount: bad usage\nTry 'mount --help' for more information.\n"),
    ],
)  # fmt: skip
def test_what_is_mounted_is_seen_inside_only(lab: Lab, line: str, status: int, output: str) -> None:
    result = lab.run(f'ip netns exec x sh -c "{line}"')
    assert (result.exit_code, result.stdout + result.stderr) == (status, output)
    assert lab.run("ip netns exec x ls /data; ls /data").stdout == ""


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("mount --bind /srv/a /data", "mount in the host's mount namespace, outside of ip netns exec"),
        ("ip netns exec x mount", "mount without --bind"),
        ("ip netns exec x mount -t tmpfs none /data", "mount -t"),
        ("ip netns exec x mount --bind /data", "mount --bind with other than two paths"),
        ("ip netns exec x umount", "umount of other than one path"),
        ("docker run --rm --privileged alpine mount --bind /tmp /opt", "mount in a container"),
    ],
)
def test_what_is_refused(lab: Lab, line: str, refusal: str) -> None:
    assert f"vnetsim: not modelled: {refusal}\n" in lab.run(line).stderr
