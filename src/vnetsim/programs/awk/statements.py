"""Statements, rules and functions of awk, read into nodes (POSIX.1-2017, XCU awk, "Grammar")."""

from __future__ import annotations

from vnetsim.programs.awk.grammar import Expressions
from vnetsim.programs.awk.tree import NOTHING, AwkError, AwkFunction, AwkNode, AwkProgram, AwkRule


class AwkParser(Expressions):
    """Reads a program."""

    def __init__(self, text: str, *, busybox: bool = False) -> None:
        super().__init__(text, busybox=busybox)
        self._loops = 0
        self._place = "BEGIN"

    def program(self) -> AwkProgram:
        program = AwkProgram(lines=self.tokens[-1].line)
        self._terminators()
        while self.next.kind != "end":
            self._item(program)
            self._terminators()
        return program

    def _terminators(self) -> None:
        while self.at(";") or self.next.kind == "newline":
            self.take()

    def _item(self, program: AwkProgram) -> None:
        if self.at("}"):
            line = f"line {self.take().line}: "
            raise AwkError(f"{line}extra '}}'", str(self.error()))
        where = self.accept("BEGIN", "END", "function")
        self._place = where or "rule"
        if where in ("BEGIN", "END"):
            if not self.at("{"):
                raise self.error()
            block = self._block()
            (program.begin if where == "BEGIN" else program.end).append(block)
            program.code.append(("", block))
        elif where:
            self._function(program)
        else:
            rule = self._rule()
            program.rules.append(rule)
            program.code.append(("", AwkNode("rule", "", (rule.pattern, rule.last, rule.action))))

    def _rule(self) -> AwkRule:
        pattern = last = NOTHING
        if not self.at("{"):
            pattern = self.expression()
            if self.accept(","):
                self.newlines()
                last = self.expression()
        if self.at("{"):
            return AwkRule(pattern, last, self._block())
        if not (self.at(";") or self.next.kind in ("newline", "end")):
            raise self.error()
        return AwkRule(pattern, last, AwkNode("print", "print", (NOTHING,)))

    def _function(self, program: AwkProgram) -> None:
        line = self.next.line
        name = self.name()
        if name in program.functions:
            raise AwkError(f"line {line}: redefinition of {name}")
        self.expect("(")
        parameters: list[str] = []
        while self.next.kind == "name":
            parameter = self.take().text
            if parameter in parameters:
                raise AwkError(f"line {line}: {parameter} is duplicated in argument list")
            parameters.append(parameter)
            if self.accept(","):
                self.newlines()
        self.expect(")")
        self.newlines()
        if not self.at("{"):
            raise self.error()
        body = self._block()
        program.functions[name] = AwkFunction(name, tuple(parameters), body)
        program.code.append((name, body))

    # --- statements --------------------------------------------------------------------------------------------------

    def _block(self) -> AwkNode:
        self.expect("{")
        parts: list[AwkNode] = []
        self._terminators()
        while not self.accept("}"):
            if self.next.kind == "end":
                raise AwkError(f"line {self.next.line}: missing }} near end of file")
            parts.append(self._statement())
            self._terminators()
        return AwkNode("block", "", tuple(parts))

    def _statement(self) -> AwkNode:
        if self.at("{"):
            return self._block()
        if self.accept(";"):
            return NOTHING
        if self.at("}"):
            return NOTHING
        if word := self.accept("if", "while", "for", "do"):
            return {"if": self._if, "while": self._while, "for": self._for, "do": self._do}[word]()
        statement = self._simple()
        self._end_of_statement()
        return statement

    def _end_of_statement(self) -> None:
        if not (self.accept(";") or self.at("}") or self.next.kind in ("newline", "end")):
            raise self.error()

    def _body(self, *, loop: bool = True) -> AwkNode:
        self.newlines()
        self._loops += loop
        body = self._statement()
        self._loops -= loop
        return body

    def _condition(self) -> AwkNode:
        self.expect("(")
        parts = self.arguments(")")
        if len(parts) != 1:
            raise self.error()
        return parts[0]

    def _if(self) -> AwkNode:
        condition = self._condition()
        then = self._body(loop=False)
        before = self.position
        self._terminators()
        if self.accept("else"):
            return AwkNode("if", "", (condition, then, self._body(loop=False)))
        self.position = before
        return AwkNode("if", "", (condition, then, NOTHING))

    def _while(self) -> AwkNode:
        condition = self._condition()
        if self.accept(";"):
            return AwkNode("while", "", (condition, NOTHING))
        return AwkNode("while", "", (condition, self._body()))

    def _do(self) -> AwkNode:
        body = self._body()
        self._terminators()
        self.expect("while")
        condition = self._condition()
        self._end_of_statement()
        return AwkNode("do", "", (condition, body))

    def _for(self) -> AwkNode:
        self.expect("(")
        texts = [token.text for token in self.tokens[self.position : self.position + 4]]
        if texts[1::2] == ["in", ")"] and self.next.kind == "name":
            self.position += 4
            return AwkNode("for in", texts[2], (AwkNode("variable", texts[0]), self._body()), self.next.line)
        first = NOTHING if self.at(";") else self._simple()
        self.expect(";")
        self.newlines()
        condition = NOTHING if self.at(";") else self.expression()
        self.expect(";")
        self.newlines()
        step = NOTHING if self.at(")") else self._simple()
        self.expect(")")
        return AwkNode("for", "", (first, condition, step, NOTHING if self.accept(";") else self._body()))

    def _simple(self) -> AwkNode:
        line = self.next.line
        word = self.accept("print", "printf", "delete", "next", "nextfile", "exit", "return", "break", "continue")
        match word:
            case "":
                return AwkNode("expression", "", (self.expression(),))
            case "print" | "printf":
                return self._print(word)
            case "delete":
                name = self.name()
                return AwkNode("delete", name, self.arguments("]") if self.accept("[") else (), line)
            case "exit" | "return":
                if word == "return" and not self._place == "function":
                    raise AwkError(f"line {line}: return outside function body")
                bare = self.at(";", "}") or self.next.kind in ("newline", "end")
                return AwkNode(word, "", () if bare else (self.expression(),))
            case "break" | "continue":
                if not self._loops:
                    raise AwkError(f"line {line}: {word} statement outside of loop")
            case _:
                if self._place != "rule":
                    raise AwkError(f"line {line}: improper use of next")
        return AwkNode(word)

    def _print(self, word: str) -> AwkNode:
        parts = self._printed()
        if word == "printf" and not parts:
            raise AwkError(f"line {self.next.line}: no arguments in call to printf")
        self.greater = False
        redirection = self.accept(">", ">>", "|")
        target = self.expression() if redirection else NOTHING
        self.greater = True
        return AwkNode("print", f"{word}{redirection}", (target, *parts))

    def _printed(self) -> tuple[AwkNode, ...]:
        if self.at("(") and self._closes_at_the_end():
            self.take()
            return self.arguments(")")
        if self.at(";", "}", ">", ">>", "|") or self.next.kind in ("newline", "end"):
            return ()
        self.greater = False
        parts = [self.expression()]
        while self.accept(","):
            self.newlines()
            parts.append(self.expression())
        self.greater = True
        return tuple(parts)

    def _closes_at_the_end(self) -> bool:
        """Whether the parenthesis that is next encloses all that is printed."""
        depth = 0
        for position in range(self.position, len(self.tokens)):
            token = self.tokens[position]
            depth += (token.kind == "operator") * ((token.text == "(") - (token.text == ")"))
            if not depth:
                after = self.tokens[position + 1]
                return after.kind in ("newline", "end") or after.text in (";", "}", ">", ">>", "|")
        return False
