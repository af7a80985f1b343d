"""The compiled distribution (`edi_speed`), where it is installed and wanted: the only module that imports it."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Final

_PROTOCOL: Final = 8
"""What both sides understand; a distribution of another number is left alone."""


def wanted() -> bool:
    """Whether it is to be used where it is installed: not where `EDI_SPEED` is 0."""
    return os.environ.get("EDI_SPEED") != "0"


def at_hand() -> ModuleType | None:
    """The distribution; None where it is not installed, or not wanted."""
    return installed() if wanted() else None


def installed() -> ModuleType | None:
    """The distribution; None where it is not installed."""
    try:
        module = import_module("edi_speed")
    except ImportError:
        return None
    return module if getattr(module, "PROTOCOL", None) == _PROTOCOL else None
