"""Options of iptables-restore and iptables-save, as iptables 1.8.9 takes and refuses them."""

from __future__ import annotations

from vnetsim import Lab


def test_options() -> None:
    lab = Lab(docker=False)
    lab.run("iptables -A INPUT -p tcp --dport 80 -j ACCEPT; iptables-save -f rules")
    hint = "Try `iptables-restore -h' for more information.\n"
    for command, status, said in (
        ("iptables-restore -b rules", 0, "-b/--binary option is not implemented\n"),
        ("ip6tables-save -b", 0, "-b/--binary option is not implemented\n"),
        ("iptables-restore --binary rules", 1, f"iptables-restore: unrecognized option '--binary'\n{hint}"),
        ("iptables-restore -4 rules", 1, f"iptables-restore: invalid option -- '4'\n{hint}"),
        ("iptables-restore -6 rules", 1, f"iptables-restore: invalid option -- '6'\n{hint}"),
        ("iptables-restore -w 5 -W 100 -M /bin/true rules", 0, ""),
    ):
        result = lab.run(command)
        assert (result.exit_code, result.stderr) == (status, said), command
