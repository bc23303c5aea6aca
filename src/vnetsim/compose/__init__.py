"""Compose files: read, merged and normalised as compose-go 2.9.1 does for `docker compose` 2.40.

`loader.load` makes a `model.Project` of the files that `options.ProjectOptions` names; `render` writes it as
`docker compose config` does.  Nothing here knows a kernel, an engine or a process: files and environment are given.
"""
