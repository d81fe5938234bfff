"""Truth tables through pixels: every rule kept and broken on paper, scanned in software, read by the product.

Few papers do for many rules at once, and all of them are seen in every run. Each rule on two papers of its own:
`VIREILLE_RULES=1 pytest -m slow tests/catalogue/test_through_pixels.py`; without it a few of them.
"""

import os
from pathlib import Path

import pytest

from intake.check import notes
from intake.check.check import verdict_of
from intake.check.rules import NOTES
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Rule
from tests.catalogue.changes import day_for
from tests.catalogue.filings import Filing, pairs, papers
from tests.catalogue.on_paper import Counters, others, outcome, seen

PAPERS = papers()
PAIRS = pairs()
EVERY = 1 if os.environ.get("VIREILLE_RULES") else 20


@pytest.mark.parametrize("filing", PAPERS, ids=[filing.name for filing in PAPERS])
def test_paper_tells_what_its_filing_lacks(counters: Counters, tmp_path: Path, filing: Filing) -> None:
    """Each rule broken on the paper is told, each one kept is not, nothing else is, and the verdict follows."""
    document = seen(counters, filing, tmp_path)

    assert {rule.id: outcome(rule, filing, document) for rule in filing.rules} == dict.fromkeys(
        [rule.id for rule in filing.rules], "exact"
    )
    assert others(filing, document) == []
    assert document.verdict is verdict_of(filing.findings)
    form, day = filing.definition, day_for(filing.definition)
    assert notes(form, day, document.fields) == notes(form, day)


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "kept", "broken"), PAIRS[::EVERY], ids=[row[2].name for row in PAIRS[::EVERY]])
def test_rule_alone_on_paper(counters: Counters, tmp_path: Path, rule: Rule, kept: Filing, broken: Filing) -> None:
    """One change on a complete paper is told as that rule, and without the change nothing is."""
    assert outcome(rule, kept, seen(counters, kept, tmp_path)) == "exact"
    assert outcome(rule, broken, seen(counters, broken, tmp_path)) == "exact"


def test_no_rule_lacks_its_papers() -> None:
    """Every rule of every edition is kept on one paper and broken on another; what only tells has no such sides."""
    every = {(one.form, rule.id) for one in load_catalogue([BUILTIN]) for rule in one.rules if rule.kind not in NOTES}

    for broken in (False, True):
        on_papers = [(one.definition.form, rule.id) for one in PAPERS if one.broken is broken for rule in one.rules]
        assert sorted(on_papers) == sorted(every)
    assert {(kept.definition.form, rule.id) for rule, kept, _ in PAIRS} == every
    assert all(not kept.findings and not kept.broken and broken.broken for _, kept, broken in PAIRS)
    assert {one.definition.language for one in PAPERS} == {"fi", "sv"}
