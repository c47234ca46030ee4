"""XML in and out: namespaces are dropped on the way in, text is escaped on the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
# Characters that no XML may have, not even escaped.
UNWRITABLE, REPLACED = (
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"),
    "\ufffd",
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class Node:
    """An element without its namespace."""

    def __init__(self, element: ElementTree.Element) -> None:
        self._element = element
        self.name = element.tag.rpartition("}")[2]

    def __iter__(self) -> Iterator[Node]:
        return (Node(child) for child in self._element)

    @property
    def text(self) -> str:
        """What stands between the tags, trimmed."""
        return (self._element.text or "").strip()

    @property
    def nil(self) -> bool:
        """xsi:nil: the value is explicitly none."""
        return self._element.get(NIL, "").lower() in ("true", "1")

    def all(self, name: str) -> list[Node]:
        """The direct children of that name, in any case."""
        return [child for child in self if child.name.lower() == name.lower()]

    def first(self, *path: str) -> Node | None:
        """The first descendant along a path of names."""
        node: Node | None = self
        for name in path:
            node = next(iter(node.all(name)), None) if node is not None else None
        return node

    def value(self, *path: str) -> str | None:
        """The text there; None where there is none."""
        node = self.first(*path)
        return (node.text or None) if node is not None else None


def parse(content: bytes) -> Node:
    """The document's element; ValueError when it is no XML (or brings entities of its own)."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("document types are not allowed")
    try:
        return Node(ElementTree.fromstring(content))  # noqa: S314 no entities, see above
    except (ElementTree.ParseError, LookupError) as error:  # an encoding may be unknown, too
        raise ValueError(str(error)) from None


def element(name: str, value: Any) -> str:
    """A value as XML: a dict is an element with children, a list several of the same name."""
    if isinstance(value, list):
        return "".join(element(name, one) for one in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, dict):
        inner = "".join(element(key, one) for key, one in value.items())
        return f"<{name}>{inner}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(UNWRITABLE.sub(REPLACED, text))}</{name}>"
