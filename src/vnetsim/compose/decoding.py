"""Nodes to values (go-yaml's decoder into an interface): merge keys, string keys, lines noted for each path."""

from __future__ import annotations

from vnetsim.compose import scalars
from vnetsim.compose.golang import quote, sprint
from vnetsim.compose.reading import YamlNode, decoded_binary
from vnetsim.compose.values import ComposeError, KeyPlaces, Path, YamlMap, YamlValue
from vnetsim.values import define


@define
class NodeDecoder:
    """Of one file."""

    file: str
    places: KeyPlaces

    def value(self, node: YamlNode, path: Path = ()) -> YamlValue:
        if node.target is not None:
            return self.value(node.target, path)
        if node.kind == "mapping":
            return self._mapping(node, path)
        if node.kind == "sequence":
            for index, item in enumerate(node.content):
                self.places.note((*path, str(index)), self.file, item.line)
            return [self.value(item, (*path, str(index))) for index, item in enumerate(node.content)]
        return scalar(node)

    def _mapping(self, node: YamlNode, path: Path) -> YamlMap:
        found: YamlMap = {}
        merge: YamlNode | None = None
        for key, value in zip(node.content[::2], node.content[1::2], strict=True):
            if is_merge(key):
                merge = value
                continue
            name = self._key(key, path)
            self.places.note((*path, name), self.file, key.line)
            found[name] = self.value(value, (*path, name))
        if merge is not None:
            for source in _sources(merge):
                for name, item in self._mapping(source, path).items():
                    found.setdefault(name, item)
        return found

    def _key(self, node: YamlNode, path: Path) -> str:
        if node.target is not None:
            return self._key(node.target, path)
        if node.kind != "scalar":
            shape = _go_syntax(self.value(node, path))
            raise ComposeError(f"yaml: invalid map key: {shape}", path, line=node.line)
        value = scalar(node)
        if isinstance(value, str):
            return value
        where = f"in {key_prefix(path)}" if path else "at top level"
        raise ComposeError(f"non-string key {where}: {sprint(value)}", path, line=node.line)


def _go_syntax(value: YamlValue) -> str:
    """%#v of a key that is no scalar."""
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(_go_syntax, value))}}}"
    if isinstance(value, dict):
        items = (f"{quote(key)}:{_go_syntax(item)}" for key, item in sorted(value.items()))
        return f"map[string]interface {{}}{{{', '.join(items)}}}"
    if value is None:
        return "interface {}(nil)"
    return quote(value) if isinstance(value, str) else sprint(value)


def scalar(node: YamlNode) -> YamlValue:
    """Of a node that is no scalar, nothing."""
    if node.kind != "scalar":
        return None
    if not node.plain and node.tag in ("", "!", scalars.STR):
        return node.value
    tag, value = scalars.resolve(node.value, node.tag if node.tag != "!" else "")
    return decoded_binary(node.value) if tag == scalars.BINARY else value


def is_merge(node: YamlNode) -> bool:
    return node.kind == "scalar" and node.value == "<<" and (node.plain or node.tag == scalars.MERGE)


def _sources(node: YamlNode) -> list[YamlNode]:
    """The mappings that a merge key names, the first of which wins."""
    target = node.target or node
    sources = [item.target or item for item in target.content] if target.kind == "sequence" else [target]
    if any(source.kind != "mapping" for source in sources):
        raise ComposeError("yaml: map merge requires map or sequence of maps as the value", line=node.line)
    return sources


def key_prefix(path: Path) -> str:
    """How convertToStringKeysRecursive names a location: `services.web.ports[0]`."""
    out = ""
    for part in path:
        out += f"[{part}]" if part.isdecimal() else f".{part}" if out else part
    return out


def name_of_project(node: YamlNode) -> str:
    """The `name` of one document, decoded into a struct that has nothing else; type errors are go-yaml's."""
    if node.kind != "mapping":
        if node.short_tag() == scalars.NULL:
            return ""
        raise ComposeError(_unmarshal_errors([_cannot(node, "cli.named")]), line=node.line)
    errors: list[str] = []
    seen: dict[str, int] = {}
    for key in node.content[::2]:
        scalar(key)
        if key.kind == "scalar" and key.value in seen:
            errors.append(f"line {key.line}: mapping key {quote(key.value)} already defined at line {seen[key.value]}")
        seen.setdefault(key.value, key.line)
    if errors:
        raise ComposeError(_unmarshal_errors(errors), line=node.line)
    for key, value in zip(node.content[::2], node.content[1::2], strict=True):
        if key.value == "name":
            target = value.target or value
            if target.kind != "scalar":
                raise ComposeError(_unmarshal_errors([_cannot(target, "string")]), line=target.line)
            return "" if target.short_tag() == scalars.NULL else target.value
        if is_merge(key):
            _sources(value)
    return ""


def _cannot(node: YamlNode, want: str) -> str:
    tag = node.short_tag()
    value = ""
    if node.kind == "scalar":
        text = node.value.encode("utf-8", "surrogateescape")
        value = f" `{text[:7].decode('utf-8', 'replace')}...`" if len(text) > 10 else f" `{node.value}`"
    elif tag not in (scalars.MAP, scalars.SEQ):
        value = " ``"
    return f"line {node.line}: cannot unmarshal {tag}{value} into {want}"


def _unmarshal_errors(errors: list[str]) -> str:
    return "yaml: unmarshal errors:\n  " + "\n  ".join(errors)
