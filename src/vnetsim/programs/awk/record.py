"""The record of an awk program and its special variables (mawk's field.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.awk.tree import AwkError
from vnetsim.programs.awk.values import UNSET, InputText, Value, number
from vnetsim.regex import RegexPattern

_MOST_FIELDS: Final = 1 << 20
#: A field that is not there is no number, as in mawk.
_EMPTY: Final = InputText("")


class AwkRecord:
    """$0 and the fields, each made from the other on demand."""

    busybox = False

    def __init__(self) -> None:
        self.NR: Value = 0.0
        self.FNR: Value = 0.0
        self.FS: Value = " "
        self.OFS: Value = " "
        self.ORS: Value = "\n"
        self.RS: Value = "\n"
        self.SUBSEP: Value = "\x1c"
        self.CONVFMT: Value = "%.6g"
        self.OFMT: Value = "%.6g"
        self.RSTART: Value = 0.0
        self.RLENGTH: Value = -1.0
        self.FILENAME: Value = UNSET
        self.ARGC: Value = 0.0
        self._record: str | None = InputText("")
        self._fields: list[Value] | None = None
        self._separator: Value = self.FS

    def text(self, value: Value) -> str:
        raise NotImplementedError

    def fault(self, problem: str) -> AwkError:
        raise NotImplementedError

    def separate(self, text: str, separator: str | RegexPattern, *, paragraphs: bool = False) -> list[str]:
        raise NotImplementedError

    def assign(self, name: str, value: Value) -> Value:
        """A special variable gets a value."""
        setattr(self, name, value)
        return value

    # --- the record --------------------------------------------------------------------------------------------------

    def set_record(self, text: str) -> None:
        self._record, self._fields, self._separator = InputText(text), None, self.FS

    def _split(self) -> list[Value]:
        if self._fields is None:
            assert self._record is not None
            found = self.separate(self._record, self.text(self._separator), paragraphs=self.busybox and self.RS == "")
            self._fields = [InputText(each) for each in found]
        return self._fields

    @property
    def NF(self) -> Value:  # noqa: N802  # awk's name
        return float(len(self._split()))

    @NF.setter
    def NF(self, value: Value) -> None:  # noqa: N802  # awk's name
        if number(value) < 0:
            raise self.fault("negative value assigned to NF")
        count = self._count(number(value))
        fields = self._split()
        del fields[count:]
        fields += [_EMPTY] * (count - len(fields))
        self._record = None

    def _count(self, index: float) -> int:
        if not 0 <= index < _MOST_FIELDS:
            raise self.fault(f"negative field index ${index:.0f}" if index < 0 else "too many fields")
        return int(index)

    def field(self, index: float) -> Value:
        if index == 0:
            if self._record is None:
                self._record = InputText(self.text(self.OFS).join(map(self.text, self._split())))
            return self._record
        fields = self._split()
        count = self._count(index)
        return fields[count - 1] if count <= len(fields) else _EMPTY

    def set_field(self, index: float, value: Value) -> Value:
        count = self._count(index)
        if not count:
            self.set_record(self.text(value))
            return value
        fields = self._split()
        fields += [_EMPTY] * (count - len(fields))
        fields[count - 1] = value
        self._record = None
        return value
