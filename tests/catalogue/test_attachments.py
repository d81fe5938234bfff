"""Attachments are known by the words of their titles; what belongs elsewhere is told."""

import pytest

from intake.check import attachment_kind, wrong_addressee


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("KELA\nSelvitys tapaturmasta SV 143\nHakijan tiedot", "sv143"),
        ("FPA  Intyg för reseersättning  SV 67r", "sv67"),
        ("Terveyskeskus Saarijärvi\nLÄÄKÄRINLAUSUNTO C", "medical_statement"),
        ("Läkarintyg A, Pargas hälsocentral", "medical_statement"),
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


def test_school_form_belongs_to_the_school() -> None:
    """KM 1 goes to the school, a fund's claim to the fund, supplementary assistance to the municipality."""
    for text, where in (
        ("Kela KM 1 Koulumatkatukihakemus", "oppilaitokseen"),
        ("Vakuutuskassan päivärahahakemus", "kassaan"),
        ("Hakemus: täydentävä toimeentulotuki", "kunnasta"),
    ):
        told = wrong_addressee(attachment_kind(text))
        assert told is not None
        assert where in told.fi

    assert wrong_addressee(attachment_kind("Tiliote")) is None
