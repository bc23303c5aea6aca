"""Proof: the same scenario in the simulator and on a real machine, compared step by step.

judge       whether two recordings of one script agree
plan        what is done in a scenario: a session file or a script
sides       playing it in the simulator, and on the real kernel
permitted   what of it can be played on a real engine
engineside  playing it on one
report      what differs, by feature, and on which machine
campaign    random scenarios by the thousand
fidelity    docs/fidelity.md, from the recordings and the campaign
"""
