"""The operations of the API on images."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import EngineError


def test_a_name_that_moves_leaves_the_other_image_without_one() -> None:
    lab = Lab()
    for value in "bc":
        lab.run(f"printf 'FROM alpine\\nENV A={value}\\n' | docker build -t web -")
    assert len(lab.docker.image_list(filters={"dangling": ["true"]})) == 1
    assert lab.docker.image_history("web")[0]["Tags"] == ["web:latest"]


@pytest.mark.parametrize("target", ["BAD", "a" * 64])
def test_what_is_no_name_is_given_to_no_image(target: str) -> None:
    with pytest.raises(EngineError) as refused:
        Lab().docker.image_tag("nginx", target)
    assert refused.value.status == 400
