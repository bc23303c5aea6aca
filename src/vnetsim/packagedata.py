"""Texts that are kept as package data, in files beside the code; they are read out of a zip archive, too.

    data_text("vnetsim.kernel.sysctl", "limits.txt")

`importlib.resources` does the same, and imports zipfile, tempfile and shutil for it.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def data_text(package: str, path: str) -> str:
    """The whole of a file in a package that was imported; `path` is relative to it."""
    module: Any = sys.modules[package]
    file = os.sep.join((module.__path__[0], *path.split("/")))  # noqa: PTH118 -- pathlib takes as long as the rest
    data: bytes = module.__spec__.loader.get_data(file)
    return data.decode("utf-8").replace("\r\n", "\n")
