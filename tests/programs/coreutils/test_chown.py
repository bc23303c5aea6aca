"""chown, chgrp and chmod: owners and modes, what is assumed of them, and what is refused."""

from __future__ import annotations

import pytest

from vnetsim import Lab

#: Each on what the one before made of a file and a directory: coreutils 9.1.
_MODES = [
    ("644 f", "644"), ("+x f", "755"),
    ("u=rw,go= f", "600"), ("a+x,u-r f", "311"), ("-x f", "200"),
    ("g+x,u=wx,o+x f", "311"), ("-w f", "111"), ("=r f", "444"),
    ("7 f", "007"), ("g=u,o=g f", "000"), ("u+w,g=u f", "220"), ("+X f", "220"), ("a+X d", "755"), ("+t d", "1755"),
    ("u+s f", "4220"), ("4755 d", "4755"), ("755 d", "4755"), ("00755 d", "755"), ("-R go-rwx d", "700"),
    ("u+t d", "700"), ("o=rxt d", "1705"), ("o=r d", "704"),
]  # fmt: skip


def test_modes_are_those_of_chmod() -> None:
    lab = Lab()
    lab.run("cd /srv && touch f && mkdir d")
    for change, mode in _MODES:
        lab.run(f"chmod {change.replace(' f', ' /srv/f').replace(' d', ' /srv/d')}")
        assert lab.machine.host.files.status(f"/srv/{change[-1]}").mode == int(mode, 8), change


def test_owners_are_kept_and_the_answer_says_that_they_are_not_judged() -> None:
    lab = Lab(docker=False, files={"/etc/group": "root:x:0:\nstaff:x:50:\n", "/etc/passwd": "web:x:7:8::/:/bin/sh\n"})
    files = lab.machine.host.files
    for command, owner in (
        ("chown -R 1000:1001 /srv", (1000, 1001)), ("chgrp staff /srv", (1000, 50)), ("chown web /srv", (7, 50)),
        ("chown 5: /srv", (5, 50)), ("chown web: /srv", (7, 8)), ("chown :0 /srv", (7, 0)),
    ):  # fmt: skip
        assert lab.run(command)
        assert files.status("/srv").owner == owner, command
    assert list(lab.shortfall.assumptions) == ["who may read or write a file is not judged by its owner and mode"]
    lab.run("chown nobody /srv; chmod 666 /dev/null")
    assert lab.shortfall.assumptions[-1] == "owners and modes of files are not kept"


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("chown root /nowhere", "chown: cannot access '/nowhere': No such file or directory\n"),
        ("chmod 9 /tmp", "chmod: invalid mode: '9'\nTry 'chmod --help' for more information.\n"),
        ("chown '*' /tmp", "chown: invalid user: '*'\n"),
        ("chmod 755", "chmod: missing operand after '755'\nTry 'chmod --help' for more information.\n"),
        ("chmod 777 /srv; chmod -w /srv", "vnetsim: not modelled: chmod -w, which does not take it from all\n"),
        ("chown a.b /tmp", "vnetsim: not modelled: chown a.b\n"),
        ("chown -v root /tmp", "vnetsim: not modelled: chown -v\n"),
    ],
)
def test_mistakes_are_refused(line: str, refusal: str) -> None:
    assert Lab().run(line, expected=None).stderr == refusal


def test_who_may_run_a_file_says_nothing_of_who_may_write_to_it() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name web alpine sleep 100; echo echo ran > /srv/f; chmod +x /srv/f; /srv/f")
    inside = "docker exec web sh -c 'echo echo ran > /srv/f; chmod +x /srv/f'; docker exec -u 7 web"
    assert lab.run(f"{inside} /srv/f").stdout == "ran\n"
    assert lab.run("docker exec -u 7 web sh -c 'echo > /srv/f'", expected=1).stderr.endswith("Permission denied\n")
    assert not lab.shortfall.assumptions
    lab.run("docker exec web chmod 777 /srv/f")
    assert lab.run("docker exec -u 7 web sh -c 'echo > /srv/f'")
    assert lab.shortfall.assumptions


def test_a_change_that_is_refused_changes_nothing() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name web alpine sleep 100; docker exec web touch /srv/f")
    lab.run("docker exec -u 7 web chmod 777 /srv/f", expected=1)
    lab.run("docker exec -u 7 web sh -c 'echo > /srv/f'", expected=1)


def test_a_file_loses_its_set_id_bits_with_its_owner() -> None:
    lab = Lab(docker=False)
    lab.run("cd /srv; touch f g; mkdir d; chmod 6755 f d; chmod 2644 g; chown 0 *")
    assert [lab.machine.host.files.status(f"/srv/{name}").mode for name in "fgd"] == [0o755, 0o2644, 0o6755]


@pytest.mark.parametrize("line", ["mkdir -m 700 /srv/d", "umask 077"])
def test_modes_of_new_files_that_are_not_kept_are_an_assumption(line: str) -> None:
    lab = Lab(docker=False)
    lab.run("umask 0022; umask 22; mkdir /srv/c")
    assert not lab.shortfall.assumptions
    lab.run(line)
    assert lab.shortfall.assumptions == ("owners and modes of files are not kept",)
