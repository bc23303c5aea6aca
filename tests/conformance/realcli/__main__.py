"""python -m tests.conformance.realcli [--update] [NAME...]: play recordings, print what differs.

--update writes floor.json anew: how many steps of each recording must be the same.  The others need a reason in
reasons.json; some of them are the same at times, by the moment at which the client asks.
"""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ProcessPoolExecutor

import click

from tests.conformance.realcli import FLOOR, REASONS
from tests.conformance.realcli.play import differences, play
from tests.recorded.floor import HERE
from vnetsim.verify.fidelity import reason
from vnetsim.verify.judge import Judged


def _one(name: str) -> tuple[str, list[Judged], int, tuple[str, ...], float]:
    began = time.monotonic()
    played = play(f"docker/{name}", shutil.which("docker") or "docker")
    return name, differences(f"docker/{name}", played), played.calls, played.complaints, time.monotonic() - began


@click.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", type=int, default=2, show_default=True)
@click.option("--update", is_flag=True, help="Write the floor.")
def main(names: tuple[str, ...], jobs: int, update: bool) -> None:
    chosen = names or tuple(path.stem for path in sorted((HERE / "docker").glob("*.json")))
    floor: dict[str, int] = json.loads(FLOOR.read_text("utf-8")) if FLOOR.exists() else {}
    known = json.loads(REASONS.read_text("utf-8"))
    same = total = calls = 0
    with ProcessPoolExecutor(jobs) as pool:
        for name, steps, count, complaints, seconds in pool.map(_one, chosen):
            good = sum(step.verdict == "same" for step in steps)
            same, total, calls = same + good, total + len(steps), calls + count
            floor[name] = good if update else floor.get(name, 0)
            click.echo(f"{name}: {good} of {len(steps)}, {seconds:.1f} s")
            for complaint in complaints:
                click.echo(f"  the server: {complaint}")
            for step in steps:
                if step.verdict != "same":
                    click.echo(
                        f"  $ {step.real.command}  [{step.real.status} {step.simulated and step.simulated.status}]"
                    )
                    click.echo(f"    why: {reason(known, name, step.real.command) or 'no reason is known'}")
                    for line in step.diff:
                        click.echo(f"    {line}")
    click.echo(f"{same} of {total} steps are the same, {calls} calls of docker")
    if update:
        FLOOR.write_text(json.dumps(floor, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
