"""Clients and servers that meet in ways that no recording has: slow, broken, many at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from tests.kernel.servers import run
from tests.kernel.streams import states
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY4

Answer = Callable[[Process, TcpSocket], Generator[Any, Any, None]]


def served(answer: Answer, port: int = 80) -> Lab:
    """Namespaces a and b; in b somebody answers each connection."""
    lab = pair()

    def main(process: Process) -> Program:
        server = process.network.tcp_socket(owner=process)
        server.bind(ANY4, port)
        server.listen(10)
        while True:
            client: TcpSocket = yield server.accept()
            try:
                yield from answer(process, client)
            except KernelError:
                pass
            finally:
                client.close()

    run(lab, "b", main)
    lab.sleep(0.01)
    return lab


def saying(*pieces: bytes, pause: int = SECOND // 10) -> Answer:
    """After the request, piece by piece."""

    def answer(process: Process, client: TcpSocket) -> Generator[Any, Any, None]:
        yield client.receive()
        for piece in pieces:
            yield client.send(piece)
            yield process.sleep(pause)

    return answer


def curl(lab: Lab, words: str) -> tuple[int, str, str]:
    result = lab.run(f"ip netns exec a curl -sS {words}")
    return result.exit_code, result.stdout, result.stderr


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"


def test_an_answer_in_pieces() -> None:
    lab = served(saying(b"HTTP/1.1 2", b"00 OK\r\nContent-Le", b"ngth: 10\r\n\r\n12345", b"67890"))
    assert curl(lab, "http://10.0.0.2/") == (0, "1234567890", "")


def test_chunks() -> None:
    lab = served(saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n"))
    assert curl(lab, "http://10.0.0.2/") == (0, "hello", "")
    assert lab.run("ip netns exec a wget -qO- http://10.0.0.2/").stdout == "hello"


def test_an_answer_that_is_cut_short() -> None:
    lab = served(saying(HEAD + b"12345"))
    status, out, error = curl(lab, "http://10.0.0.2/")
    assert (status, out) == (18, "12345")
    assert error == "curl: (18) transfer closed with 5 bytes remaining to read\n"


def test_no_answer_at_all() -> None:
    lab = served(saying())
    assert curl(lab, "http://10.0.0.2/") == (52, "", "curl: (52) Empty reply from server\n")


def test_a_server_that_hangs_up_on_the_request() -> None:
    def answer(process: Process, client: TcpSocket) -> Generator[Any, Any, None]:
        del client
        yield process.sleep(SECOND)

    lab = served(answer)
    status, _, error = curl(lab, "http://10.0.0.2/")
    assert (status, error) == (56, "curl: (56) Recv failure: Connection reset by peer\n")


def test_too_slow() -> None:
    lab = served(saying(HEAD + b"123", b"4", b"5", pause=SECOND))
    status, out, error = curl(lab, "-m 1.5 http://10.0.0.2/")
    assert (status, out) == (28, "1234")
    assert error == "curl: (28) Operation timed out after 1501 milliseconds with 4 out of 10 bytes received\n"


def test_round_and_round() -> None:
    lab = served(saying(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"))
    status, out, error = curl(lab, "-L --max-redirs 3 http://10.0.0.2/")
    assert (status, out, error) == (47, "", "curl: (47) Maximum (3) redirects followed\n")


def test_a_port_of_ones_own_that_is_taken() -> None:
    lab = served(saying(HEAD + b"1234567890"))
    typed(lab, "ip netns exec a nc -l 42000 &")
    assert curl(lab, "--local-port 42000 http://10.0.0.2/")[0] == 45
    assert curl(lab, "--local-port 42000-42001 http://10.0.0.2/") == (0, "1234567890", "")


def test_a_large_file_arrives_whole() -> None:
    lab = pair()
    typed(
        lab,
        """
        mkdir -p /tmp/www
        seq 1 200000 > /tmp/www/numbers
        ip netns exec b busybox httpd -f -p 80 -h /tmp/www &
        ip netns exec a curl -s -o /tmp/got http://10.0.0.2/numbers
    """,
    )
    assert lab.run("cat /tmp/got").stdout == lab.run("cat /tmp/www/numbers").stdout
    assert lab.run("ip netns exec a curl -s http://10.0.0.2/numbers | tail -n 1").stdout == "200000\n"


def test_many_clients_at_once() -> None:
    lab = pair()
    typed(
        lab,
        """
        mkdir -p /tmp/www
        echo hello > /tmp/www/index.html
        ip netns exec b busybox httpd -f -p 80 -h /tmp/www &
    """,
    )
    for number in range(5):
        typed(lab, f"ip netns exec a curl -s -o /tmp/got{number} http://10.0.0.2/ &")
    lab.sleep(2)
    assert lab.run("cat /tmp/got*").stdout == "hello\n" * 5


def test_a_server_in_the_background_ends_when_it_is_killed() -> None:
    lab = pair()
    typed(
        lab,
        """
        ip netns exec b busybox httpd -p 80 -h /tmp
        ip netns exec a nc -z 10.0.0.2 80
        ip netns exec b sh -c 'kill $(pgrep busybox)'
    """,
    )
    assert lab.run("ip netns exec a nc -z 10.0.0.2 80").exit_code == 1


@pytest.mark.parametrize(("flags", "seconds"), [("-w 2", 2.0), ("-N", 0.0), ("-q 1", 1.0), ("-q 0", 0.0)])
def test_when_nc_ends(flags: str, seconds: float) -> None:
    lab = pair()
    typed(lab, "ip netns exec b nc -lk 9000 > /tmp/heard &")
    result = lab.run(f"echo hello | ip netns exec a nc {flags} 10.0.0.2 9000", timeout_seconds=10)
    assert not result.timed_out
    assert seconds <= result.seconds < seconds + 0.1
    lab.sleep(0.1)
    assert lab.run("cat /tmp/heard").stdout == "hello\n"


def test_nc_waits_for_the_other_end_and_is_interrupted() -> None:
    lab = pair()
    typed(lab, "ip netns exec b nc -lk 9000 > /tmp/heard &")
    result = lab.run("echo hello | ip netns exec a nc 10.0.0.2 9000", timeout_seconds=3)
    assert result.timed_out
    lab.sleep(0.1)
    assert states(lab, "a") in (["FIN-WAIT-2"], ["TIME-WAIT"])


def test_both_ways_through_nc() -> None:
    lab = pair()
    typed(lab, "ip netns exec b sh -c 'seq 1 1000 | nc -N -l 9000 > /tmp/heard' &")
    result = lab.run("seq 1001 2000 | ip netns exec a nc -N 10.0.0.2 9000")
    assert result.stdout.splitlines() == [str(number) for number in range(1, 1001)]
    lab.sleep(0.1)
    assert lab.run("cat /tmp/heard").stdout.splitlines() == [str(number) for number in range(1001, 2001)]


def test_a_program_behind_a_port() -> None:
    lab = pair()
    typed(lab, "ip netns exec b busybox nc -ll -p 9000 -e /bin/cat &")
    for word in ("one", "two"):
        assert lab.run(f"echo {word} | ip netns exec a nc -N 10.0.0.2 9000").stdout == f"{word}\n"


def test_the_shell_speaks_http() -> None:
    lab = served(saying(HEAD + b"1234567890"))
    script = r"exec 3<>/dev/tcp/10.0.0.2/80; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3"
    assert lab.run(f'ip netns exec a bash -c "{script}"').stdout.endswith("\n1234567890")


def test_wget_tries_again() -> None:
    lab = pair()
    typed(lab, "ip netns exec a sh -c 'sleep 2; ip netns exec b busybox httpd -p 80 -h /usr/share/doc/iproute2' &")
    typed(lab, "ip netns exec b iptables -A INPUT -p tcp --dport 80 -j DROP")
    typed(lab, "sh -c 'sleep 3; ip netns exec b iptables -F' &")
    result = lab.run("ip netns exec a wget -T 1 -t 5 -O /dev/null http://10.0.0.2/copyright")
    assert result.exit_code == 0
    assert "(try: 3)" in result.stderr
    assert "200 OK" in result.stderr
