"""Builtins about processes: wait, kill, jobs, fg, bg, disown.

Not modelled: a command substitution that waits for a job of its shell (bash reports a status of -1).
"""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Interrupted, Killed
from vnetsim.programs.libc import signals
from vnetsim.shell import jobcontrol
from vnetsim.shell.shell import Shell
from vnetsim.shell.state import Job
from vnetsim.shell.steps import Run

#: The status at which the `kill` of dash looks at no more arguments.
_ILLEGAL = 2
_USAGE = "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]"
_DASH_USAGE = "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]"


def _job(shell: Shell, word: str) -> Job | None:
    """`%1`, `%%`, `%NAME` (the running job whose command begins so), `%?TEXT` (that has it), or a pid."""
    jobs = shell.state.jobs
    if word in ("%", "%%", "%+"):
        return jobcontrol.current(shell.state)
    if word.startswith("%") and not is_digits(word[1:]):
        return _named_job(shell, word[1:])
    if word.startswith("%"):
        return next((job for job in jobs if str(job.number) == word[1:]), None)
    return next((job for job in jobs if str(job.child.pid) == word), None)


def _named_job(shell: Shell, name: str) -> Job | None:
    running = [job for job in shell.state.jobs if job.runs]
    if name.startswith("?"):
        found = [job for job in running if name[1:] in job.source]
    else:
        found = [job for job in running if job.source.startswith(name)]
    if len(found) > 1:
        raise NotModelled(f"%{name}: a name of {len(found)} jobs")
    return found[0] if found else None


def wait(shell: Shell, words: list[str]) -> Run:
    arguments = [word for word in words[1:] if word not in ("-n", "-f", "--")]
    if not arguments:
        for job in [job for job in shell.state.jobs if not job.inherited]:
            for child in job.together[:-1] if "-n" not in words else ():
                yield from shell.traps.await_child(child)
            status = yield from _wait_for(shell, job)
            if "-n" in words or shell.traps.pending:
                return status
        return 0
    status = 0
    for word in arguments:
        found = _job(shell, word)
        status = _no_child(shell, word) if found is None else (yield from _wait_for(shell, found))
        if shell.traps.pending:
            break
    return status


def _wait_for(shell: Shell, job: Job) -> Run:
    if job.inherited:
        raise NotModelled("`wait` in a substitution for a job of the shell around it")
    status = yield from shell.traps.await_child(job.child)
    if shell.traps.pending:
        return status
    if not job.waited:
        shell.mention(job.child, job.source, shell.state.line, background=True)
    job.waited = True
    return status


def _no_child(shell: Shell, word: str) -> int:
    bash = shell.state.dialect.bash
    if word.startswith("%"):
        shell.complain(f"wait: {word}: no such job" if bash else f"wait: No such job: {word}")
        return 127 if bash else 2
    if not is_digits(word):
        message = f"wait: `{word}': not a pid or valid job spec" if bash else f"wait: Illegal number: {word}"
        shell.complain(message)
        return 2 if not bash else 1
    if bash:
        shell.complain(f"wait: pid {word} is not a child of this shell")
    return 127


def list_jobs(shell: Shell, words: list[str]) -> int:
    state = shell.state
    state.jobs = [job for job in state.jobs if state.interactive or job.runs]
    for job in state.jobs:
        shell.write(f"{job.together[0].pid}\n" if "-p" in words else jobcontrol.line_of(state, job))
    state.jobs = [job for job in state.jobs if job.runs]
    return 0


def disown(shell: Shell, words: list[str]) -> int:
    """Forget jobs: the current one, those that are named, all (`-a`), or those that run (`-r`)."""
    options, state, status = {word for word in words[1:] if word.startswith("-")}, shell.state, 0
    if options - {"-h", "-a", "-r", "--"}:
        raise NotModelled(f"disown {min(options)}")
    named = [word for word in words[1:] if word not in options]
    gone = list(state.jobs) if options & {"-a", "-r"} and not named else []
    for word in named or ["%%"] * (not gone and not options & {"-a", "-r"}):
        job = _job(shell, word)
        if job is None:
            shell.complain(f"disown: {word if named else 'current'}: no such job")
            status = 1
        else:
            gone.append(job)
    if "-h" not in options:
        state.jobs = [job for job in state.jobs if job not in gone]
    return status


def foreground(shell: Shell, words: list[str]) -> int | Run:
    job = _controlled(shell, words)
    return shell.state.dialect.fatal if job is None else _continue(shell, job)


def background(shell: Shell, words: list[str]) -> int:
    job = _controlled(shell, words)
    if job is None:
        return shell.state.dialect.fatal
    mark = f"{jobcontrol.mark(shell.state, job)} " if shell.state.dialect.bash else " "
    shell.write(f"[{job.number}]{mark}{job.source}{' &' if shell.state.dialect.bash else ''}\n")
    jobcontrol.resume(shell.process.machine, job)
    return 0


def _controlled(shell: Shell, words: list[str]) -> Job | None:
    """The job that `fg` or `bg` names; None after an error message."""
    bash, name = shell.state.dialect.bash, words[0]
    if not shell.state.interactive:
        shell.complain(f"{name}: no job control" if bash else f"{name}: No current job")
        return None
    word = words[1] if len(words) > 1 else "%%"
    job = _job(shell, word)
    if job is None:
        given = "current" if len(words) == 1 else word
        nothing = "No current job" if len(words) == 1 else f"No such job: {word}"
        shell.complain(f"{name}: {given}: no such job" if bash else f"{name}: {nothing}")
    return job


def _continue(shell: Shell, job: Job) -> Run:
    """`fg`: the job leaves the list until it stops again."""
    shell.write(f"{job.source}\n")
    shell.state.jobs.remove(job)
    jobcontrol.resume(shell.process.machine, job)
    return (yield from shell.wait_for_job(job))


def kill(shell: Shell, words: list[str]) -> int:
    arguments, signal = words[1:], 15
    if arguments[:1] == ["-l"]:
        return _list_signals(shell, arguments[1:])
    if arguments and arguments[0] in ("-s", "-n"):
        name, arguments = (arguments[1] if len(arguments) > 1 else ""), arguments[2:]
        signal = _signal(shell, name)
    elif arguments and arguments[0].startswith("-") and arguments[0] != "--":
        signal = _signal(shell, arguments.pop(0)[1:])
    if signal < 0:
        return 1 if shell.state.dialect.bash else 2
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not arguments:
        bash = shell.state.dialect.bash
        shell.tell(f"kill: usage: {_USAGE}\n") if bash else shell.complain(f"kill: {_DASH_USAGE}")
        return 2
    statuses = []
    for word in arguments:
        statuses.append(_send(shell, word, signal))
        if statuses[-1] == _ILLEGAL:
            break
    return min(statuses) if shell.state.dialect.bash else max(statuses)


def _list_signals(shell: Shell, words: list[str]) -> int:
    if not words:
        shell.write(" ".join(signals.NUMBERS) + "\n")
    for word in words:
        number = int(word) & 127 if is_digits(word) else signals.number(word)
        shell.write(f"{signals.NAMES.get(number or 0, word) if is_digits(word) else number}\n")
    return 0


def _signal(shell: Shell, name: str) -> int:
    """The number of a signal; -1 after an error message."""
    number = signals.number(name)
    if number is None:
        bash = shell.state.dialect.bash
        shell.complain(f"kill: {name}: invalid signal specification" if bash else f"kill: Illegal option -{name[:1]}")
        return -1
    return number


def _send_to_all(shell: Shell, signal: int) -> int:
    """To the process group of this shell; to itself last."""
    own = shell.process.pid
    for pid in reversed(shell.process.machine.group(own)):
        if pid != own:
            shell.process.machine.kill(pid, signal)
    return _send(shell, str(own), signal)


def _processes(shell: Shell, job: Job) -> list[int]:
    """Those that a signal for a job is for."""
    if not (job.runs and (shell.state.dialect.kills_jobs or shell.state.interactive)):
        raise KernelError(Errno.ESRCH)
    return [child.pid for child in job.together if child.status is None]


def _send(shell: Shell, word: str, signal: int) -> int:
    bash = shell.state.dialect.bash
    job = _job(shell, word) if word.startswith("%") else None
    if word.startswith("%") and job is None:
        shell.complain(f"kill: {word}: no such job" if bash else f"kill: No such job: {word}")
        return 1 if bash else _ILLEGAL
    if job is None and not is_digits(word.removeprefix("-")):
        shell.complain(
            f"kill: {word}: arguments must be process or job IDs" if bash else f"kill: Illegal number: {word}"
        )
        return 1 if bash else _ILLEGAL
    pid = job.child.pid if job is not None else int(word)
    if not pid:
        return _send_to_all(shell, signal)
    if pid < 0:
        raise NotModelled(f"kill for the process group {-pid}")
    if pid == shell.process.pid and signal:
        if signal not in signals.FORCED and shell.traps.take(signal):
            return 0
        shell.state.status = 0
        raise Interrupted if signal == signals.NUMBERS["INT"] else Killed(signal)
    try:
        for each in [pid] if job is None else _processes(shell, job):
            shell.process.machine.kill(each, signal, shell.process.context)
    except KernelError as error:
        shell.complain(f"kill: ({pid}) - {error.errno.strerror}" if bash else f"kill: {error.errno.strerror}\n")
        return 1
    return 0
