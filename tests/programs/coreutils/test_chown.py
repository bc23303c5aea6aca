"""chown, chgrp and chmod: what they refuse, and that owners and modes are an assumption."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.mark.parametrize(
    "line", ["chown -R 1000:1000 /tmp", "chgrp staff /etc/hosts", "chmod u+x,g=rw /etc/hosts", "chmod 0644 /tmp"]
)
def test_an_existing_file_is_taken_and_the_answer_says_what_is_not_kept(line: str) -> None:
    lab = Lab()
    assert lab.run(line)
    assert lab.shortfall.assumptions == ("owners and modes of files are not kept",)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("chown root /nowhere", "chown: cannot access '/nowhere': No such file or directory\n"),
        ("chmod 9 /tmp", "chmod: invalid mode: '9'\nTry 'chmod --help' for more information.\n"),
        ("chown '*' /tmp", "chown: invalid user: '*'\n"),
        ("chmod 755", "chmod: missing operand after '755'\nTry 'chmod --help' for more information.\n"),
        ("chown -v root /tmp", "vnetsim: not modelled: chown -v\n"),
    ],
)
def test_mistakes_are_refused(line: str, refusal: str) -> None:
    assert Lab().run(line, expected=None).stderr == refusal
