"""id, whoami and groups: recorded in `recorded/engine/container_users`, busybox's in `recorded/public/applets`."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name box -u 1000:5 debian sleep 9; docker run -d --name small alpine sleep 9")
    return lab


@pytest.mark.parametrize(
    ("command", "stdout", "stderr"),
    [
        ("id", "uid=0(root) gid=0(root) groups=0(root)\n", ""),
        ("docker exec box id", "uid=1000 gid=5(tty) groups=5(tty)\n", ""),
        ("docker exec box id -un", "1000\n", "id: cannot find name for user ID 1000\n"),
        ("docker exec box id -gn", "tty\n", ""),
        ("docker exec box id www-data", "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n", ""),
        ("docker exec box id root nouser", "uid=0(root) gid=0(root) groups=0(root)\n", "id: 'nouser': no such user\n"),
        ("docker exec box whoami", "", "whoami: cannot find name for user ID 1000\n"),
        ("docker exec box groups", "tty\n", ""),
        ("docker exec small id -G", "0 0 1 2 3 4 6 10 11 20 26 27\n", ""),
        ("docker exec box id -Z", "", "vnetsim: not modelled: id -Z\n"),
    ],
)
def test_who_a_process_is(lab: Lab, command: str, stdout: str, stderr: str) -> None:
    result = lab.run(command)
    assert (result.stdout, result.stderr) == (stdout, stderr)
    assert (result.exit_code == 0) == (not stderr)
