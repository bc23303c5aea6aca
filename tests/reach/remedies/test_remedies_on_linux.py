"""What `why` proposes for a question heals it on the real kernel, too: the proof fails before, and holds after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.reach.asked import Question, proposed, questions
from tests.real import kernel_session, machine
from vnetsim.verify.plan import from_lines
from vnetsim.verify.sides import really

#: Questions about NAT, netfilter, routing, neighbours and bridges whose labs need no engine, and whose proof is a
#: program of Linux.  None about proxies: a neighbour that was asked for in vain is INCOMPLETE for some seconds.
NUMBERS = (1, 2, 3, 4, 6, 8, 9, 17, 25, 39, 40, 41, 45, 65, 68, 73, 74, 80, 108, 117)
_AT_ONCE = 6
#: A program in the background may not be ready when the next line is typed, as at a terminal.
_ATTEMPTS = 3
QUESTIONS = {question.name: question for question in questions() if int(question.name[:3]) in NUMBERS}
CHANGES = [
    (name, number)
    for name, question in QUESTIONS.items()
    for number, change in enumerate(proposed(question.document.commands[-1].output))
    if change.commands
]


def test_each_change_heals_on_the_real_kernel() -> None:
    """All at once: they mostly wait for what does not answer."""
    kernel_session().close()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(changed, *zip(*CHANGES, strict=True)))
    assert [each for each in found if each] == []


def changed(name: str, number: int) -> str:
    """What is wrong with a change; "" if it does what it shall."""
    question = QUESTIONS[name]
    change = proposed(question.document.commands[-1].output)[number]
    wanted = (True, False) if question.fact("exposure") else (False, True)
    found: list[tuple[int, int]] = []
    while len(found) < _ATTEMPTS:
        found.append(statuses(question, change.commands))
        if tuple(status == 0 for status in found[-1]) == wanted:
            return ""
    return f"{name}: {change.commands}: before and after it {found}"


def test_a_change_that_does_not_heal_is_seen() -> None:
    question = QUESTIONS["001-redirect-not-for-localhost"]
    wrong = "iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport 81 -j REDIRECT --to-ports 8080"
    before, after = statuses(question, (wrong,))
    assert before
    assert after


def statuses(question: Question, commands: tuple[str, ...]) -> tuple[int, int]:
    """What the proof ends with before and after the commands, all of which succeed."""
    proof = question.fact("proof")
    plan = from_lines(question.name, (*question.lines, proof, *commands, proof))
    with kernel_session() as kernel:
        machine(kernel, "ip", "iptables", "nc", "sysctl", "bridge", "conntrack")
        steps = really(plan, kernel).steps
    before, *made, after = steps[len(question.lines) :]
    assert [step["rc"] for step in made] == [0] * len(commands), made
    return before["rc"], after["rc"]
