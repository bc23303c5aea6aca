"""The machine of the page: `vnetsim shell` and `vnetsim lesson` for a browser, stepped by the message loop of a worker.

Nothing here waits or knows a browser: `PageWorker` takes and gives messages, and says when it wants to go on.
"""
