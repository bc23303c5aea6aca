"""Labs of other programs as scenarios: Kathará's `lab.conf`, containerlab's `*.clab.yml`, and the folder around them.

    from vnetsim.scenario.labs.folder import LabFolder

    folder = LabFolder.of("lab/lab.conf", text)
    folder.play(lab)

A lab becomes command lines, each with its line in the user's file: whoever replays them, on a real
machine too, needs nothing else.
"""
