"""Small 837 files around the segments of a claim, for each of the three guides."""

from __future__ import annotations

from edi.guides.document import Unit, units

VERSIONS = {"professional": "005010X222A1", "institutional": "005010X223A2", "dental": "005010X224A2"}

ISA = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*MAPLE          *260301*1200*^*00501*000000001*0*T*:~"
PROVIDER = (
    "HL*1**20*1~PRV*BI*PXC*225100000X~NM1*85*2*RIVERSIDE THERAPY*****XX*1234567893~N3*1 WHARF ROAD~"
    "N4*RIVERSIDE*OH*430010001~REF*EI*123456789~"
)
SUBSCRIBER = (
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*QUILL*NORA*B*DR*JR*MI*W1000001~N3*2 HILL STREET~N4*RIVERSIDE*OH*43001~"
    "DMG*D8*19810405*F~NM1*PR*2*MAPLE HEALTH*****PI*MAPLE1~"
)
PATIENT = SUBSCRIBER.replace("22*0~SBR*P*18", "22*1~SBR*S*") + "HL*3*2*23*0~PAT*19~NM1*QC*1*QUILL*IVO~DMG*D8*20150607*M~"


def file(claims: str, kind: str = "professional", *, level: str = SUBSCRIBER, end: str = "~", bht: str = "CH") -> bytes:
    """A file with one set; `end` stands for each segment's end."""
    version = VERSIONS[kind]
    inner = (
        f"ST*837*0001*{version}~BHT*0019*00*1*20260101*1200*{bht}~NM1*41*2*A*****46*B1~PER*IC*A*TE*6145550100~NM1*40*2*A*****46*B1~"
        f"{PROVIDER}{level}{claims}"
    )
    count = inner.count("~") + 1
    text = f"{ISA}GS*HC*A1*B1*20260301*1200*1*X*{version}~{inner}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    return text.replace("~", end).encode("latin-1")


def claim_units(data: bytes) -> list[Unit]:
    return [unit for unit in units(data) if unit.loop.id == "2300"]


def unit_of(claim: str, kind: str = "professional", *, level: str = SUBSCRIBER, end: str = "~") -> Unit:
    """The unit of a file's one claim."""
    (unit,) = claim_units(file(claim, kind, level=level, end=end))
    return unit
