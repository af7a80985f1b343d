"""What a guide says that a document shows: one small document for each, and what is found when one fact of it is changed."""

from __future__ import annotations

import pytest

from bench.documents import interchange
from edi.guides.guide import load
from edi.guides.validation import validate

DENTAL = (
    "ST*837*0001*005010X224A2~BHT*0019*00*1*20260301*1200*CH~NM1*41*2*A*****46*B1~PER*IC*A*TE*6145550100~NM1*40*2*P*****46*B2~"
    "HL*1**20*1~NM1*85*2*A DENTAL*****XX*1234567893~N3*1 A ST~N4*BY*OH*430010001~REF*EI*123456789~"
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*LARCH*LEE****MI*D123~DMG*D8*20160101*F~NM1*PR*2*P*****PI*F1~"
    "CLM*1*100***11:B:1*Y*A*Y*Y~DN2*3*M****JP~REF*G3*PRE1~REF*4N*1~HI*BK:5210~"
    "NM1*82*1*FIR*ANN****XX*1234567893~PRV*PE*PXC*1223G0001X~"
    "SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*LARCH*LEE****MI*D123~NM1*PR*2*Q*****PI*F2~"
    "LX*1~SV3*AD:D2150*100**10~TOO*JP*12*L:O~DTP*472*D8*20260228~SE*0*0001~"
)
INSTITUTIONAL = (
    "ST*837*0001*005010X223A2~BHT*0019*00*1*20260301*1200*CH~NM1*41*2*A*****46*B1~PER*IC*A*TE*6145550100~NM1*40*2*P*****46*B2~"
    "HL*1**20*1~NM1*85*2*A HOSPITAL*****XX*1234567893~N3*1 A ST~N4*BY*OH*430010001~REF*EI*123456789~"
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*LARCH*LEE****MI*D123~DMG*D8*19660101*F~NM1*PR*2*P*****PI*F1~"
    "CLM*1*100***11:A:1**A*Y*Y~DTP*434*RD8*20260201-20260203~DTP*435*DT*202602011530~CL1*1*1*01~REF*G1*A1~"
    "HI*ABK:I10:::::::Y~HI*BH:11:D8:20260201~HI*BE:01:::200~NM1*71*1*FIR*ANN****XX*1234567893~"
    "LX*1~SV2*0120**100*DA*2~SE*0*0001~"
)
REJECTED = (
    "ST*277*0001*005010X214~BHT*0085*08*1*20260301*1200*TH~HL*1**20*1~NM1*PR*2*P*****PI*F1~TRN*1*R1~DTP*050*D8*20260301~"
    "DTP*009*D8*20260301~HL*2*1*21*0~NM1*41*2*A*****46*B1~TRN*2*1~STC*A8:746*20260301*U*100~QTY*AA*1~AMT*YY*100~SE*0*0001~"
)
ACKNOWLEDGED = (
    "ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK3*CLM*22**8~CTX*CLM01:1234~IK4*2*782*1~"
    "IK5*R*5~AK2*837*0002*005010X222A1~IK5*A~AK9*P*2*2*1~SE*0*0001~"
)
ANSWER = (
    "ST*271*0001*005010X279A1~BHT*0022*11*1*20260301*1200~HL*1**20*1~NM1*PR*2*P*****PI*F1~HL*2*1*21*1~"
    "NM1*1P*2*A*****XX*1234567893~HL*3*2*22*0~TRN*2*1*9123456789~NM1*IL*1*LARCH*LEE****MI*D123~"
    "EB*1**30^98*HM~EB*C**30***23*500~LS*2120~NM1*P3*1*FIR*ANN~LE*2120~SE*0*0001~"
)
CASES = {
    "837/dental": (DENTAL, [
        ("TOO*JP*12", "TOO*JX*12", {"element-code"}),
        ("TOO*JP*12*L:O", "TOO*JP**L:O", {"element-missing"}),
        ("TOO*JP*12*L:O", "TOO*JP*12*L:Z", {"element-code"}),
        ("SV3*AD:", "SV3*HC:", {"element-code"}),
        ("SV3*AD:D2150*100**10", "SV1*HC:D2150*100*UN*1***1", {"segment-unused", "segment-missing"}),
        ("SV3*AD:D2150*100", "SV3*AD:D2150*", {"element-missing"}),
        ("OI***Y***Y", "OI***Y*P**Y", {"element-unused"}),
        ("OI***Y***Y~", "", {"segment-missing"}),
        ("PRV*PE*PXC*1223G0001X~", "", {"segment-missing"}),
        ("DN2*3*M****JP", "DN2*3*M", {"element-missing"}),
        ("DN2*3*M****JP", "DN2*3*I****JP", {"element-code"}),
        ("REF*4N*1", "REF*4N*8", {"element-code"}),
        ("REF*4N*1", "REF*G3*PRE2", {"segment-repeats"}),
        ("HI*BK:5210", "HI*BK:1*BF:2*BF:3*BF:4*BF:5", {"element-unused"}),
    ]),
    "837/institutional": (INSTITUTIONAL, [
        ("11:A:1", "11:B:1", {"element-code"}),
        ("DTP*434*RD8*20260201-20260203~", "", {"segment-missing"}),
        ("DTP*435*DT*202602011530", "DTP*435*DT*20260201", {"element-date"}),
        ("CL1*1*1*01", "CL1*1*1", {"element-missing"}),
        ("HI*BE:01:::200", "HI*BE:01", {"component-missing"}),
        ("SV2*0120**100*DA*2", "SV2**HC:99213*100*DA*2", {"element-missing"}),
    ]),
    "x12/277-acknowledgment": (REJECTED, [
        ("HL*2*1*21*0", "HL*2*1*21*1", {"hl-child"}),
        ("STC*A8:746*20260301*U", "STC*A8:746*20260301*X", {"element-code"}),
        ("DTP*009*D8*20260301~", "", {"segment-missing"}),
    ]),
    "x12/999": (ACKNOWLEDGED, [
        ("IK4*2*782*1", "IK4*2*782*11", {"element-code"}),
        ("CTX*CLM01:1234", "CTX*CLM01", {"component-missing"}),
        ("~IK5*A~", "~", {"segment-missing"}),
        ("AK9*P*2*2*1~", "", {"segment-missing"}),
    ]),
    "x12/271": (ANSWER, [
        ("*30^98*", "*30^9Z*", {"element-code"}),
        ("LE*2120~", "", {"segment-missing"}),
        ("NM1*P3*1*FIR*ANN~", "", {"loop-missing"}),
        ("*500~", "*500**DY~", {"element-note"}),
    ]),
}  # fmt: skip
ROWS = [(name, text, *row) for name, (text, rows) in CASES.items() for row in [("~", "~", set[str]()), *rows]]


@pytest.mark.parametrize(("name", "text", "before", "after", "codes"), ROWS)
@pytest.mark.parametrize("compiled", [False, True], ids=["walked", "compiled"])
def test_a_fact_of_a_guide_shows(name: str, text: str, before: str, after: str, codes: set[str], compiled: bool) -> None:
    assert text.count(before) == 1 or before == after
    tokens = [segment.split("*") for segment in text.replace(before, after).split("~") if segment]
    tokens[-1][1] = str(len(tokens))
    report = validate(interchange(load(name), [tokens]), level=2, compiled=compiled)
    assert {problem.code for problem in report.problems} == codes
