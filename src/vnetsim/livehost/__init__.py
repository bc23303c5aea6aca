"""Hosts as scenarios: what `vnetsim collect` gathered on one, as a shell script that makes the same network.

from vnetsim.livehost.importer import imported_host

imported = imported_host(Path("vnetsim-host"))
imported.script, imported.notes
"""
