"""What happened, remembered; the only room that talks to a database.

Other rooms use `Ledger` and what its methods return. The rows of `tables` stay in this room.
"""

from __future__ import annotations

from edi.ledger.ledger import Ledger

__all__ = ["Ledger"]
