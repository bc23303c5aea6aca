"""mktemp, as that of coreutils 9.1 answers."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine


@pytest.mark.parametrize(("command", "pattern"), [
    ("mktemp", "/tmp/tmp.??????????"), ("mktemp -d", "/tmp/tmp.??????????"), ("mktemp -u xXXXX", "x????"),
    ("mktemp --suffix=.a aXXX", "a???.a"), ("mktemp aXXX.b", "a???.b"), ("mktemp -t fooXXX", "/tmp/foo???"),
    ("TMPDIR=/var/tmp mktemp -u", "/var/tmp/tmp.??????????"), ("mktemp -p /var/tmp -u", "/var/tmp/tmp.??????????"),
    ("mktemp -d -p /tmp dXXX", "/tmp/d???"), ("mktemp -u aXXXbXXX", "aXXXb???"),
    ("mktemp -u --suffix=b", "/tmp/tmp.??????????b"),
])  # fmt: skip
def test_a_name_is_made_of_the_template(command: str, pattern: str) -> None:
    script = f'cd /tmp; name=$({command}); [[ $name == {pattern} ]] && echo ok; test -e "$name" && echo made'
    outcome = Machine().run("bash", "-c", script)
    assert outcome.stdout == "ok\n" + "made\n" * (" -u" not in command), outcome


@pytest.mark.parametrize(("command", "error"), [
    ("mktemp xXX", "too few X's in template 'xXX'\n"),
    ("mktemp -p /no", "failed to create file via template '/no/tmp.XXXXXXXXXX': No such file or directory\n"),
    ("mktemp a b", "too many templates\nTry 'mktemp --help' for more information.\n"),
    ("mktemp -t a/bXXX", "invalid template, 'a/bXXX', contains directory separator\n"),
    ("mktemp --suffix b aXXXc", "with --suffix, template 'aXXXc' must end in X\n"),
    ("mktemp XXX/a", "invalid suffix '/a', contains directory separator\n"),
    ("mktemp -u -p /tmp /aXXX", "invalid template, '/aXXX'; with --tmpdir, it may not be absolute\n"),
])  # fmt: skip
def test_a_template_is_refused(command: str, error: str) -> None:
    outcome = Machine().run("bash", "-c", command)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (1, "", f"mktemp: {error}")
