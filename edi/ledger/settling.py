"""x"""

from __future__ import annotations


class Settling:
    def __init__(self, session, now=None):
        pass

    def authorizations(self, ids):
        pass

    def claims(self, ids):
        pass

    def payments(self, ids):
        pass

    def finish(self):
        pass
