"""Templates that are executed with data (text/template/template.go, exec.go)."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.programs.docker.go.execute import Execution, Result
from vnetsim.programs.docker.go.functions import BUILTINS, GoFunction
from vnetsim.programs.docker.go.parse import TemplateError, parse


class Template:
    """A parsed template; TemplateError if it cannot be parsed."""

    def __init__(self, source: str, functions: Mapping[str, GoFunction], name: str = "") -> None:
        self._source = source
        self._functions = {**BUILTINS, **functions}
        self._name = name
        self._statements = parse(source, self._functions, name)

    def execute(self, data: Result, *, missing_key_is_error: bool = False) -> str:
        """The text for `data`; a TemplateError carries what was written before it in `written`."""
        run = Execution(self._source, self._functions, self._name, missing_key_is_error)
        run.variables.append(("$", data))
        try:
            run.walk(data, self._statements)
        except TemplateError as error:
            raise ExecutionError(str(error), "".join(run.output)) from None
        return "".join(run.output)


class ExecutionError(TemplateError):
    """A template that was parsed and failed; `written` is what it had written by then."""

    def __init__(self, sentence: str, written: str) -> None:
        super().__init__(sentence)
        self.written = written
