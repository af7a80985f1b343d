"""What Spark takes is measured over all of the claims; with real executors, where PySpark and Java are."""

from __future__ import annotations

import shutil
import sys

import pytest

pytest.importorskip("pyspark", reason='PySpark is not installed: pip install "edi-authlink[spark]"')
if shutil.which("java") is None:
    pytest.skip("Spark needs Java, and none is here", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # Spark's own


def test_every_claim_is_read_and_linked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from bench import spark

    for name in ("PYSPARK_PYTHON", "PYTHONPATH"):  # it says to the executors what this process is, and so it is undone
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(sys, "argv", ["bench.spark", "--claims", "200", "--authorizations", "20", "--master", "local[1]"])
    assert spark.main() == 0
    said = capsys.readouterr().out
    assert "| the table `claims`, counted and summed | 200 |" in said
    assert "| `link`, by verdict | 200 |" in said
    assert "linked 142, requirement-unknown 56, " in said
