"""edi authorizations show: what was paid for the claims that used an authorization, reversed, and taken back."""

from __future__ import annotations

from tests.cli.shell import STORY, Shell

PAID = (STORY / "remittances" / "paid.835").read_bytes()


def later(number: int, *changes: tuple[bytes, bytes]) -> bytes:
    """The remittance of the paid claim as another one."""
    data = PAID.replace(b"*000000076", b"*%09d" % number).replace(b"MHP7700001", b"MHP%d" % number)
    data = data.replace(b"DTM*405*20261116", b"DTM*405*20261201")
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data


BACK = later(
    91,
    (b"BPR*I*2847.34", b"BPR*I*0"),
    (b"CLP*LO1002*1*4200*2835*315", b"CLP*LO1002*22*-4200*-2835*"),
    (b"RT*4200*2835**1", b"RT*-4200*-2835**1"),
    (b"CO*45*1050", b"CO*45*-1050"),
    (b"PR*2*315", b"PR*2*-315"),
    (b"L6:LO1002*-12.34", b"FB:MHP91*-2835"),
)
RECOUPED = later(
    92,
    (b"*12*MHPCLM0001002", b"*12*MHPCLM0009999"),
    (b"L6:LO1002*-12.34", b"WO:MHPCLM0001002*100"),
    (b"CLP*LO1002", b"CLP*LO9999"),
)


def test_the_page_ends_with_the_money(shell: Shell) -> None:
    for path in (STORY / "claims" / "number-right.837", STORY / "remittances" / "paid.835"):
        assert shell("ledger", "import", path).exit_code == 0
    page = shell("authorizations", "show", "MLK26090101").stdout.splitlines()
    assert page[page.index("Used by") + 2 :] == [
        "  LO1002  27447    professional       1  2026-10-06",
        "What was paid for them",
        "  claim   payer                   date        remittance  payer's number  decided        charge       paid",
        "  LO1002  MEADOWLARK HEALTH PLAN  2026-11-16  MHP7700001  MHPCLM0001002   as primary  $4,200.00  $2,835.00  stands",
        "  LO1002, beside claims: L6 (interest) of claim LO1002: $12.34 more",
    ]


def test_a_reversal_and_a_recoupment_show(shell: Shell) -> None:
    shell("ledger", "import", STORY / "claims" / "number-right.837", STORY / "remittances" / "paid.835")
    for data in (BACK, RECOUPED):
        assert "taken" in shell("ledger", "import", "-", stdin=data).stdout
    page = shell("authorizations", "show", "MLK26090101").stdout
    assert "stands" not in page
    assert "taken back 2026-12-01" in page
    assert "takes back MHP7700001" in page
    assert "LO1002: The payer took back $100.00, and no reversal says why." in page
    (life,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    (account,) = life["accounts"]
    assert (account["claim"], account["state"], account["bridge"]) == ("LO1002", "reversed", "100.00")


def test_another_number_that_leads_to_the_claim_shows_too(shell: Shell) -> None:
    """By the payer's own number, which both payments have."""
    shell("ledger", "import", STORY / "claims" / "number-right.837", STORY / "remittances" / "paid.835")
    shell("ledger", "import", "-", stdin=BACK.replace(b"CLP*LO1002*", b"CLP*0*"))
    (life,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    (account,) = life["accounts"]
    assert [payment["claim"] for payment in account["payments"]] == ["LO1002", "0"]


def test_nothing_paid_shows_nothing(shell: Shell) -> None:
    shell("ledger", "import", STORY / "claims" / "number-right.837")
    assert "What was paid" not in shell("authorizations", "show", "MLK26090101").stdout
    (life,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    assert life["accounts"] == []
