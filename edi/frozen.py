"""Frozen dataclasses that are made, changed and pickled as fast as others.

They are for records of which a run makes hundreds of thousands. The `__init__` of a frozen dataclass sets each field by way of
`object.__setattr__`, which looks for the field's slot anew each time. The slots of a class are known when it is made, and set
directly a record of thirty fields takes a third of the time. So it is with `dataclasses.replace`, which asks each field about
itself, and with pickling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache, partial
from operator import attrgetter
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")
_SAME: Final = object()
"""In the place of a value that is not to change."""


def quick(made: type[T]) -> type[T]:
    """A frozen dataclass with slots, with an `__init__` that takes the same and sets the slots.

    Put above `@dataclass(frozen=True, slots=True)`. Defaults are values, not factories, and there is no `__post_init__`.
    """
    own = fields(cast(Any, made))
    defaults: dict[str, Any] = {f"default_{field.name}": field.default for field in own}
    head = f"def __init__({', '.join(_parameters(own))}):"
    init = _compiled(made, head, "self", {field.name: field.name for field in own}, defaults)
    before = vars(made)["__init__"]
    init.__qualname__, init.__annotations__ = before.__qualname__, before.__annotations__
    values = attrgetter(*(field.name for field in own))
    for name, method in {"__init__": init, "__reduce__": lambda self: (_restored, (made, values(self)))}.items():
        setattr(made, name, method)
    return made


def changed(record: T, **changes: Any) -> T:
    """A record that is `quick` with other values for some fields, as `dataclasses.replace` makes it."""
    made: Any = type(record)
    return cast(T, _changing(made)(record, **changes))


@cache
def _changing(made: Any) -> Callable[..., Any]:
    """Made when it is asked for, as `_restoring` is: of most records nobody changes any."""
    names = [field.name for field in fields(cast(Any, made))]
    head = f"def __replace__(_one, {', '.join(('*', *(f'{name}=_same' for name in names)))}):\n    _made = _new()"
    values = {name: f"_one.{name} if {name} is _same else {name}" for name in names}
    return _compiled(made, head, "_made", values, {"_same": _SAME}, "\n    return _made")


def _restored(made: Any, values: Any) -> Any:
    """What was pickled: of several fields a tuple of their values."""
    return _restoring(made)(values)


@cache
def _restoring(made: Any) -> Callable[..., Any]:
    names = [field.name for field in fields(cast(Any, made))]
    head = f"def restored(_values):\n    {', '.join(names)} = _values\n    _made = _new()"
    return _compiled(made, head, "_made", {name: name for name in names}, {}, "\n    return _made")


def _compiled(
    made: Any, head: str, record: str, values: Mapping[str, str], scope: dict[str, Any], end: str = ""
) -> Callable[..., Any]:
    """A function that sets the slots of a record, as dataclasses compiles it."""
    scope |= {"_new": partial(object.__new__, made), **{f"set_{name}": getattr(made, name).__set__ for name in values}}
    body = "".join(f"\n    set_{name}({record}, {value})" for name, value in values.items())
    exec(f"{head}{body}{end}", scope)
    found: Callable[..., Any] = scope[head[len("def ") : head.index("(")]]
    return found


def _parameters(own: tuple[Field[Any], ...]) -> list[str]:
    """The parameters of an `__init__`, with defaults by the names that they have in its scope."""
    texts = {f.name: f.name if f.default is MISSING else f"{f.name}=default_{f.name}" for f in own}
    named = [texts[field.name] for field in own if field.kw_only]
    return ["self", *(texts[field.name] for field in own if not field.kw_only), *(["*", *named] if named else [])]
