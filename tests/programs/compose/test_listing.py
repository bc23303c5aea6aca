"""`ps` and `ls`."""

from __future__ import annotations

import json

from tests.programs.compose.compose_lab import SHOP, compose, lab_with


def test_a_table_of_containers() -> None:
    lab = lab_with(SHOP)
    assert compose(lab, "ps")[1] == "NAME      IMAGE     COMMAND   SERVICE   CREATED   STATUS    PORTS\n"
    compose(lab, "up -d")
    lines = compose(lab, "ps")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "shop-client-1", "shop-db-1", "shop-web-1"]
    assert lines[3].endswith("0.0.0.0:8080->80/tcp, [::]:8080->80/tcp")
    assert compose(lab, "ps --services")[1] == "client\ndb\nweb\n"
    assert compose(lab, "ps --format '{{.Service}} {{.State}}' db")[1] == "db running\n"
    assert compose(lab, "ps nope")[2] == "no such service: nope\n"


def test_json() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    found = json.loads(compose(lab, "ps --format json web")[1])
    assert (found["Name"], found["ExitCode"], found["Publishers"][0]) == (
        "shop-web-1",
        0,
        {"URL": "0.0.0.0", "TargetPort": 80, "PublishedPort": 8080, "Protocol": "tcp"},
    )


def test_projects() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    compose(lab, "stop -t 0 db")
    assert lab.run("docker compose ls").stdout == (
        "NAME                STATUS              CONFIG FILES\n"
        "shop                running(2)          /srv/shop/compose.yaml\n"
    )
    assert "exited(1), running(2)" in lab.run("docker compose ls -a").stdout
    assert lab.run("docker compose ls --format json").stdout == (
        '[{"Name":"shop","Status":"running(2)","ConfigFiles":"/srv/shop/compose.yaml"}]\n'
    )
