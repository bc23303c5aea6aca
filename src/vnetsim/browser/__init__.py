"""The page: `vnetsim shell` and `vnetsim lesson` in a browser, stepped by the message loop of a worker.

Nothing of the machine waits or knows a browser: `PageWorker` takes and gives messages, and says when it wants to go on.
`assembly` puts the files of the page together, `serving` gives them to this computer.
"""
