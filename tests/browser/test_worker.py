"""The worker of the page, stepped without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.pages import Page
from vnetsim.browser.fragment import LabText, decoded

CABLE = (
    "ip netns add red",
    "ip link add v0 type veth peer name v1 netns red",
    "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up",
    "ip -n red addr add 10.0.0.2/24 dev v1; ip -n red link set v1 up",
)

SOURCES = str(Path(__file__).parent.parent.parent / "src")
#: Prints what is imported when the page has its prompt.
FIRST = """
import json, sys
from vnetsim.browser.worker import PageWorker
shown = []
PageWorker(shown.append).receive({"type": "open", "fragment": "", "lesson": None})
assert shown[-1]["type"] == "prompt", shown
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def cable() -> Page:
    """A page on which a cable was laid; the tests leave the cable as it is."""
    page = Page()
    assert page.type(*CABLE) == ""
    return page


def test_a_ping_ticks_each_second_until_ctrl_c(cable: Page) -> None:
    began, before = cable.now, len(cable.messages)
    cable.send(type="line", text="ping 10.0.0.2")
    times: list[float] = []
    while cable.now < began + 3.5:
        seen = cable.shown(before).count("icmp_seq")
        cable.step()
        if cable.shown(before).count("icmp_seq") > seen:
            times.append(cable.now - began)
    assert [round(at) for at in times] == [0, 1, 2, 3]
    assert not cable.last("prompt")["ready"]
    cable.send(type="key", key="\x03")
    cable.wait()
    assert "4 packets transmitted, 4 received, 0% packet loss" in cable.shown(before)
    assert cable.now < began + 4


def test_time_goes_on_between_commands_and_what_is_typed_ahead_waits(cable: Page) -> None:
    before = len(cable.messages)
    cable.send(type="line", text="sleep 2")
    cable.send(type="line", text="echo after")
    cable.step()
    assert cable.shown(before) == ""
    cable.wait()
    assert cable.shown(before) == "after\n"


def test_a_frame_that_was_dropped_comes_to_the_player_with_its_rule(cable: Page) -> None:
    cable.send(type="fast", on=True)
    cable.type("ip netns exec red iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2")
    assert "-j DROP" in cable.type("why")
    chunks = [each["chunk"] for each in cable.all("chunk")]
    assert any("NETFILTER_DROP" in text for chunk in chunks for text in chunk["texts"])
    assert any(each == ["ping -c 1 -W 1 10.0.0.2", 0] for chunk in chunks for each in chunk["commands"])
    assert [each[1:] for chunk in chunks for each in chunk["ended"]][-2:] == [["", 1], ["", 0]]
    json.dumps(chunks)
    cable.type("ip netns exec red iptables -F")
    cable.send(type="fast", on=False)


def test_an_inner_shell_reads_what_comes_next_and_ctrl_d_leaves_it(cable: Page) -> None:
    cable.type("ip netns exec red bash")
    assert cable.last("prompt")["text"].startswith("(red) ")
    assert "v1" in cable.type("ip -br link")
    cable.send(type="key", key="\x04")
    cable.wait()
    assert cable.last("prompt")["text"].startswith("root@")


def test_a_command_of_several_lines_and_one_that_is_given_up(cable: Page) -> None:
    cable.send(type="line", text="echo 'a")
    cable.step()
    assert cable.last("prompt")["text"] == "> "
    assert cable.type("b'") == "a\nb\n"
    cable.send(type="line", text="echo 'never")
    cable.step()
    cable.send(type="key", key="\x03")
    assert cable.type("echo next") == "next\n"


def test_a_program_that_reads_gets_the_lines(cable: Page) -> None:
    before = len(cable.messages)
    cable.send(type="line", text="cat")
    for line in ("one", "two"):
        cable.send(type="line", text=line)
        cable.wait()
    assert cable.shown(before) == "one\ntwo\n"
    cable.send(type="key", key="\x04")
    cable.wait()
    assert cable.last("prompt")["reads"]


def test_words_are_completed(cable: Page) -> None:
    cable.send(type="complete", before="ip netns exec re")
    assert cable.last("completions")["names"] == ["red"]


def test_who_reaches_whom_and_whether_a_policy_holds(cable: Page) -> None:
    assert "red" in cable.type("reach")
    assert "broken" not in cable.type("echo 'host -> red: icmp' >/tmp/a.policy", "check /tmp/a.policy")
    assert "red" in cable.type("echo 'host !-> red: icmp' >/tmp/b.policy", "check /tmp/b.policy")
    assert "vnetsim: " in cable.type("check /tmp/none")
    assert "vnetsim: check: expected" in cable.type("check a b")


def test_undo_shows_the_machine_as_it_was_to_the_player() -> None:
    page = Page()
    page.send(type="fast", on=True)
    page.type("ip netns add red", "ip netns add blue", "undo")
    assert len(page.all("opened")) == 2
    assert page.type("ip netns") == "red\n"
    assert page.type("ping -c 1 10.9.9.9 | tail -0", "why").count("nobody watches") == 0


def test_downloads(cable: Page) -> None:
    name, capture = cable.download("pcapng")
    assert (name, capture[:4]) == ("vnetsim.pcapng", b"\x0a\x0d\x0d\x0a")
    page = Page(LabText("a.session", "$ ip netns add red\n"))
    page.type("ip netns add blue")
    assert b"$ ip netns add blue" in page.download("session")[1]
    vlab = json.loads(page.download("vlab")[1])
    assert "$ ip netns add blue" in vlab["lesson"]
    page.send(type="download", what="url")
    again = decoded(page.last("url")["fragment"])
    assert again is not None
    page.send(type="download", what="nothing")
    assert "expected pcapng" in page.last("error")["text"]


def test_what_the_page_cannot_open_is_told_and_a_machine_is_there() -> None:
    for page in (Page(lesson="no-such"), Page(LabText("a.session", "$ ip netns add red\n[7\n$ (\n"))):
        assert page.all("error") or page.shown()
        assert page.type("echo here") == "here\n"
    page.send(type="nothing")
    assert "no message of the page" in page.last("error")["text"]


def test_exit_ends_the_session_and_says_so() -> None:
    page = Page()
    page.type("exit 3")
    assert page.last("over") == {"type": "over", "status": 3}


def test_a_lesson_stops_at_its_tasks_and_goes_on_when_they_are_done() -> None:
    page = Page(lesson="two-namespaces")
    page.send(type="fast", on=True)
    lesson = page.last("lesson")
    assert (lesson["step"], [each["mark"] for each in lesson["tasks"]]) == (1, [""])
    page.type("check")
    assert page.last("lesson")["tasks"][0]["mark"] == "open"
    assert page.type("hint")
    page.type("solution", "next")
    assert page.last("lesson")["step"] == 2
    page.send(type="line", text="save anna.work")
    page.wait()
    assert page.last("file")["name"] == "anna.work"
    assert b"solution" not in page.download("vlab")[1]


def test_the_text_of_a_lesson_is_as_wide_as_the_terminal() -> None:
    page = Page(lesson="two-namespaces")
    assert max(map(len, page.shown().splitlines())) > 100
    before = len(page.messages)
    page.send(type="columns", columns=50)
    page.send(type="open", fragment="", lesson="two-namespaces")
    prose = page.shown(before).partition("Task 1")[0]
    assert max(map(len, prose.splitlines())) <= 50


def test_time_that_passes_is_no_command_and_a_new_machine_has_a_prompt() -> None:
    page = Page()
    for _ in range(50):
        page.step()
    assert [each for chunk in page.all("chunk") for each in chunk["chunk"]["commands"]] == []
    prompts = len(page.all("prompt"))
    page.send(type="open", name="a.session", text="$ ip netns add red\n", fragment="")
    assert len(page.all("prompt")) == prompts + 1
    assert page.type("ip netns") == "red\n"


def test_the_first_prompt_waits_for_no_policy_and_no_rules_of_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )
    modules = json.loads(done.stdout)
    unused = ("markdown_it", "ruamel", "vnetsim.reach", "vnetsim.lesson.document", "vnetsim.netfilter.nft.do_chain")
    assert [name for name in modules if name.startswith(unused)] == []
    assert len([name for name in modules if name.startswith("vnetsim")]) < 400
