"""A Docker host with a compose file on it."""

from __future__ import annotations

from vnetsim.lab import Lab

SHOP = """services:
  web: {image: nginx, ports: ["8080:80"], networks: [front, back], depends_on: [db]}
  db: {image: postgres, environment: [POSTGRES_PASSWORD=secret], networks: [back]}
  client: {image: nettools, networks: [front]}
networks: {front: , back: {internal: true}}
"""


def lab_with(text: str) -> Lab:
    return Lab.docker_host(files={"/srv/shop/compose.yaml": text})


def compose(lab: Lab, words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command over that file."""
    result = lab.run(f"docker compose -f /srv/shop/compose.yaml {words}")
    return result.exit_code, result.stdout, result.stderr


def change(lab: Lab, old: str, new: str) -> None:
    """Edit the file."""
    assert lab.run(f"sed -i 's/{old}/{new}/' /srv/shop/compose.yaml").exit_code == 0
