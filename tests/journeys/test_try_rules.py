"""`rules try` says where a scan would go with candidate rules; the point's own stay as they are."""

import shutil
from pathlib import Path

from tests.journeys.conftest import Pages, Point, pdf


def test_a_scan_is_tried_with_candidate_rules(point: Point, filled: Pages, tmp_path: Path) -> None:
    """The candidate's reason is said, the point's own rules still say theirs, and nothing is stored."""
    scan, candidate = tmp_path / "scan.pdf", tmp_path / "rules"
    scan.write_bytes(pdf(*filled("kela-sv4")))
    shutil.copytree(point.folder / "rules", candidate)
    kela = candidate / "kela.toml"
    kela.write_text(kela.read_text("utf-8").replace('en = "', 'en = "As tried: ', 1), "utf-8")

    tried = point.command("rules", "try", str(scan), "--rules", str(candidate))
    own = point.command("rules", "try", str(scan))

    assert "goes to kela: As tried: " in tried
    assert "goes to kela: " in own
    assert "As tried" not in own
    assert point.status()["filings"] == []
