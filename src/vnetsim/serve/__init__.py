"""The Engine API over HTTP: `vnetsim serve` (api/server of moby 28.5).

    messages     requests and answers as values; how bodies, booleans and filters are read (httputils)
    stdcopy      the frames that multiplex standard output and error over one stream (pkg/stdcopy)
    pace         simulated time follows the clock of the computer while clients wait
    backend      what handlers ask of the engine, and streams between its programs and clients
    router/      one module for each family of paths: container, network, image, volume, system ...
    middleware   versions of the API, headers of each answer, errors as answers
    connection   HTTP/1.1 on one connection, by h11, the sans-I/O library: bodies, streams, hijacked connections
    websocket    WebSocket over a hijacked connection, for attached clients
    listeners    -H tcp://, -H unix://, TLS as dockerd has it
    server       all of it around one lab

One lab serves all clients, in one thread: operations of several clients run in simulated time side by side.
Nothing of the real file system is reachable: paths in requests are those of the simulated machine.
"""
