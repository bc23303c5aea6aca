"""`docker rmi`; its answers are recorded (`recorded/docker/images_commit`)."""

from __future__ import annotations

from vnetsim import Lab


def test_the_last_tag_of_a_pulled_image_takes_its_digest_along() -> None:
    lab = Lab()
    lab.run("docker pull -q caddy")
    gone = lab.docker.image_delete("caddy")
    assert [next(iter(step)) for step in gone] == ["Untagged", "Untagged", "Deleted", "Deleted"]
    assert gone[1]["Untagged"].startswith("caddy@sha256:")


def test_an_image_on_which_others_are_built_stays() -> None:
    lab = Lab()
    for name, base in (("base", "alpine"), ("top", "base")):
        lab.run(f"printf 'FROM {base}\\nENV {name}=b\\n' | docker build -t {name} -")
    identity = lab.docker.image_inspect("base")["Id"][7:19]
    assert lab.run("docker rmi base").stdout == "Untagged: base:latest\n"
    refused = lab.run(f"docker rmi -f {identity}")
    assert refused.stderr.endswith("(cannot be forced) - image has dependent child images\n")
    assert lab.run("docker rmi top").stdout.count("Deleted: ") == 2


def test_prune_takes_what_has_no_name_and_is_not_used() -> None:
    lab = Lab()
    for text in ("RUN echo 1 > /x", "RUN echo 22 > /x"):
        lab.run(f"printf 'FROM alpine\\n{text}\\n' | docker build -t web -")
    lab.run("docker run -d --name keeps web sleep 100; printf 'FROM alpine\\nENV A=b\\n' | docker build -t web -")
    pruned = lab.docker.image_prune()
    assert pruned["SpaceReclaimed"] == 2
    assert len(pruned["ImagesDeleted"]) == 2
    assert lab.docker.image_prune() == {"ImagesDeleted": None, "SpaceReclaimed": 0}
    everything = lab.docker.image_prune({"dangling": ["false"]})
    assert {"Untagged": "web:latest"} in everything["ImagesDeleted"]
    assert "web:latest" not in [name for image in lab.docker.image_list() for name in image["RepoTags"]]


def test_a_value_that_is_neither_is_passed_over_beside_one_that_is() -> None:
    """Recorded: `docker image prune --filter dangling=maybe`, to which the client adds `dangling=true`."""
    lab = Lab(docker=True)
    assert lab.run("docker image prune -f --filter dangling=maybe").exit_code == 0
    assert lab.run("docker image ls --filter dangling=x").stderr == (
        "Error response from daemon: invalid filter 'dangling=[x]'\n"
    )
