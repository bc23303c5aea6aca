"""A further terminal on the machine of a session."""

from __future__ import annotations

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt.joined import JoinedTerminal, Message
from vnetsim.prompt.session import PromptSession


class Joined:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.session = PromptSession(Lab(docker=False), self.shown.append)
        self.session.begin()
        self.session.run("ip link set lo up\n")
        self.terminal = JoinedTerminal(self.session.lab)

    def says(self, *messages: Message, seconds: float = 0.5) -> list[Message]:
        """What is answered within so long."""
        for message in messages:
            self.terminal.take(message)
        self.session.idle(seconds)
        return self.terminal.messages()


def text(messages: list[Message]) -> str:
    return "".join(each.get("show", "") for each in messages)


PROMPT = {"ready": "root@host:/# ", "commands": True}


def test_a_capture_in_one_terminal_shows_the_packets_of_the_other() -> None:
    joined = Joined()
    assert joined.says() == [PROMPT]
    assert "listening on lo" in text(joined.says({"line": "tcpdump -nli lo icmp"}))
    joined.session.run("ping -c 2 127.0.0.1\n")
    assert text(joined.says()).count("ICMP echo") == 4
    stopped = joined.says({"key": "\x03"})
    assert "4 packets captured" in text(stopped)
    assert stopped[-1] == PROMPT


def test_each_terminal_has_its_own_shell_and_one_machine() -> None:
    joined = Joined()
    joined.says({"line": "cd /tmp; x=1; echo one > /tmp/shared; ip link add d0 type dummy"})
    joined.session.run("pwd; echo $x; cat /tmp/shared; ip -br link show d0\n")
    assert "".join(joined.shown).startswith("/\n\none\nd0 ")
    assert joined.says({"line": "pwd"})[-1]["ready"] == "root@host:/tmp# "


def test_programs_read_and_commands_that_go_on_are_continued() -> None:
    joined = Joined()
    joined.says()
    assert joined.says({"line": "cat"}) == [{"ready": "", "commands": False}]
    assert joined.says({"line": "hello"}) == [{"show": "hello\n"}, {"ready": "", "commands": False}]
    assert joined.says({"key": "\x04"})[-1] == PROMPT
    assert joined.says({"line": "for i in 1 2; do"})[-1]["ready"] == "> "
    assert text(joined.says({"line": "echo $i; done"})) == "1\n2\n"
    assert joined.says({"complete": "ip link show l"}) == [{"completions": ["lo"]}]


def test_what_is_not_modelled_and_what_only_the_first_terminal_takes_is_told() -> None:
    joined = Joined()
    joined.says()
    assert text(joined.says({"line": "ip xfrm state"})) == "vnetsim: not modelled: ip xfrm\n"
    refused = joined.says({"line": "undo"})
    assert text(refused) == "vnetsim: only the first terminal takes commands about the session\n"
    assert refused[-1] == PROMPT
    with pytest.raises(UsageError, match="cannot be repeated: what was typed at a further terminal"):
        joined.session.lab.fork()
    assert joined.says({"unknown": 1}) == []


def test_it_ends_with_its_shell_and_what_it_started_ends_with_its_user() -> None:
    joined = Joined()
    assert joined.says({"line": "exit 3"})[-1] == {"over": 3}
    other = JoinedTerminal(joined.session.lab)
    other.take({"line": "sleep 1000"})
    joined.session.idle(1)
    other.hang_up()
    joined.session.idle(1)
    joined.shown.clear()
    joined.session.run("pgrep sleep\n")
    assert (joined.shown, joined.session.status) == ([], 1)


def test_it_is_over_when_the_machine_is_another_one() -> None:
    joined = Joined()
    joined.session.run("reboot\n")
    assert joined.terminal.messages()[-1]["over"] == 1
