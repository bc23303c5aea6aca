"""The keys by which a client detaches, from its option and its configuration file."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=True)
    assert lab.run("docker run -di --name box alpine")
    return lab


@pytest.mark.parametrize("command", ["docker attach --detach-keys xyz box", "docker exec --detach-keys xyz -i box sh"])
def test_what_is_no_key_is_refused(lab: Lab, command: str) -> None:
    result = lab.run(f"{command} < /dev/null")
    assert result.exit_code != 0
    assert result.stderr


@pytest.mark.parametrize("text", ["[]", "no"])
def test_a_configuration_file_that_is_no_object_is_refused(lab: Lab, text: str) -> None:
    result = lab.run(
        f"mkdir -p /root/.docker; echo '{text}' > /root/.docker/config.json; docker attach box < /dev/null"
    )
    lab.run("rm /root/.docker/config.json")
    assert "not modelled: a configuration file that is no JSON object: /root/.docker/config.json" in result.stderr
