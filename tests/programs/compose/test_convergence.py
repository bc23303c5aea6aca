"""What changes is made anew, and nothing else."""

from __future__ import annotations

from tests.programs.compose.compose_lab import change, compose, lab_with

TWO = 'services: {a: {image: nettools, environment: {V: "1"}}, b: {image: nettools, depends_on: [a]}}\n'


def test_a_changed_service_is_made_anew_and_others_are_left_alone() -> None:
    lab = lab_with(TWO)
    compose(lab, "up -d")
    change(lab, 'V: "1"', 'V: "2"')
    error = compose(lab, "up -d -t 0")[2]
    assert error.splitlines() == [
        " Container shop-a-1  Recreate",
        " Container shop-a-1  Recreated",
        " Container shop-b-1  Running",
        " Container shop-a-1  Starting",
        " Container shop-a-1  Started",
    ]
    assert compose(lab, "exec a sh -c 'echo $V'")[1] == "2\n"


def test_a_service_has_as_many_containers_as_wanted() -> None:
    lab = lab_with(TWO)
    assert compose(lab, "up -d --scale b=3")[0] == 0
    assert compose(lab, "ps --format '{{.Name}}'")[1].split() == ["shop-a-1", "shop-b-1", "shop-b-2", "shop-b-3"]
    assert compose(lab, "up -d -t 0")[0] == 0
    assert compose(lab, "ps --format '{{.Name}}'")[1].split() == ["shop-a-1", "shop-b-1"]


def test_orphans_are_warned_of_and_removed_if_wanted() -> None:
    lab = lab_with(TWO)
    compose(lab, "up -d")
    change(lab, ", b: {image: nettools, depends_on: \\[a\\]}", "")
    assert "Found orphan containers ([shop-b-1]) for this project." in compose(lab, "up -d")[2]
    assert " Container shop-b-1  Removed" in compose(lab, "up -d -t 0 --remove-orphans")[2]


def test_a_failing_start_stops_what_depends_on_it() -> None:
    lab = lab_with(
        'services: {a: {image: nettools, ports: ["99:1"]}, b: {image: nettools, ports: ["99:1"], depends_on: [a]}}'
    )
    status, _, error = compose(lab, "up -d")
    assert status == 1
    assert error.splitlines()[-1].endswith("Bind for 0.0.0.0:99 failed: port is already allocated")
