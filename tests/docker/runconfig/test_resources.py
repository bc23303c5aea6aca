"""Limits: what the engine takes, shows and refuses.  Goldens: Engine 28.5.2 on a machine of two processors."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.mark.parametrize(
    ("flags", "refusal"),
    [
        ("-m 1k", "Minimum memory limit allowed is 6MB"),
        ("-m 64m --memory-swap 32m", "Minimum memoryswap limit should be larger than memory limit, see usage"),
        ("--memory-swap 64m", "You should always set the Memory limit when using Memoryswap limit, see usage"),
        (
            "-m 32m --memory-reservation 64m",
            "Minimum memory limit can not be less than memory reservation limit, see usage",
        ),
        ("--cpus 1000", "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
        ("--cpus 1 --cpu-period 1000", "Conflicting options: Nano CPUs and CPU Period cannot both be set"),
        (
            "--cpu-period 1",
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
        ),
        ("--cpu-quota 5", "CPU cfs quota can not be less than 1ms (i.e. 1000)"),
        ("--cpuset-cpus 99", "Requested CPUs are not available - requested 99, available: 0-1"),
        ("--cpuset-mems x", "Invalid value x for cpuset mems: invalid format: x"),
        ("--oom-score-adj 5000", "Invalid value 5000, range for oom score adj is [-1000, 1000]"),
        ("--ipc foo", "invalid IPC mode: foo"),
        ("--ipc container:nope", "No such container: nope"),
        ("--pid container:nope", "No such container: nope"),
        ("--isolation hyperv", "invalid isolation (hyperv): linux only supports 'default'"),
        ("--runtime foo", "unknown or invalid runtime name: foo"),
        ("--log-driver foo", 'error looking up logging plugin foo: plugin "foo" not found'),
        ("--log-opt foo=bar", "unknown log opt 'foo' for json-file log driver"),
        ("--stop-signal FOO", "invalid signal: FOO"),
        ("--cap-add FOO", 'invalid CapAdd: unknown capability: "CAP_FOO"'),
        ("-w relative", "the working directory 'relative' is invalid, it needs to be an absolute path"),
        (
            "--sysctl net.ipv6.conf.eth0.accept_ra=0",
            (
                'interface specific sysctl setting "net.ipv6.conf.eth0.accept_ra" must be supplied using driver option '
                "'com.docker.network.endpoint.sysctls'"
            ),
        ),
    ],
)
def test_what_is_refused(flags: str, refusal: str) -> None:
    lab = Lab(docker=True)
    answer = lab.run(f"docker run -d --name web {flags} alpine sleep infinity")
    assert answer.exit_code == 125
    assert answer.stdout == ""
    assert answer.stderr.split("\n")[0] == f"docker: Error response from daemon: {refusal}"
    assert lab.run("docker ps -aq").stdout == ""


@pytest.mark.parametrize(
    ("flags", "form", "shown"),
    [
        ("-m 64m", "{{.Memory}} {{.MemorySwap}}", "67108864 134217728"),
        ("-m 64m --memory-swap -1", "{{.Memory}} {{.MemorySwap}}", "67108864 -1"),
        ("--cpus 0.5", "{{.NanoCpus}}", "500000000"),
        ("--pids-limit -1", "{{.PidsLimit}}", "<nil>"),
        ("--annotation a=b", "{{json .Annotations}}", '{"a":"b"}'),
        ("--runtime runc", "{{.Runtime}}", "runc"),
        ("--ipc host", "{{.IpcMode}} {{json .SecurityOpt}}", 'host ["label=disable"]'),
        ("", "{{.LogConfig.Type}} {{.CgroupnsMode}} {{.IpcMode}} {{.ShmSize}}", "json-file host private 67108864"),
    ],
)
def test_what_is_taken_is_shown(flags: str, form: str, shown: str) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name web {flags} alpine sleep infinity")
    assert lab.run(f"docker inspect -f '{{{{with .HostConfig}}}}{form}{{{{end}}}}' web").stdout.strip() == shown
