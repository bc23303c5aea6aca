"""Labs of other programs as scenarios: Kathará's `lab.conf`, containerlab's `*.clab.yml`, and the folder around them.

    folder = LabFolder.of("lab/lab.conf", text)
    folder.play(lab)

A lab becomes command lines, each with its line in the user's file: whoever replays them, on a real
machine too, needs nothing else.
"""

from vnetsim.scenario.labs.folder import LabFolder
from vnetsim.scenario.labs.kinds import find, is_lab_file

__all__ = ["LabFolder", "find", "is_lab_file"]
