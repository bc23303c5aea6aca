"""Modules of a package without its `__init__`, which is executed when something of it is used.

    init_later("simpy")
    from simpy.core import Environment

The `__init__` of SimPy imports importlib.metadata for its version number, and with it email, zipfile and socket: half
of what the import of all dependencies takes.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from typing import Any


def init_later(package: str) -> None:
    """Nothing is done for one that was imported, or is not there."""
    spec = None if package in sys.modules else find_spec(package)
    if spec is None or spec.loader is None:
        return
    loader, module = spec.loader, module_from_spec(spec)

    def look(name: str) -> Any:
        """What a package does not have yet (PEP 562)."""
        del vars(module)["__getattr__"]
        loader.exec_module(module)
        return getattr(module, name)

    vars(module)["__getattr__"] = look
    sys.modules[package] = module
