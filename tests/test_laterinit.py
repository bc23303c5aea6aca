"""A package whose __init__ is executed later is the same package to whoever imports it."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: SimPy as an engine imports it, and what a user of it does then.
BEFORE = """
from vnetsim.laterinit import init_later
init_later('simpy')
from simpy.core import Environment
import sys
assert 'simpy.rt' not in sys.modules and 'email' not in sys.modules
"""


@pytest.mark.parametrize("used", [
    "import simpy; assert simpy.Environment is Environment and simpy.__version__ and simpy.core.Environment",
    "from simpy import Environment as again, rt; assert again is Environment and rt.RealtimeEnvironment",
    "from simpy import *; assert Store and Timeout",
    "import simpy.resources.store; assert simpy.resources.store.Store(Environment())",
    "import simpy; assert not hasattr(simpy, 'nothing') and 'AllOf' in dir(simpy)",
    "init_later('simpy'); init_later('no_such_package')",
])  # fmt: skip
def test_it_is_the_package(used: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEFORE + used], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
