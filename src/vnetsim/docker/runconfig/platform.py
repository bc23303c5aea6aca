"""Platforms: all images are for that of the machine (containerd's platforms.Normalize)."""

from __future__ import annotations

from typing import Final

_OWN: Final = ("", "linux", "amd64", "linux/amd64", "linux/x86_64")


def is_own(platform: str) -> bool:
    """Whether the machine runs programs of that platform, by any of its names."""
    return platform.lower() in _OWN
