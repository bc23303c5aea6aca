"""Order and labels."""

from __future__ import annotations

import json

from tests.programs.compose.compose_lab import SHOP, compose, lab_with
from vnetsim.programs.compose.session import reversed_graph


def test_the_reverse_of_a_graph() -> None:
    assert reversed_graph({"a": {"b"}, "b": {"c"}, "c": set()}) == {"a": set(), "b": {"a"}, "c": {"b"}}


def test_independent_containers_stop_at_the_same_time() -> None:
    lab = lab_with("services: {a: {image: alpine}, b: {image: alpine}, c: {image: alpine}}")
    compose(lab, "up -d")
    before = lab.now()
    compose(lab, "down -t 5")
    assert lab.now() - before < 7 * 10**9


def test_containers_carry_the_projects_labels() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    labels = json.loads(lab.run("docker inspect shop-web-1 --format '{{json .Config.Labels}}'").stdout)
    found = {key.removeprefix("com.docker.compose."): value for key, value in labels.items()}
    assert found["project"] == "shop"
    assert found["depends_on"] == "db:service_started:false"
    assert found["project.config_files"] == "/srv/shop/compose.yaml"
    assert found["config-hash"] == compose(lab, "config --hash web")[1].split()[1]
