"""What is wrong with a compose file, without a policy: addresses that cannot work, ports that are too open.

    for finding in examine(scenario, lab): print(finding.location, finding.text)

Each finding has the line of the file that causes it, a packet or a query of the lab as its evidence, and where one is
known a change of the file that was tried: the lab with the changed file does not have the finding.
"""
