"""Commands that a shell carries out itself (POSIX.1-2017, XCU 2.14; bash(1), SHELL BUILTIN COMMANDS)."""

from __future__ import annotations

from vnetsim.shell.builtins.table import Builtin as Builtin
from vnetsim.shell.builtins.table import find as find
from vnetsim.shell.builtins.table import names as names
