"""The exec form of a Dockerfile's instructions."""

from __future__ import annotations

import json


def json_list(text: str) -> list[str] | None:
    """A JSON list of texts; None for anything else."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
