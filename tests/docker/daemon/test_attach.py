"""Standard input that comes after the start, as recorded on Docker Engine 28.5.2, and clients that leave."""

from __future__ import annotations

from vnetsim import Lab


def test_input_reaches_a_program_that_runs_already_and_its_end_does_not() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -di --name box nettools cat")
    for word in ("one", "two"):
        assert lab.run(f"echo {word} | timeout 2 docker attach box").stdout == f"{word}\n"
    assert lab.run("docker logs box").stdout == "one\ntwo\n"
    assert lab.run("docker inspect -f '{{.State.Status}} {{.Config.StdinOnce}}' box").stdout == "running false\n"


def test_the_only_client_brings_the_input_and_its_end() -> None:
    lab = Lab(docker=True)
    lab.run("docker create -i --name once nettools cat")
    assert lab.run("(echo a; sleep 1; echo b) | docker start -ai once").stdout == "a\nb\n"


def test_keys_that_are_none_are_refused_as_the_client_refuses_them() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name box nettools sleep infinity")
    refused = lab.run("docker exec --detach-keys nope box true")
    assert (refused.output, refused.exit_code) == (
        "Error response from daemon: Invalid escape keys (nope) provided\n", 1,
    )  # fmt: skip
    refused = lab.run("docker run --detach-keys nope --rm nettools true")
    assert (refused.output, refused.exit_code) == ("unable to upgrade to tcp, received 400\n", 1)


def test_keys_can_be_set_in_the_configuration_of_the_client() -> None:
    lab = Lab(docker=True, files={"/root/.docker/config.json": '{"detachKeys": "nope"}'})
    lab.run("docker run -d --name box nettools sleep infinity")
    assert "Invalid escape keys (nope) provided" in lab.run("docker exec box true").output
    assert lab.run("docker exec --detach-keys ctrl-a box true").exit_code == 0
    lab.run("echo [] > /root/.docker/config.json")
    assert (
        "vnetsim: not modelled: a configuration file that is no JSON object" in lab.run("docker exec box true").output
    )
