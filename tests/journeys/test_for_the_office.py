"""What a point seals for clerks: roles, labels, the identity kind, and where the form lies on the document's page."""

import json
from pathlib import Path

import cv2
import numpy as np
import pypdfium2

from tests.journeys.conftest import Pages, Point, pdf
from tests.journeys.test_walk import open_by_hand


def test_the_bundle_says_where_each_field_lies_on_the_document(point: Point, filled: Pages, tmp_path: Path) -> None:
    """A sheet lay within the form, which was upside down: `pages` follow document.pdf, and places fit its ink."""
    form = filled("dvv-nimi", "sv", empty=("toissijainen", "allekirjoitus"))
    attachment = np.full_like(form[0], 250)
    cv2.putText(attachment, "Bilaga 1", (300, 600), cv2.FONT_HERSHEY_SIMPLEX, 3, 20, 6)
    first, *further = (np.ascontiguousarray(np.rot90(page, 2)) for page in form)
    point.drop("scan.pdf", pdf(first, attachment, *further))

    point.work()
    filing = point.status()["filings"][0]["id"]
    point.command("release", filing, "--advisor", "Aino", "--reason", "ok", "--identity", "passport")
    point.work()

    filing = point.status()["filings"][0]
    said = open_by_hand(
        point.folder / "hub/maistraatti" / f"{filing['bundle']}.p7m", point, "maistraatti", tmp_path / "out"
    )
    assert (said["schema"], said["identity"]) == (2, "passport")
    assert said["roles"]["hetu"] == "person_id"
    assert said["labels"]["hetu"]["sv"] == "Personbeteckning"
    page = next(one for one in said["pages"] if one["form_page"] == 1)
    with pypdfium2.PdfDocument(tmp_path / "out/document.pdf") as document:
        gray = np.asarray(document[page["page"] - 1].render(scale=100 / 72).to_pil().convert("L"))
    inks = {
        key: _dark(gray, page["form_corners_mm"], said["fields"][key]) for key in ("hetu", "osoite", "toissijainen")
    }
    assert [one["scan_page"] for one in said["pages"]][:3] == [1, 3, 2]
    assert min(inks["hetu"], inks["osoite"]) > 3 * inks["toissijainen"], json.dumps(inks)


def _dark(gray: np.ndarray, corners: list[list[float]], field: dict) -> float:
    """The share of dark pixels inside the field's box, brought onto the page at 100 dpi."""
    (place,) = field["places"]
    x0, y0, x1, y1 = (side + inset for side, inset in zip(place["box_mm"], (1.5, 3, -1.5, -1), strict=True))
    to_page = cv2.getPerspectiveTransform(
        np.array([(0, 0), (210, 0), (210, 297), (0, 297)], np.float32), np.array(corners, np.float32) * 100 / 25.4
    )
    box = cv2.perspectiveTransform(np.array([[(x0, y0), (x1, y1)]], np.float32), to_page)[0].round().astype(int)
    (left, top), (right, bottom) = box
    return float((gray[top:bottom, left:right] < 140).mean())
