"""`depends_on` with conditions: a service waits for the health of another one."""

from __future__ import annotations

import pytest

from tests.programs.compose.compose_lab import compose, lab_with

WAITS = """services:
  db:
    image: postgres
    environment: [POSTGRES_PASSWORD=secret]
    healthcheck: {test: "%s", interval: 2s, retries: 2}
  app: {image: nettools, depends_on: {db: {condition: service_healthy%s}}}
"""


def test_a_service_starts_when_the_other_is_healthy() -> None:
    lab = lab_with(WAITS % ("pg_isready", ""))
    before = lab.now()
    code, _, stderr = compose(lab, "up -d")
    assert code == 0
    assert stderr.splitlines()[-4:] == [
        " Container shop-db-1  Waiting", " Container shop-db-1  Healthy",
        " Container shop-app-1  Starting", " Container shop-app-1  Started",
    ]  # fmt: skip
    assert lab.now() - before > 2_000_000_000


def test_a_service_does_not_start_if_the_other_is_unhealthy() -> None:
    lab = lab_with(WAITS % ("pg_isready -p 5433", ""))
    code, _, stderr = compose(lab, "up -d")
    assert (code, stderr.splitlines()[-1]) == (1, "dependency failed to start: container shop-db-1 is unhealthy")
    assert compose(lab, "ps -a --format '{{.Name}} {{.State}} {{.Health}}'")[1].splitlines() == [
        "shop-app-1 created ", "shop-db-1 running unhealthy",
    ]  # fmt: skip


def test_a_dependency_that_is_not_required_is_skipped() -> None:
    lab = lab_with(WAITS % ("exit 1", ", required: false"))
    code, _, stderr = compose(lab, "up -d")
    assert code == 0
    assert 'Skipped: optional dependency "db" failed to start' in stderr
    assert "shop-app-1  Started" in stderr


@pytest.mark.parametrize(("service", "message"), [
    ("image: nginx", "has no healthcheck configured"),
    ('image: nettools, command: "false", healthcheck: {test: "true", interval: 5s}', "exited (1)"),
])  # fmt: skip
def test_what_can_never_be_healthy_is_refused(service: str, message: str) -> None:
    lab = lab_with(
        f"services: {{db: {{{service}}}, app: {{image: nettools, depends_on: {{db: {{condition: service_healthy}}}}}}}}"
    )
    code, _, stderr = compose(lab, "up -d")
    assert (code, stderr.splitlines()[-1]) == (1, f"dependency failed to start: container shop-db-1 {message}")


def test_wait_ends_when_all_are_healthy_or_run() -> None:
    lab = lab_with(WAITS % ("pg_isready", ""))
    code, _, stderr = compose(lab, "up -d --wait")
    assert code == 0
    assert sorted(stderr.splitlines()[-2:]) == [" Container shop-app-1  Healthy", " Container shop-db-1  Healthy"]


def test_an_unknown_image_is_assumed_to_have_a_health_check_that_succeeds() -> None:
    lab = lab_with(
        "services: {db: {image: acme/db}, app: {image: nettools, depends_on: {db: {condition: service_healthy}}}}"
    )
    assert compose(lab, "up -d")[0] == 0
    assert "acme/db is assumed to have a health check of its own that succeeds" in lab.shortfall.assumptions
