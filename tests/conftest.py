"""Laws are tried with the same examples everywhere and take as long as they take.

`HYPOTHESIS_PROFILE=explore pytest` looks for new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

#: What is tested here is used here; installed, it comes by its entry point.
pytest_plugins = ("vnetsim.pytest_plugin", "pytester")

settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if hasattr(providers, "_get_local_constants"):
    # Hypothesis likes to try the numbers and words of our own modules, of those that are loaded: which they are depends
    # on what else is tested, and the examples are to be the same.
    providers._get_local_constants = Constants
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
