"""Records of any kind as JSON: written, read, and described by a JSON Schema.

A record is an object with its fields as keys; dates are ISO 8601, amounts decimal strings, so that nothing is lost on the way.
What has its default value is left out when written. A key that is not known, or a value of another type, is a RecordError that
names the place (`event.services[0].quantity.amount`, counted from 0) and never quotes a value.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin

from edi.errors import RecordError
from edi.records.made import hints_of

R = TypeVar("R")
_VERSION: Final = "version"
_SCHEMA: Final = "$schema"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHAPES: Final[dict[Any, str]] = {
    date: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    datetime: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.([0-9]{3}|[0-9]{6}))?)?$",
    Decimal: r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$",
}
_SHORT: Final = 40


def as_json(record: object) -> Any:
    """A record as what `json.dumps` takes."""
    if is_dataclass(record):
        return {
            field.name: as_json(value) for field in fields(record) if not _is_default(field, value := getattr(record, field.name))
        }
    if isinstance(record, tuple):
        return [as_json(member) for member in record]
    if isinstance(record, Decimal):
        return format(record, "f")
    if isinstance(record, date):
        return record.isoformat()
    return record


def to_json(record: object, *, version: int) -> str:
    """A record as a JSON document with its version."""
    return json.dumps({_VERSION: version, **as_json(record)}, indent=2, ensure_ascii=False) + "\n"


def from_json(kind: type[R], data: str | bytes, *, version: int) -> R:
    """The record that a JSON document holds; the version may be left out."""
    document = _parsed(data)
    if not isinstance(document, dict):
        raise RecordError("The document must be an object.")
    document.pop(_SCHEMA, None)
    said = document.pop(_VERSION, version)
    if type(said) is not int or said != version:
        raise RecordError(f"{_VERSION}: must be {version}.")
    found: R = _read(kind, document, "")
    return found


def _parsed(data: str | bytes) -> Any:
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise RecordError(f"This is not UTF-8 text: byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise RecordError(f"This is not JSON: line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise RecordError("This is not JSON that can be a record: a number or a nesting without measure.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RecordError(f"{next(key for key in keys if keys.count(key) > 1)[:_SHORT]}: stands twice in one object.")
    return found


def _refuse(name: str) -> Any:
    raise RecordError(f"{name} is no JSON number.")


def _read(hint: Any, value: Any, path: str) -> Any:
    here = path or "The document"
    if get_origin(hint) is UnionType:
        if value is None:
            return None
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    if get_origin(hint) is tuple:
        return _read_tuple(get_args(hint), value, path)
    if is_dataclass(hint):
        return _read_record(hint, value, path)
    if hint is bool or hint is int:
        if type(value) is not hint:
            raise RecordError(f"{here}: must be {'true or false' if hint is bool else 'a whole number'}.")
        return value
    if not isinstance(value, str):
        raise RecordError(f"{here}: must be {_WORDS.get(hint, 'a text')}.")
    if hint is str:
        return value
    try:
        return _text(hint, value)
    except ValueError:
        choice = f"one of {', '.join(hint)}" if issubclass(hint, StrEnum) else _WORDS[hint]
        raise RecordError(f"{here}: must be {choice}.") from None


_WORDS: Final[dict[Any, str]] = {
    date: "a date, such as 2026-03-09",
    datetime: "a date and time without a zone, such as 2026-03-09T14:30:00",
    Decimal: 'an amount as a text, such as "12.50"',
}


def _text(hint: Any, value: str) -> Any:
    if hint in _SHAPES:
        if not re.fullmatch(_SHAPES[hint], value, re.ASCII):
            raise ValueError  # Python reads more than the schema allows: 2026-W10-1, 1_000, " 5 "
        return Decimal(value) if hint is Decimal else hint.fromisoformat(value)
    return hint(value)


def _read_tuple(members: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise RecordError(f"{path}: must be a list.")
    if members[-1] is Ellipsis:
        return tuple(_read(members[0], member, f"{path}[{n}]") for n, member in enumerate(value))
    if len(value) != len(members):
        raise RecordError(f"{path}: must be a list of {len(members)}.")
    return tuple(_read(hint, member, f"{path}[{n}]") for n, (hint, member) in enumerate(zip(members, value, strict=True)))


def _read_record(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise RecordError(f"{path}: must be an object.")
    hints, begin = hints_of(kind), f"{path}." if path else ""
    for key in value:
        if key not in hints:
            near = get_close_matches(key, hints, 1)
            meant = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(hints)}."
            raise RecordError(f"{begin}{key[:_SHORT]}: is not known; {meant}")
    for field in fields(kind):
        if field.name not in value and _needed(field):
            raise RecordError(f"{begin}{field.name}: is missing.")
    return kind(**{key: _read(hints[key], member, f"{begin}{key}") for key, member in value.items()})


def _needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _is_default(field: Field[Any], value: object) -> bool:
    return field.default is not MISSING and value == field.default


# -- the schema ----------------------------------------------------------------------------------------------------------


def schema(kind: type, *, version: int) -> dict[str, Any]:
    """The JSON Schema of a kind of record; its words are those of the record's docstrings."""
    definitions: dict[str, Any] = {}
    whole = _describe_record(kind, definitions)
    known = {_SCHEMA: {"type": "string"}, _VERSION: {"const": version}}
    return {
        _SCHEMA: _DIALECT,
        "title": kind.__name__,
        **whole,
        "properties": known | whole["properties"],
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _describe(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if get_origin(hint) is UnionType:
        (one,) = (one for one in get_args(hint) if one is not NoneType)
        return {"anyOf": [_describe(one, definitions), {"type": "null"}]}
    if get_origin(hint) is tuple:
        members = get_args(hint)
        if members[-1] is Ellipsis:
            return {"type": "array", "items": _describe(members[0], definitions)}
        inner = [_describe(member, definitions) for member in members]
        return {"type": "array", "prefixItems": inner, "minItems": len(inner), "maxItems": len(inner)}
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # so that a record that holds its own kind ends
            definitions[hint.__name__] = _describe_record(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [member.value for member in hint]}
    return dict(_TYPES[hint])


_TYPES: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    bool: {"type": "boolean"},
    Decimal: {"type": "string", "pattern": _SHAPES[Decimal]},
    date: {"type": "string", "format": "date", "pattern": _SHAPES[date]},
    datetime: {"type": "string", "pattern": _SHAPES[datetime]},
}


def _describe_record(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints, words = hints_of(kind), _docstrings(kind)
    properties = {}
    for field in fields(kind):
        said = {"description": words[field.name]} if field.name in words else {}
        properties[field.name] = _describe(hints[field.name], definitions) | said
    return {
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields(kind) if _needed(field)],
        "additionalProperties": False,
    }


def _docstrings(kind: type) -> dict[str, str]:
    """What stands below each field in the source."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and is_text:
            found[line.target.id] = inspect.cleandoc(below.value.value)  # type: ignore[attr-defined]  # is_text says it is one
    return found
