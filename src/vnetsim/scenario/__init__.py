"""Scenarios: terminal sessions in files, played on a lab, compared with their text, brought up to date.

    document = load(Path("scenarios/01-namespaces-and-veth.md"))
    played = play(document, Lab())
    print(differences(document, played))

A file is Markdown with ```console blocks, or plain (`.session`).
"""

from __future__ import annotations

from vnetsim.scenario.compare import differences as differences
from vnetsim.scenario.document import Command as Command
from vnetsim.scenario.document import Document as Document
from vnetsim.scenario.document import Pause as Pause
from vnetsim.scenario.document import Prose as Prose
from vnetsim.scenario.load import load as load
from vnetsim.scenario.load import parse as parse
from vnetsim.scenario.play import Played as Played
from vnetsim.scenario.play import play as play
from vnetsim.scenario.update import update as update
