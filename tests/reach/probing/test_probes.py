"""One question: what the socket says, and where each packet ended."""

from __future__ import annotations

import pytest

from tests.reach.labs import two_networks
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.probes import ask, ask_all
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict
from vnetsim.trace import Dropped


def verdict(*text: str, settle: bool = False) -> ProbeVerdict:
    lab = two_networks()
    return ask(lab, ReachQuestion.parse(lab, *text), settle=settle)


@pytest.mark.parametrize(
    ("text", "outcome", "died", "reason"),
    [
        (("web", "cache"), Outcome.ANSWERED, None, None),
        (("web", "cache:6379"), Outcome.ANSWERED, None, None),
        (("web", "name:cache:6379"), Outcome.ANSWERED, None, None),
        (("web", "cache:6379", "size=3000"), Outcome.ANSWERED, None, None),
        (("web", "cache", "size=3000"), Outcome.ANSWERED, None, None),
        (("host", "127.0.0.1:8080"), Outcome.ANSWERED, None, None),
        (("web", "cache:80"), Outcome.REFUSED, "request", DropReason.NO_SOCKET),
        (("web", "cache", "udp/53"), Outcome.ERROR, "request", DropReason.NO_SOCKET),
        (("web", "db"), Outcome.SILENT, "request", DropReason.NETFILTER_DROP),
        (("web", "db:5432"), Outcome.SILENT, "request", DropReason.NETFILTER_DROP),
        (("web", "10.9.9.9"), Outcome.ERROR, "request", DropReason.IP_INNOROUTES),
        (("web", "172.18.0.77"), Outcome.ERROR, "request", DropReason.NEIGH_FAILED),
        (("web", "cache", "size=1473", "df"), Outcome.NOT_SENT, None, None),
        (("red", "host"), Outcome.NOT_SENT, None, None),
        (("db", "name:cache"), Outcome.NO_NAME, None, None),
        (("web", "idle"), Outcome.NOBODY, None, None),
        (("web", "red"), Outcome.NOBODY, None, None),
    ],
)
def test_a_question_has_one_outcome(
    text: tuple[str, ...], outcome: Outcome, died: str | None, reason: DropReason | None
) -> None:
    found = verdict(*text)
    assert (found.outcome, found.died) == (outcome, died)
    assert found.arrives == (outcome is Outcome.ANSWERED)
    if reason is not None:
        assert found.request is not None
        ending = found.ending(found.request)
        assert isinstance(ending, Dropped)
        assert ending.reason is reason


def test_a_datagram_that_a_socket_took_has_arrived() -> None:
    lab = two_networks()
    lab.start("docker exec cache nc -u -l -k -p 53")
    lab.sleep(1)
    found = ask(lab, ReachQuestion.parse(lab, "web", "cache", "udp/53"))
    assert (found.outcome, found.arrives, found.died) == (Outcome.DELIVERED, True, None)


def test_a_reply_can_die_too() -> None:
    lab = two_networks()
    lab.run("iptables -I DOCKER-USER -p icmp --icmp-type echo-reply -j DROP")
    lab.run("iptables -P OUTPUT DROP")
    found = ask(lab, ReachQuestion.parse(lab, "cache", "host"))
    assert (found.outcome, found.died) == (Outcome.SILENT, "reply")
    assert found.reply is not None
    ending = found.ending(found.reply)
    assert isinstance(ending, Dropped)
    assert ending.reason is DropReason.NETFILTER_DROP


def test_the_senders_own_kernel_may_refuse() -> None:
    found = verdict("red", "host")
    assert (found.errno, found.text) == (Errno.ENETUNREACH, "Network is unreachable")


def test_a_rejection_is_an_error_of_icmp_and_no_reset() -> None:
    lab = two_networks()
    lab.run("iptables -I DOCKER-USER -j REJECT")
    lab.run("iptables -t raw -F")
    found = ask(lab, ReachQuestion.parse(lab, "web", "db:5432"))
    assert found.outcome is Outcome.ERROR
    assert str(found.origin) == "172.18.0.1"


def test_an_accepted_connection_that_is_thrown_away_again() -> None:
    lab = two_networks()
    lab.run("docker run -d --name broken -p 9000:81 nginx")
    found = ask(lab, ReachQuestion.parse(lab, "host", "127.0.0.1:9000"), settle=True)
    assert (found.outcome, found.closed) == (Outcome.ANSWERED, True)
    assert not ask(lab, ReachQuestion.parse(lab, "host", "127.0.0.1:8080"), settle=True).closed


def test_many_questions_at_once_are_answered_in_order_and_repeatable() -> None:
    lab = two_networks()
    text = [("web", "cache"), ("web", "db"), ("web", "cache:80"), ("db", "host"), ("web", "idle")]
    questions = [ReachQuestion.parse(lab, *each) for each in text]
    outcomes = [Outcome.ANSWERED, Outcome.SILENT, Outcome.REFUSED, Outcome.ANSWERED, Outcome.NOBODY]
    assert [each.outcome for each in ask_all(lab, questions)] == outcomes
    assert lab.fork().now() == lab.now()
