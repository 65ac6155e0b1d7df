"""The platform's flat XML, by expat, with document types refused: nothing can be expanded."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from actions.errors import XiaobaoError

_MOST_FIELDS = 64
_DEEPEST = 8


class NotXml(XiaobaoError):
    """What was given is not a message of the platform."""


def parse(document: bytes) -> dict[str, str]:
    """The fields of the first level, by name; what is nested deeper is left out.

    Raises NotXml. The caller limits the size.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # whatever the document says
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError) as error:
        raise NotXml("not well-formed") from error
    return reader.fields


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []

    def refuse(self, *_: object) -> None:
        raise NotXml("a document type")

    def start(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise NotXml("too deep")
        if len(self._path) == 2:
            if len(self.fields) >= _MOST_FIELDS or name in self.fields:
                raise NotXml("too many fields, or one twice")
            self.fields[name] = ""

    def end(self, _name: str) -> None:
        self._path.pop()

    def text(self, text: str) -> None:
        if len(self._path) == 2:
            self.fields[self._path[1]] += text


def build(fields: Mapping[str, str | int]) -> str:
    """A message with these fields; text as CDATA, numbers bare."""
    inner = "".join(
        f"<{name}>{value if isinstance(value, int) else _cdata(value)}</{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>"


def _cdata(text: str) -> str:
    inside = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{inside}]]>"
