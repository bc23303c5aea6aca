"""Go's text/template: laws, and sentences that the real one says (recorded with docker 28.2.2, Go 1.24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.printing import quote
from vnetsim.programs.docker.go.template import ExecutionError, Template
from vnetsim.programs.docker.go.values import (
    INT,
    STRING,
    GoField,
    GoKind,
    GoMethod,
    GoType,
    GoValue,
    Json,
    decode,
    map_of,
    pointer_to,
    slice_of,
    string,
    structure,
    untyped,
)
from vnetsim.programs.docker.templates import template

ADDRESS = structure("net.Address", GoField("IP", STRING, "Ip"), GoField("Length", INT, "Length"))
MACHINE = structure(
    "lab.Machine",
    GoField("Name", STRING, "Name"),
    GoField("Ports", slice_of(INT), "Ports"),
    GoField("Addresses", map_of(pointer_to(ADDRESS)), "Addresses"),
    GoField("Missing", pointer_to(ADDRESS), "Missing", omit_empty=True),
    GoField("Labels", map_of(STRING), "Labels"),
)
WEB: Json = {
    "Name": "web",
    "Ports": [80, 443],
    "Addresses": {"eth1": {"Ip": "10.0.0.2", "Length": 8}, "eth0": {"Ip": "10.1.0.2", "Length": 24}},
    "Labels": {"app": "x"},
}


def typed(source: str) -> str:
    return template(source).execute(decode(MACHINE, WEB))


def raw(source: str) -> str:
    return template(source).execute(untyped(WEB), missing_key_is_error=True)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{.Name}}", "web"),
        ("{{.Ports}} {{len .Ports}} {{index .Ports 1}}", "[80 443] 2 443"),
        ("{{range $k, $v := .Addresses}}{{$k}}={{$v.IP}}/{{.Length}} {{end}}", "eth0=10.1.0.2/24 eth1=10.0.0.2/8 "),
        ("{{range .Ports}}{{.}},{{else}}none{{end}}", "80,443,"),
        ("{{range .Labels.nope}}x{{else}}none{{end}}", "none"),
        ("{{.Addresses.eth9}}", "<no value>"),
        ("{{.Addresses.eth9.IP}}", "<no value>"),
        ("{{.Missing}} {{if .Missing}}a{{else}}b{{end}}", "<nil> b"),
        ("{{with .Addresses.eth0}}{{.IP}} {{$.Name}}{{end}}", "10.1.0.2 web"),
        ("{{with $a := .Addresses.eth0}}{{$a.IP}}{{end}}", "10.1.0.2"),
        ("a {{- .Name -}} b", "awebb"),
        ("{{/* nothing */}}x{{- /* nothing */ -}} y", "xy"),
        ('{{.Name | printf "%s-%s" "a" | upper}}', "A-WEB"),
        ('{{printf "%-5s|%5d|%q" .Name 42 .Name}}', 'web  |   42|"web"'),
        ("{{if and .Name (gt (len .Ports) 1)}}y{{end}}", "y"),
        ('{{if eq .Name "db"}}1{{else if eq .Name "web"}}2{{else}}3{{end}}', "2"),
        ("{{with .Missing}}x{{else with .Labels}}{{.app}}{{end}}", "x"),
        ("{{$n := 0}}{{range .Ports}}{{$n = .}}{{end}}{{$n}}", "443"),
        ("{{range .Ports}}{{if eq . 443}}{{break}}{{end}}{{.}}{{end}}", "80"),
        ("{{range .Ports}}{{if eq . 80}}{{continue}}{{end}}{{.}}{{end}}", "443"),
        ("{{json .Ports}} {{json .Missing}} {{json .Name}}", '[80,443] null "web"'),
        ("{{json .Addresses}}", '{"eth0":{"Ip":"10.1.0.2","Length":24},"eth1":{"Ip":"10.0.0.2","Length":8}}'),
        ("{{slice .Name 1}} {{slice .Name 0 1}} {{slice .Ports 0 1}}", "eb w [80]"),
        ('{{not .Name}} {{or .Missing "x"}} {{and 0 1}}', "false x 0"),
        ('{{print 1 2 "a" 3}} {{println .Name}}', "1 2a3 web\n"),
        ("{{1.5}} {{-3}} {{0x1f}} {{1e3}} {{true}} {{'a'}}", "1.5 -3 31 1000 true 97"),
        ('{{"a\\tb"}}{{`a\\tb`}}', "a\tba\\tb"),
        ("{{.Addresses.eth0}}", "{10.1.0.2 24}"),
        ('{{(index .Addresses "eth0").IP}}', "10.1.0.2"),
        ('{{html "<a&b>"}} {{urlquery "a b&c"}}', "&lt;a&amp;b&gt; a+b%26c"),
        ('{{split "a,b" ","}} {{join (split "a,b" ",") "-"}} {{title "a b"}}', "[a b] a-b A B"),
        ('{{pad "x" 1 2}}|{{truncate "hello" 2}}', " x  |he"),
    ],
)
def test_a_template_is_evaluated(source: str, text: str) -> None:
    assert typed(source) == text


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{{.Name", "template: :1: unclosed action"),
        ("{{.Name\n}", 'template: :2: unexpected "}" in operand'),
        ("{{foo}}", 'template: :1: function "foo" not defined'),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{if .Name}}x", "template: :1: unexpected EOF"),
        ("{{if}}x{{end}}", "template: :1: missing value for if"),
        ("{{}}", "template: :1: missing value for command"),
        ("{{$x}}", 'template: :1: undefined variable "$x"'),
        ("{{(.Name}}", "template: :1: unclosed left paren"),
        ("{{.Name)}}", "template: :1: unexpected right paren"),
        ('{{"abc}}', "template: :1: unterminated quoted string"),
        ("{{1a}}", 'template: :1: bad number syntax: "1a"'),
        ('{{"x" | "y"}}', "template: :1: non executable command in pipeline stage 2"),
        ("{{.Na-me}}", "template: :1: bad character U+002D '-'"),
        ("{{.Name:x}}", "template: :1: expected :="),
        ("{{$x, $y := .Args}}", "template: :1: too many declarations in command"),
        ("{{break}}", "template: :1: {{break}} outside {{range}}"),
        ("{{if true}}{{else}}{{else}}{{end}}", "template: :1: expected end; found {{else}}"),
        ("{{/* x", "template: :1: unclosed comment"),
        ("{{@}}", 'template: :1: unexpected "@" in command'),
        ("x\n{{.Name}}\n{{nope}}", 'template: :3: function "nope" not defined'),
    ],
)
def test_what_cannot_be_parsed_is_named(source: str, complaint: str) -> None:
    with pytest.raises(TemplateError) as refused:
        typed(source)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("source", "place", "complaint"),
    [
        ("{{.Nope}}", "1:2", "at <.Nope>: can't evaluate field Nope in type lab.Machine"),
        ("{{.Missing.IP}}", "1:10", "at <.Missing.IP>: nil pointer evaluating *net.Address.IP"),
        ("{{.Missing.Nope}}", "1:10", "at <.Missing.Nope>: can't evaluate field Nope in type *net.Address"),
        ("{{.Name.x}}", "1:7", "at <.Name.x>: can't evaluate field x in type string"),
        ("{{index .Ports 9}}", "1:2", "at <index .Ports 9>: error calling index: index out of range: 9"),
        (
            "{{index .Labels 1}}",
            "1:2",
            "at <index .Labels 1>: error calling index: value has type int; should be string",
        ),
        ('{{eq 1 "a"}}', "1:2", 'at <eq 1 "a">: error calling eq: incompatible types for comparison'),
        ("{{len}}", "1:2", "at <len>: wrong number of args for len: want 1 got 0"),
        ("{{upper .Ports}}", "1:8", "at <.Ports>: wrong type for value; expected string; got []int"),
        ("{{upper 1}}", "1:8", "at <1>: expected string; found 1"),
        ('{{.Name "x"}}', "1:2", "at <.Name>: Name has arguments but cannot be invoked as function"),
        ('{{"x" "y"}}', "1:2", 'at <"x">: can\'t give argument to non-function "x"'),
        ("{{nil}}", "1:2", "at <nil>: nil is not a command"),
        ("ü\n{{.Name}}ü{{.Nope}}", "2:13", "at <.Nope>: can't evaluate field Nope in type lab.Machine"),
    ],
)
def test_what_cannot_be_evaluated_is_named_with_its_place(source: str, place: str, complaint: str) -> None:
    with pytest.raises(ExecutionError) as refused:
        typed(source)
    assert str(refused.value) == f'template: :{place}: executing "" {complaint}'


def test_a_missing_key_of_a_document_is_an_error_there() -> None:
    with pytest.raises(ExecutionError, match='map has no entry for key "Nope"'):
        raw("{{.Nope}}")
    assert raw("{{.Addresses.eth0.Ip}}") == "10.1.0.2"


def test_what_was_written_before_an_error_is_kept() -> None:
    with pytest.raises(ExecutionError) as refused:
        typed("{{.Name}} {{.Nope}}")
    assert refused.value.written == "web "


@pytest.mark.parametrize("source", ["{{call .Name}}", '{{define "x"}}{{end}}', '{{template "x"}}'])
def test_what_is_not_modelled_says_so(source: str) -> None:
    with pytest.raises(NotModelled):
        typed(source)


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_actions_stands_for_itself(text: str) -> None:
    assert Template(text, {}).execute(None) == text


@given(st.text())
def test_a_quoted_string_prints_itself(text: str) -> None:
    assert Template("{{" + quote(text) + "}}", {}).execute(None) == text


@given(st.text(alphabet="{}.$ab()|\"`'=:,-/* \n1x", max_size=30))
def test_any_text_is_evaluated_or_refused(source: str) -> None:
    try:
        said = typed(source)
    except TemplateError as error:
        said = str(error).removeprefix("template: ")
    assert isinstance(said, str)


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_a_map_is_walked_in_the_order_of_its_keys(entries: dict[str, str]) -> None:
    value = GoValue(map_of(STRING), {key: GoValue(STRING, item) for key, item in entries.items()})
    walked = Template('{{range $k, $v := .}}{{printf "%q%q" $k $v}}{{end}}', {}).execute(value)
    assert walked == Template("{{range .}}{{.}}{{end}}", {}).execute(_quoted(entries))


def _quoted(entries: dict[str, str]) -> GoValue:
    texts = tuple(GoValue(STRING, quote(key) + quote(entries[key])) for key in sorted(entries))
    return GoValue(slice_of(STRING), texts)


def test_types_with_methods_answer_to_their_names() -> None:
    kind = GoType(GoKind.STRUCT, "*lab.Row", methods={"Upper": GoMethod(lambda data: string(str(data).upper()))})
    assert template("{{.Upper}}").execute(GoValue(kind, "abc")) == "ABC"
    with pytest.raises(ExecutionError, match=r"can't evaluate field Nope in type \*lab.Row"):
        template("{{.Nope}}").execute(GoValue(kind, "abc"))
