"""Attachments are known by the words of their titles; what belongs elsewhere is told."""

from pathlib import Path

import pytest

from intake.check import attachment_kind
from intake.check.attachments import attachment_kinds
from intake.trial import fill
from tests.catalogue.changes import ON
from tests.catalogue.filings import Filing, alone, breaking, forms, keeping
from tests.catalogue.on_paper import Counters, attachment, looked, title_of, titled


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("KELA\nSelvitys tapaturmasta SV 143\nHakijan tiedot", "sv143"),
        ("FPA  Intyg för reseersättning  SV 67r", "sv67"),
        ("Terveyskeskus Saarijärvi\nLÄÄKÄRINLAUSUNTO C", "medical_statement"),
        ("Läkarintyg A, Pargas hälsocentral", "medical_statement"),
        ("LÄKARUTLÄTANDE", "medical_statement"),  # å read as ä
        ("Nuorison terveystodistus", "health_certificate"),
        ("HUONEENVUOKRASOPIMUS\nVuokranantaja", "lease"),
        ("Hyresavtal för bostadslägenhet", "lease"),
        ("Tiliote 1.1.2015-31.1.2015", "bank_statement"),
        ("Palkkalaskelma 2/2015", "pay_certificate"),
        ("KASSAKUITTI\nYHTEENSÄ 12,40", "receipt"),
        ("Verovelkatodistus", "tax_debt_certificate"),
        ("1A Matkakulut – Asunnon ja työpaikan väliset matkat", "vero-1a"),
        ("Hyvä asiakas, kiitos kirjeestäsi", None),
        ("", None),
    ],
)
def test_kind_by_title(text: str, kind: str | None) -> None:
    """The title's words decide, in Finnish and in Swedish."""
    assert attachment_kind(text) == kind


def test_words_far_down_do_not_decide() -> None:
    """Only the head of a page tells what it is."""
    assert attachment_kind("x " * 500 + "vuokrasopimus") is None


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_kind_is_known_by_its_own_title(language: str) -> None:
    """What we call a paper in either language, or the first of its titles, names its kind."""
    for kind in attachment_kinds():
        assert attachment_kind(title_of(kind.id, language)) == kind.id


def sv4(rule: str, *, broken: bool) -> Filing:
    """A travel claim made for one of its rules."""
    form = forms()["kela-sv4"]["fi"]
    return alone(form, next(one for one in form.rules if one.id == rule), breaking if broken else keeping)


def test_second_paper_of_a_stack_is_seen_and_a_second_page_is_none(counters: Counters, tmp_path: Path) -> None:
    """Of two papers behind the form both count; page 2 of the first is no paper that could be the one asked for."""
    claim = sv4("sv143", broken=False)
    form = claim.definition
    certificate = titled("LÄÄKÄRINTODISTUS 1 (2)")
    pages = fill(form, claim.values)

    (both, *_) = looked(counters, [*pages, certificate, *attachment("sv143", form)], ON, tmp_path)
    (one, *_) = looked(counters, [*pages, certificate, titled("Jatkoa 2 (2)")], ON, tmp_path)

    assert both.findings == ()
    assert [finding.code for finding in one.findings] == ["missing_attachment"]


def test_paper_behind_another_form_is_asked_about(counters: Counters, tmp_path: Path) -> None:
    """It goes with that form; whether it serves both a person sees, so it is neither missing nor there."""
    claim, other = sv4("sv143", broken=True), forms()["kela-y121"]["fi"]
    account = alone(other, other.rules[0], keeping)
    pages = [*fill(claim.definition, claim.values), *fill(other, account.values)]

    documents = looked(counters, [*pages, *attachment("sv143", claim.definition)], ON, tmp_path)

    assert [(one.form, [finding.code for finding in one.findings]) for one in documents[:2]] == [
        ("kela-sv4", ["unclear"]),
        ("kela-y121", []),
    ]
