"""rm: directories with what is in them (the order is that of names; on a real machine that of the file system)."""

from __future__ import annotations

from vnetsim.lab import Lab


def test_a_directory_goes_with_what_is_in_it() -> None:
    lab = Lab()
    lab.run("mkdir -p /srv/d/e; echo 1 > /srv/d/f; echo 2 > /srv/d/e/g")
    result = lab.run("cd /srv; rm -rv d")
    assert result.stdout == "removed 'd/e/g'\nremoved directory 'd/e'\nremoved 'd/f'\nremoved directory 'd'\n"
    assert lab.run("ls /srv").stdout == ""


def test_a_directory_is_not_removed_without_a_flag() -> None:
    lab = Lab()
    lab.run("mkdir -p /srv/d")
    result = lab.run("rm /srv/d", expected=None)
    assert (result.exit_code, result.stderr) == (1, "rm: cannot remove '/srv/d': Is a directory\n")
    assert lab.run("ls /srv").stdout == "d\n"
