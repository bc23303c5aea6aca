"""The Go structures of the Engine API as the docker command (28.2.2) knows them (api/types).

Fields in their order with their names in Go and in JSON: a `--format` sees the former, `{{json .}}` prints the latter.
Types are those of github.com/docker/docker/api/types, recorded from the client with `{{printf "%T" .}}`.
"""
