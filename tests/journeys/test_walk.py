"""The main job on real parts: scan in a folder, verdict, release, bundle at the provider, receipt, confirmed."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from intake import reader
from tests.journeys.conftest import Pages, Point, pdf


def open_by_hand(bundle: Path, point: Point, provider: str, out: Path) -> dict[str, object]:
    """What a back office does with stock tools only."""
    keys = point.folder / "keys"
    out.mkdir()
    for command in (
        f"openssl cms -decrypt -binary -inform DER -in {bundle} -inkey {keys}/{provider}.key.pem"
        f" -recip {keys}/{provider}.cert.pem -out b.asics",
        "unzip -q b.asics",
        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip"
        f" -CAfile {keys}/ca.pem -purpose any -out /dev/null",
        "unzip -q filing.zip",
    ):
        subprocess.run(command.split(), cwd=out, check=True, capture_output=True)
    manifest: dict[str, object] = json.loads((out / "bundle.json").read_text("utf-8"))
    return manifest


def test_a_complete_form_is_delivered_by_itself(point: Point, filled: Pages, tmp_path: Path) -> None:
    """A complete Swedish name form goes to the bilingual unit and opens with stock OpenSSL and unzip."""
    scan = pdf(*filled("dvv-nimi", "sv"))
    point.drop("scan.pdf", scan)

    point.work()
    filing = point.status()["filings"][0]
    bundle = point.folder / "hub" / "maistraatti" / f"{filing['bundle']}.p7m"
    manifest = open_by_hand(bundle, point, "maistraatti", tmp_path / "out")

    assert (filing["state"], filing["form"], filing["unit"]) == ("delivered", "dvv-nimi", "lounais-suomi")
    assert manifest["filing"] == filing["id"]
    assert (tmp_path / "out" / "original" / "001.pdf").read_bytes() == scan


def test_where_the_point_asks_a_complete_form_waits_for_the_identity(point: Point, filled: Pages) -> None:
    """The policy would let it go; it says what it waits for, and goes once somebody has answered, also with none."""
    text = point.config.read_text("utf-8")
    point.config.write_text(text.replace("[release]", "[release]\nask_identity = true"), "utf-8")
    point.drop("scan.pdf", pdf(*filled("dvv-nimi", "sv")))
    point.work()
    filing = point.status()["filings"][0]
    assert (filing["state"], filing["reason"]) == ("waiting", "identity_asked")

    assert "--identity" in point.command("release", filing["id"], expect=2)
    point.command("release", filing["id"], "--identity", "none")

    assert point.status()["filings"][0]["state"] == "ready"


def test_what_has_an_eservice_waits_where_the_advisor_shall_show_it_first(point: Point, filled: Pages) -> None:
    """Both are complete and would go by themselves; only the one that could be done online stays."""
    text = point.config.read_text("utf-8")
    point.config.write_text(text.replace("[release]", '[release]\neservice = "advisor"'), "utf-8")
    point.drop("move.pdf", pdf(*filled("dvv-muutto", "fi")))
    point.drop("name.pdf", pdf(*filled("dvv-nimi", "sv")))

    point.work()

    states = {filing["form"]: (filing["state"], filing["reason"]) for filing in point.status()["filings"]}
    assert states["dvv-muutto"] == ("waiting", "complete")
    assert states["dvv-nimi"][0] == "delivered"


def test_a_gap_waits_for_the_advisor_and_the_receipt_confirms(point: Point, filled: Pages, tmp_path: Path) -> None:
    """An unsigned form waits; released with a reason it is delivered, and only the signed receipt confirms it."""
    point.drop("scan.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))
    point.work()
    waiting = point.status()["filings"][0]

    point.command("release", waiting["id"], "--reason", "brings the rest", "--advisor", "A", "--identity", "passport")
    point.work()
    delivered = point.status()["filings"][0]
    inbox = ("--provider", "kela", "--out", str(tmp_path / "in"))
    point.command("inbox", "receive", *inbox)
    point.command("inbox", "ack", delivered["bundle"], *inbox)
    point.work()

    assert (waiting["state"], waiting["reason"]) == ("waiting", "incomplete")
    assert delivered["state"] == "delivered"
    assert point.status()["filings"][0]["state"] == "confirmed"
    assert "as it was stored" in point.command("verify")


def test_a_returned_filing_comes_back_with_its_reason(point: Point, filled: Pages, tmp_path: Path) -> None:
    """What the back office returns is at the advisor's again, with the reason."""
    point.drop("scan.pdf", pdf(*filled("dvv-nimi", "sv")))
    point.work()
    bundle = point.status()["filings"][0]["bundle"]
    inbox = ("--provider", "maistraatti", "--out", str(tmp_path / "in"))

    point.command("inbox", "receive", *inbox)
    point.command("inbox", "return", bundle, *inbox, "--reason", "unreadable")
    point.work()
    filing = point.status()["filings"][0]

    assert (filing["state"], filing["reason"]) == ("returned", "unreadable")


def test_two_forms_in_one_scan_are_two_filings(point: Point, filled: Pages) -> None:
    """Without a separator sheet, each known first page begins a filing; every page is in exactly one."""
    pages = [*filled("dvv-nimi", "sv"), *filled("kela-sv4", empty=("allekirjoitus",))]
    point.drop("both.pdf", pdf(*pages))

    point.work()
    status = point.status()
    given = sorted(page["page"] for filing in status["filings"] for page in filing["pages"])

    assert sorted(filing["form"] for filing in status["filings"]) == ["dvv-nimi", "kela-sv4"]
    assert given == list(range(1, len(pages) + 1))
    assert status["scans"][0]["pages"] == len(pages)


def test_two_peoples_papers_in_one_picture_are_two_filings(point: Point, filled: Pages, tmp_path: Path) -> None:
    """Each goes by itself with its own sheet, in its document and as its original: nobody gets the other's paper."""
    papers = [*filled("kela-y121", seed=3), *filled("kela-y121", seed=4)]
    point.drop("glass.pdf", pdf(np.hstack(papers)))

    point.work()
    filings = sorted(point.status()["filings"], key=lambda filing: filing["pages"][0]["page"])
    hub = point.folder / "hub" / "kela"
    manifests = [
        open_by_hand(hub / f"{filing['bundle']}.p7m", point, "kela", tmp_path / str(number))
        for number, filing in enumerate(filings)
    ]

    assert [(filing["state"], filing["form"]) for filing in filings] == [("delivered", "kela-y121")] * 2
    pages = [manifest["pages"] for manifest in manifests]
    names = ("file", "source_page", "scan_page")
    assert [[tuple(page[name] for name in names) for page in each] for each in pages] == [
        [("original/001.png", 1, 1)],
        [("original/001.png", 1, 2)],
    ]
    codes = [manifest["fields"]["hetu"]["value"] for manifest in manifests]
    assert codes[0] != codes[1] and None not in codes
    for number, paper in enumerate(papers):
        (original,) = (tmp_path / str(number) / "original").iterdir()
        with Image.open(original) as sheet:
            assert sheet.width < 1.1 * paper.shape[1]


def test_a_note_beside_two_papers_in_one_picture_is_lost_by_nobody(point: Point, filled: Pages) -> None:
    """What lies on neither sheet leaves the picture whole, and a person is asked."""
    picture = np.hstack([*filled("kela-y121", seed=3), *filled("kela-y121", seed=4)])
    below = np.full((600, picture.shape[1]), 255, np.uint8)
    cv2.putText(below, "AITI KUOLI, SOITA", (400, 300), cv2.FONT_HERSHEY_SIMPLEX, 4, 0, 9)
    point.drop("glass.pdf", pdf(np.vstack([picture, below])))

    point.work()

    assert [filing["state"] for filing in point.status()["filings"]] == ["waiting"]


def test_pages_keep_their_numbers_when_more_forms_are_known(
    point: Point, filled: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paper that was numbered before its second sheet could be told is sent whole, as the advisor saw it."""
    point.drop("glass.pdf", pdf(np.hstack([*filled("kela-y121", seed=3), *filled("kela-y121", seed=4)])))
    with monkeypatch.context() as before_the_update:
        before_the_update.setattr(reader, "cut_apart", lambda opened, _: opened)
        point.work()
    (before,) = point.status()["filings"]

    point.command("release", before["id"], "--reason", "both go", "--advisor", "A")
    point.work()

    (after,) = point.status()["filings"]
    assert (before["state"], after["state"]) == ("waiting", "delivered")


def test_an_unknown_paper_waits_and_goes_where_the_advisor_says(point: Point) -> None:
    """A paper that is none of our forms is not forced into one; the advisor names its recipient."""
    letter = np.full((3508, 2480), 255, np.uint8)
    letter[500:3000:90, 300:2000] = 40
    point.drop("letter.pdf", pdf(letter))
    point.work()
    waiting = point.status()["filings"][0]

    point.command(
        "release", waiting["id"], "--provider", "vero", "--unit", "turku", "--reason", "a letter", "--advisor", "A"
    )
    point.work()
    sent = point.status()["filings"][0]

    assert (waiting["state"], waiting["kind"], waiting["form"]) == ("waiting", "unknown", None)
    assert (sent["state"], sent["provider"], sent["unit"]) == ("delivered", "vero", "turku")


def test_the_same_file_twice_is_one_filing(point: Point, filled: Pages) -> None:
    """B-12: the same bytes again are noted as a second arrival and make no second filing."""
    scan = pdf(*filled("dvv-nimi", "sv"))
    point.drop("a.pdf", scan)
    point.drop("b.pdf", scan)

    point.work()
    status = point.status()

    assert len(status["filings"]) == 1
    assert status["scans"][0]["arrivals"] == 2
