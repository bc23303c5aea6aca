"""cp and mv, as those of coreutils 9.1 answer; each row goes on where the one before ended."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine
from vnetsim import Lab
from vnetsim.errors import NotModelled

_HINT = "Try '{} --help' for more information.\n"
_ROWS = [
    ("cp s t; cat t", 0, "1\n2\n", ""),
    ("cp s", 1, "", "cp: missing destination file operand after 's'\n" + _HINT.format("cp")),
    ("cp", 1, "", "cp: missing file operand\n" + _HINT.format("cp")),
    ("cp nosuch t", 1, "", "cp: cannot stat 'nosuch': No such file or directory\n"),
    ("cp d e", 1, "", "cp: -r not specified; omitting directory 'd'\n"),
    ("cp s t d; ls d", 0, "s\nt\n", ""),
    ("cp s t nosuch", 1, "", "cp: target 'nosuch': No such file or directory\n"),
    ("cp s s", 1, "", "cp: 's' and 's' are the same file\n"),
    ("cp -v s t", 0, "'s' -> 't'\n", ""),
    ("cp -r d e; cp -r d e; ls e", 0, "d\ns\nt\n", ""),
    ("cp s nosuch/a", 1, "", "cp: cannot create regular file 'nosuch/a': No such file or directory\n"),
    ("echo old > n; cp -n s n; cat n; rm n", 0, "old\n", ""),
    ("cp s t e/s", 1, "", "cp: target 'e/s': Not a directory\n"),
    ("cp -r d s", 1, "", "cp: cannot overwrite non-directory 's' with directory 'd'\n"),
    ("cp -v -r d f", 0, "'d' -> 'f'\n'd/s' -> 'f/s'\n'd/t' -> 'f/t'\n", ""),
    ("cp -T s d", 1, "", "cp: cannot overwrite directory 'd' with non-directory\n"),
    ("cp s x/", 1, "", "cp: cannot create regular file 'x/': Not a directory\n"),
    ("cp -r d d/d", 1, "", "cp: cannot copy a directory, 'd', into itself, 'd/d'\n"),
    ("cp t k; mv k l; ls l; rm l", 0, "l\n", ""),
    ("mv t u; ls", 0, "d\ne\nf\ns\nu\n", ""),
    ("mv nosuch a", 1, "", "mv: cannot stat 'nosuch': No such file or directory\n"),
    ("mv u", 1, "", "mv: missing destination file operand after 'u'\n" + _HINT.format("mv")),
    ("mv u d; mv d/u u; mv d g; ls g", 0, "s\nt\n", ""),
    ("mv -v g d", 0, "renamed 'g' -> 'd'\n", ""),
    ("mv s s", 1, "", "mv: 's' and 's' are the same file\n"),
    ("mv d s", 1, "", "mv: cannot overwrite non-directory 's' with directory 'd'\n"),
    ("mv d d/x", 1, "", "mv: cannot move 'd' to a subdirectory of itself, 'd/x'\n"),
    ("mv u x/", 1, "", "mv: cannot move 'u' to 'x/': Not a directory\n"),
]


def test_as_recorded() -> None:
    machine = Machine()
    machine.run("bash", "-c", "mkdir /w; cd /w; seq 2 > s; mkdir d")
    for command, status, expected, error in _ROWS:
        outcome = machine.run("bash", "-c", f"cd /w; {command}")
        assert (outcome.status, outcome.stdout, outcome.stderr) == (status, expected, error), command


@pytest.mark.parametrize("command", ["cp -i a b", "cp --preserve=mode a b", "mv -b a b"])
def test_what_they_have_not_is_refused(command: str) -> None:
    with pytest.raises(NotModelled):
        Machine().run(*command.split())


def test_a_copy_has_the_mode_and_what_is_moved_all() -> None:
    lab = Lab(docker=False)
    files = lab.machine.host.files
    lab.run("cd /srv; touch a; chmod 775 a; chown 1:2 a; sleep 2; mkdir d; cp a b; cp a d; mv a c; cp -r d e")
    copied, moved = files.status("/srv/b"), files.status("/srv/c")
    assert (copied.mode, copied.owner, files.status("/srv/e/a").mode) == (0o755, (0, 0), 0o755)
    assert (moved.mode, moved.owner) == (0o775, (1, 2))
    assert (moved.changed or 0) < (copied.changed or 0)


def test_a_file_of_an_image_that_is_not_there_is_not_modelled() -> None:
    refused = Lab().run("docker run --rm nginx cp /etc/nginx/mime.types /tmp/x")
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: cp /etc/nginx/mime.types: most files of images" in refused.stderr


@pytest.mark.parametrize(
    ("option", "shown"), [("", "-rwxr-xr-x root"), ("-p", "-rwxr-xr-x 1234"), ("-a", "-rwxr-xr-x 1234")]
)
def test_what_is_preserved(option: str, shown: str) -> None:
    lab = Lab()
    lab.run(f"echo x > /srv/a; chmod 755 /srv/a; chown 1234:1234 /srv/a; cp {option} /srv/a /srv/b")
    mode, _, owner = lab.run("ls -l /srv/b").stdout.split()[:3]
    assert f"{mode} {owner}" == shown
