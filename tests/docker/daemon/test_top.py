"""`docker top`: the titles, and what is in the columns, as ps of procps 4.0 has them (recorded with engine 28.5.2)."""

from __future__ import annotations

import pytest

from vnetsim import Lab

FULL = "UID PID PPID C STIME TTY TIME CMD"
USER = "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"
JOBS = "PID TTY STAT TIME COMMAND"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name box -u 33 debian sh -c 'sleep 60; true'")
    return lab


@pytest.mark.parametrize(
    ("options", "titles", "row"),
    [
        ("", FULL, "33 PID PID 0 00:00 ? 00:00:00 sleep 60"),
        ("-ef", FULL, "33 PID PID 0 00:00 ? 00:00:00 sleep 60"),
        ("aux", USER, "33 PID 0.0 0.0 0 0 ? S 00:00 0:00 sleep 60"),
        ("x", JOBS, "PID ? S 0:00 sleep 60"),
        ("-e", "PID TTY TIME CMD", "PID ? 00:00:00 sleep"),
        ("-o pid,comm", "PID COMMAND", "PID sleep"),
        ("axo pid,ppid,user,args", "PID PPID USER COMMAND", "PID PID 33 sleep 60"),
    ],
)
def test_columns_are_those_of_ps(lab: Lab, options: str, titles: str, row: str) -> None:
    answer = lab.docker.container_top("box", options)
    assert " ".join(answer["Titles"]) == titles
    assert " ".join("PID" if each.isdigit() and int(each) > 99 else each for each in answer["Processes"][-1]) == row


def test_the_first_process_leads_its_session(lab: Lab) -> None:
    assert lab.docker.container_top("box", "-o pid,stat")["Processes"][0][1] == "Ss"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("box -o comm", "Error response from daemon: Couldn't find PID field in ps output"),
        ("box -o pid,wchan", "vnetsim: not modelled: docker top with the options -o pid,wchan of ps"),
        ("box -l", "vnetsim: not modelled: docker top with the options -l of ps"),
        ("nope", "Error response from daemon: No such container: nope"),
    ],
)
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"docker top {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{message}\n")


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("-e POSTGRES_PASSWORD=x postgres", "postgres postgres"),
        ("redis", "redis-server redis-server *:6379"),
        ("redis redis-server --bind 127.0.0.1 --port 7000", "redis-server redis-server 127.0.0.1:7000"),
        ("nginx", "nginx nginx: master process nginx -g daemon off;"),
        ("minio/minio server /data", "minio minio server /data"),
        ("acme/api uvicorn main:app", "uvicorn uvicorn"),
        ("--expose 80 acme/api", "api api"),
    ],
)
def test_a_server_is_one_process_of_its_own_name(lab: Lab, words: str, row: str) -> None:
    lab.run(f"docker run -d --name server {words}", expected=0)
    lab.sleep(1)
    processes = lab.docker.container_top("server", "-o pid,comm,args")["Processes"]
    sockets = lab.docker.container_context("server").network.sockets()
    heard = {each.process for each in sockets if each.state == "LISTEN" and each.process != "dockerd"}
    lab.run("docker rm -f server", expected=0)
    assert [" ".join(each[1:]) for each in processes] == [row]
    assert heard == {row.split(maxsplit=1)[0]}
