#!/bin/sh
# docker, as a scenario may use it: what it makes is marked with a label, and images are never fetched.
# VNETSIM_DOCKER is the real client, VNETSIM_LABEL the mark.

not_played() {
    echo "vnetsim: not played: docker $*" >&2
    exit 125
}

made() {
    kind=$1 verb=$2
    shift 2
    case $kind:$verb in
    container:checkpoint | container:commit) not_played container "$verb" ;;
    container:run | container:create) exec "$VNETSIM_DOCKER" "$verb" --label "$VNETSIM_LABEL" --pull never "$@" ;;
    network:create)
        # A network that is made from a configuration may have nothing of its own; it is known by that (ownership.py).
        case " $* " in *" --config-from"*) exec "$VNETSIM_DOCKER" "$kind" "$verb" "$@" ;; esac
        exec "$VNETSIM_DOCKER" "$kind" "$verb" --label "$VNETSIM_LABEL" "$@"
        ;;
    volume:create) exec "$VNETSIM_DOCKER" "$kind" "$verb" --label "$VNETSIM_LABEL" "$@" ;;
    esac
    exec "$VNETSIM_DOCKER" "$kind" "$verb" "$@"
}

case $1 in
-H* | --host* | -c* | --context* | --config* | --tls* | -l* | -D | --debug | --log-level*) not_played "$1" ;;
build | builder | buildx | checkpoint | commit | compose | config | context | import | load | login | logout | manifest | \
    node | plugin | pull | push | rmi | save | secret | service | stack | swarm | system | tag | trust)
    not_played "$1"
    ;;
image)
    case $2 in ls | list | inspect | history) ;; *) not_played "$1" "$2" ;; esac
    ;;
run | create)
    made container "$@"
    ;;
container | network | volume)
    [ $# -gt 1 ] && made "$@"
    ;;
esac
exec "$VNETSIM_DOCKER" "$@"
