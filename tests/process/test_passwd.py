"""/etc/passwd and /etc/group: lines that are none are passed over."""

from __future__ import annotations

from tests.shell.machine import Files
from vnetsim.process.passwd import GroupLine, PasswdLine, group_name, groups, passwd, user_name

FILES = Files(
    {
        "/etc/passwd": "\n# none\nroot:x:0:0:root:/root:/bin/sh\nbad:x:x:0::/:\nshort:x:1\napp:x:7:8::/srv:/bin/sh",
        "/etc/group": "root:x:0:\nadm:x:4:app,,root\nbad:x:-1:\n",
    }
)


def test_entries_are_in_their_order() -> None:
    assert passwd(FILES) == (PasswdLine("root", 0, 0, "/root"), PasswdLine("app", 7, 8, "/srv"))
    assert groups(FILES) == (GroupLine("root", 0, ()), GroupLine("adm", 4, ("app", "root")))


def test_a_file_that_changed_is_read_again() -> None:
    texts = {"/etc/group": "root:x:0:\n"}
    assert [each.name for each in groups(Files(texts))] == ["root"]
    texts["/etc/group"] += "adm:x:4:\n"
    assert [each.name for each in groups(Files(texts))] == ["root", "adm"]


def test_names_are_found_by_number() -> None:
    assert (user_name(FILES, 7), user_name(FILES, 9)) == ("app", None)
    assert (group_name(FILES, 4), group_name(FILES, 9)) == ("adm", None)


def test_without_files_nobody_is_known() -> None:
    assert not passwd(Files({}))
    assert not groups(Files({}))
