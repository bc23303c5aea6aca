"""The pytest plugin, tried on test files of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.lab import Lab
from vnetsim.scenario import differences, load, play
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.pcap import PcapCapture

PLUGIN = ("-p", "vnetsim.pytest_plugin", "-p", "no:xdist")
SHOP = """\
# The shop

$ docker network create front
$ docker run -d --name web --network front nginx

# later

$ docker run -d --name db -e POSTGRES_PASSWORD=secret postgres
"""
TESTS = """\
import pytest

@pytest.mark.scenario("shop.session")
def test_the_web_server_reaches_the_database(lab):
    lab.run("docker exec web curl -s -m 1 172.17.0.2")
    assert lab.reaches("web", "db", "tcp/5432")

@pytest.mark.scenario("shop.session")
def test_it_does_not(lab):
    assert not lab.reaches("web", "db", "tcp/5432")

@pytest.mark.scenario("shop.session@later")
def test_a_moment(lab):
    assert "db" not in lab.run("docker ps").stdout

def test_a_lab_without_scenario(lab):
    assert lab.seed == 7
    assert not lab.has_engine

@pytest.mark.scenario("missing.session")
def test_a_scenario_that_is_not_there(lab):
    pass
"""


@pytest.fixture
def outcome(pytester: pytest.Pytester) -> pytest.RunResult:
    (pytester.path / "shop.session").write_text(SHOP)
    pytester.makepyfile(TESTS)
    return pytester.runpytest(
        "-p", "vnetsim.pytest_plugin", "-p", "no:xdist", "--vnetsim-seed", "7", "--strict-markers"
    )


def test_a_failure_says_why_and_keeps_what_was_typed_and_sent(
    pytester: pytest.Pytester, outcome: pytest.RunResult
) -> None:
    outcome.assert_outcomes(passed=3, failed=1, errors=1)
    outcome.stdout.fnmatch_lines(
        [
            "*vnetsim: why*",
            "web does not reach db at tcp/5432: *DROP*",
            "*vnetsim: kept*",
        ]
    )
    outcome.stdout.fnmatch_lines(["scenario: *missing.session: there is no such file"])
    (kept,) = pytester.path.glob("vnetsim-artefacts/*")
    assert "test_the_web_server_reaches" in kept.name
    document = load(kept / "lab.session")
    assert differences(document, play(document, Lab(7))) == ()
    frames = PcapCapture.decode((kept / "frames.pcap").read_bytes())
    assert frames.error is None
    assert frames.packets


def test_the_frames_of_a_question_are_kept_though_it_is_asked_of_a_copy(pytester: pytest.Pytester) -> None:
    (pytester.path / "shop.session").write_text(SHOP)
    pytester.makepyfile("""\
        import pytest

        @pytest.mark.scenario("shop.session")
        def test_it(lab):
            assert lab.reaches("web", "db", "tcp/5432")
    """)
    pytester.runpytest(*PLUGIN).assert_outcomes(failed=1)
    (kept,) = pytester.path.glob("vnetsim-artefacts/*/frames.pcap")
    frames = [str(Frame.decode(packet.data)) for packet in PcapCapture.decode(kept.read_bytes()).packets]
    assert any("5432: Flags [S]" in frame for frame in frames), frames


@pytest.mark.parametrize("line", ["@pytest.mark.scenario", '@pytest.mark.scenario("a", "b")'])
def test_a_marker_that_makes_no_sense_is_told(pytester: pytest.Pytester, line: str) -> None:
    pytester.makepyfile(f"import pytest\n\n{line}\ndef test_it(lab): pass\n")
    result = pytester.runpytest(*PLUGIN)
    result.stdout.fnmatch_lines(["*expected scenario(path, kind=None, docker=None, incomplete=False)*"])


@pytest.mark.scenario("../scenarios/06-a-router.md")
def test_the_fixture_and_the_marker_are_for_our_own_tests_as_well(lab: Lab) -> None:
    assert lab.reaches("client", "server")
    assert lab.run("ip netns exec router sysctl -w net.ipv4.ip_forward=0")
    answer = lab.reaches("client", "server")
    assert not answer
    assert "client does not reach server at icmp: " in str(answer)


def test_artefacts_go_where_the_option_says(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makepyfile("def test_it(lab):\n    lab.run('echo hello')\n    assert False\n")
    pytester.runpytest(*PLUGIN, "--vnetsim-artefacts", str(tmp_path / "kept"))
    (session,) = tmp_path.glob("kept/*/lab.session")
    assert "$ echo hello\nhello\n" in session.read_text()
