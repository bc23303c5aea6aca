"""The history of images that were not made here; that of the recorded machine's is recorded (`images_build`)."""

from __future__ import annotations

from vnetsim import Lab


def test_what_a_public_image_declares_is_its_history() -> None:
    lab = Lab()
    lab.run("docker pull -q caddy")
    steps = lab.docker.image_history("caddy")
    assert any(step["CreatedBy"].startswith("EXPOSE map[80/tcp:{} ") for step in steps)
    assert steps[-1]["Comment"] == "what the steps of this image were is not known"
    assert [step["Id"] for step in steps[1:]] == ["<missing>"] * (len(steps) - 1)
