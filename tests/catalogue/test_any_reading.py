"""Whatever was read, the check answers, and keeps its promises."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from intake.base.filing import FieldReading, FieldState, Verdict
from intake.check import check
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition

FORMS = [one for one in load_catalogue([BUILTIN]) if one.language == "sv"]
VALUES = st.sampled_from(
    [None, "", "X", "kylla", "ei", "muu", "010594Y9032", "010594-9032", "31022015", "02.03.2015", "12,50", "-1", "1e9",
     "FI4250001510000023", "2056124-3", "ÅÄÖ", "9" * 40]
)  # fmt: skip
READINGS = st.builds(
    FieldReading,
    kind=st.just("text"),
    state=st.sampled_from(FieldState),
    value=VALUES,
    confidence=st.sampled_from([None, 0.0, 0.5, 0.79, 0.8, 1.0]),
)


@st.composite
def filings(draw: st.DrawFn) -> tuple[Definition, dict[str, FieldReading], date]:
    """A form, readings of some of its fields, and a day."""
    form = draw(st.sampled_from(FORMS))
    keys = draw(st.lists(st.sampled_from([field.key for field in form.fields]), unique=True, max_size=25))
    return form, {key: draw(READINGS) for key in keys}, draw(st.dates(date(2012, 1, 1), date(2030, 1, 1)))


@settings(max_examples=60, deadline=None)
@given(filings(), st.lists(st.sampled_from(["sv143", "medical_statement", "unknown", "vero-14a"]), max_size=3))
def test_check_keeps_its_promises(
    filing: tuple[Definition, dict[str, FieldReading], date], attachments: list[str]
) -> None:
    """It never fails; the office is asked for nothing; the verdict follows from what blocks; order is fixed."""
    form, readings, on = filing
    pages = range(1, len(form.pages) + 1)

    findings, verdict = check(form, readings, pages_seen=pages, attachments=attachments, on=on)

    office = {field.key for field in form.fields if field.office}
    blocking = {finding.code for finding in findings if finding.blocks}
    assert not {finding.field for finding in findings} & office
    assert (verdict is Verdict.COMPLETE) == (not blocking)
    assert (verdict is Verdict.UNSURE) == (blocking == {"unclear"})
    assert all(finding.field is None or finding.field in readings for finding in findings if finding.code == "missing")
    assert check(form, readings, pages_seen=pages, attachments=attachments, on=on) == (findings, verdict)
