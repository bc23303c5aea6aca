"""/dev/kmsg as a file (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.proc import kmsg
from vnetsim.kernel.proc.files import KernelFiles, Tree


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one\n", [(12, "one")]),
        ("two\n\n", [(12, "two"), (12, "")]),
        ("\n", [(12, "")]),
        ("", []),
        ("<3>a;b,c=d", [(11, "a;b,c=d")]),
        ("<3> lead\n", [(11, " lead")]),
        ("<8>facility\n", [(8, "facility")]),
        ("<0>zero\n<>none\n", [(8, "zero"), (8, "none")]),
        ("<031>octal\n", [(31, "octal")]),
        ("<0x1f>hex\n<4x>x\n", [(12, "<0x1f>hex"), (12, "<4x>x")]),
    ],
)
def test_what_is_written_has_a_level_and_a_facility(text: str, found: list[tuple[int, str]]) -> None:
    assert list(kmsg.messages(text)) == found


def test_too_long_a_message_is_refused_and_many_are_not_modelled() -> None:
    with pytest.raises(KernelError) as refused:
        list(kmsg.messages("a" * 1025))
    assert refused.value.errno is Errno.EINVAL
    with pytest.raises(NotModelled):
        list(kmsg.messages("line\n" * 11))


def test_only_printable_characters_are_shown_as_they_are() -> None:
    assert kmsg.record(404, (40107730_000, 12, "x\\y\tz\x1b\x7f\né")) == (
        "12,404,40107730,-;x\\x5cy\\x09z\\x1b\\x7f\\x0a\\xc3\\xa9\n"
    )


def test_what_is_written_is_read_by_dmesg() -> None:
    lab = Lab(docker=False)
    assert lab.run("echo '<3>six' > /dev/kmsg; printf 'a\\tb\\033\\\\c\\n' >> /dev/kmsg")
    assert lab.run("dmesg -t").stdout == "six\na\tb\\x1b\\c\n"
    assert lab.run("cat /dev/kmsg").stdout.endswith(",-;a\\x09b\\x1b\\x5cc\n")
    files = KernelFiles(Tree({}), lab.network(None).namespace, uid=1000)
    with pytest.raises(KernelError, match="Permission denied"):
        files.write("/dev/kmsg", "x\n")
