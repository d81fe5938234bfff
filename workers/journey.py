"""Start reading here: the stages of a scan, from accepted to confirmed, in their order.

A stage takes a filing at work and its tools and returns an outcome: go on, split, wait, stay, or hold for a person; a
scan that cannot be opened is raised as Refused. It never writes to the ledger, retries or logs (`workers.loop` does),
and only `read_further` pauses, while the counter is busy. Running a stage twice has one effect; a bundle sealed again
has the same id and other bytes. What is seen of a scan is asked of `tools.memory`, which lets `intake.reader` look
once. The file of each step: CONTRIBUTING.md, "A scan's way"; what each state stands on: `intake/base/STATES.md`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from intake.base.clock import parse_iso
from intake.base.errors import Unsealable, Untrusted
from intake.base.filing import Document, FieldReading, Kind
from intake.base.states import State
from intake.base.texts import Text
from intake.check.attachments_present import papers_beside
from intake.reader import around, described
from intake.recognise import DocumentRun
from routing_rules.decide import NoRoute
from routing_rules.decide import decide as decide_by_rules
from workers.deliver.ports import Conflict
from workers.deliver.ports import deliver as deliver_bundle
from workers.facts import arranged, as_named, choice_of, corrections_in, in_hand, laid_over, parcel_of
from workers.ledger.claimed import Work
from workers.ledger.history import Decided, released_from_hold
from workers.ledger.stored import Changes
from workers.send.manual_route import chosen
from workers.send.parcel import message_of, seal_filing
from workers.send.receipt import earlier_receipt, fetch_signed
from workers.send.routing_facts import facts_of
from workers.tools import Tools


@dataclass(frozen=True, slots=True)
class Next:
    """Go on to `state` with these changes."""

    state: State
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Split:
    """The scan holds several filings: each part goes on by itself in `state`."""

    state: State
    parts: tuple[Changes, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do now; look again after `seconds`. Not a failure."""

    seconds: float
    code: str


@dataclass(frozen=True, slots=True)
class Stay:
    """The filing stays where it is: all is done that could be done while it waits for a person."""

    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must look, for this reason; `sentence` is what the code alone does not tell."""

    code: str
    sentence: Text | None = None
    decided: Decided | None = None
    """What the rules said of where it goes, if it was they who ask for a person."""


_FIELDS = TypeAdapter(dict[str, FieldReading])
_NAMES = TypeAdapter(list[str])
Outcome = Next | Split | Wait | Stay | Hold
HELD_BY_RULE = "held_by_rule"
IDENTITY_ASKED = "identity_asked"
READ_FURTHER = "read_further"
"""The fact that all values of the form have been read."""
MOST_PATIENCE_SECONDS = 30.0  # less than a lease
RECEIPT_POLL_SECONDS = 5.0
LONGEST_RECEIPT_POLL_SECONDS = 1800.0


def open_scan(work: Work, tools: Tools) -> Outcome:
    """Count the pages in the jail. Raises Refused for what cannot be opened."""
    counts = tools.memory.page_counts(work.scans)
    return Next(State.OPENED, Changes(pages=tuple(range(1, sum(counts) + 1)), scan_pages=counts))


def recognise(work: Work, tools: Tools) -> Outcome:
    """Find the forms and their pages; one scan may hold several filings."""
    parts = _parts_of(tools.memory.runs(work.scans))
    return Split(State.RECOGNISED, parts) if len(parts) > 1 else Next(State.RECOGNISED, parts[0])


def _parts_of(runs: Sequence[DocumentRun]) -> tuple[Changes, ...]:
    """Turn a scan's runs into filings: one for each form with its attachments, one for each run without a form."""
    parts: list[Changes] = []
    for number, run in enumerate(runs):
        if run.attached_to is not None:
            continue
        members = [run, *(other for other in runs if other.attached_to == number)]
        pages = tuple(sorted(page.reading.source_page for member in members for page in member.pages))
        definition = run.definition
        parts.append(
            Changes(pages=pages, kind=run.kind)
            if definition is None
            else Changes(
                pages=pages,
                kind=Kind.FORM,
                provider=definition.provider,
                form=definition.form,
                edition=definition.edition,
                language=definition.language,
            )
        )
    return tuple(parts)


def read(work: Work, tools: Tools) -> Outcome:
    """Read every field of the filing's form, and keep a picture of each page for the advisor."""
    memory = tools.memory
    runs, place = memory.form_among_runs(work.scans, work.pages)
    fields = memory.fields(work.scans, place)
    laid = arranged(work.facts)
    facts = {
        "beside": papers_beside(memory.opened(work.scans), runs, place),
        "cut_out": memory.cut_out(work.scans, work.pages),
        "fields": {key: reading.model_dump(mode="json") for key, reading in fields.items()},
        "pictures": memory.keep_previews(work.scans, laid.ordered(work.pages), laid.turns),
        READ_FURTHER: False,
    }
    return Next(State.READ, Changes(facts=facts))


def check(work: Work, tools: Tools) -> Outcome:
    """Judge completeness: from here on the advisor has the verdict."""
    laid = arranged(work.facts)
    form, *others = tools.memory.filing_runs(work.scans, laid.ordered(work.pages), laid.turns)
    fields, beside = _FIELDS.validate_python(work.facts["fields"]), _NAMES.validate_python(work.facts["beside"])
    judged = tools.reader.check(form, laid_over(fields, corrections_in(work.facts)), beside)
    first = as_named(judged.model_copy(update={"fields": fields}), work.facts)
    documents, facts = (first, *(described(run, {}) for run in others)), around(form, beside).model_dump(mode="json")
    return Next(State.CHECKED, Changes(verdict=first.verdict, documents=documents, facts=facts))


def release(work: Work, tools: Tools) -> Outcome:
    """Let the filing go by the point's policy, or wait for the advisor."""
    document, policy = documents_of(work)[0], tools.settings.release
    if document.kind is not Kind.FORM:
        return Next(State.WAITING, Changes(reason="unknown"))
    verdict, steered = document.verdict.value, document.eservice is not None and policy.eservice == "advisor"
    who = "advisor" if steered or in_hand(work.facts) else getattr(policy, verdict)
    if who == "auto" and not policy.ask_identity:
        return Next(State.READY)
    return Next(State.WAITING, Changes(reason=IDENTITY_ASKED if who == "auto" else verdict))


def read_further(work: Work, tools: Tools) -> Outcome:
    """While the paper waits for the advisor: read what the verdict could do without, so that it can be looked at."""
    if work.facts.get(READ_FURTHER) or documents_of(work)[0].kind is not Kind.FORM:
        return Stay()
    documents = complete(work, tools, between=tools.counter.turns(MOST_PATIENCE_SECONDS))
    return Stay(Changes(documents=documents, facts={READ_FURTHER: True}))


def decide(work: Work, tools: Tools) -> Outcome:
    """Choose provider and unit by the rules, unless a person chose."""
    on, choice = tools.on(), choice_of(work)
    try:
        if choice is not None:
            decision = chosen(choice, tools.providers, on=on)
        else:
            facts = facts_of(documents_of(work), tools.settings.here)
            decision = decide_by_rules(facts, tools.rules, tools.providers, on=on)
    except NoRoute as error:
        version = tools.rules.version if choice is None else None
        decided = Decided(on, None, None, error.rule, error.text, version, by_hand=choice is not None)
        return Hold(error.code, error.text, decided)
    if decision.hold is not None and not released_from_hold(tools.ledger, work.filing, decision.rule):
        waits = Decided(on, None, None, decision.rule, decision.hold, decision.version)
        return Hold(HELD_BY_RULE, decision.hold, waits)
    changes = Changes(
        provider=decision.provider,
        unit=decision.unit,
        facts={"route": decision.model_dump(mode="json")},
        decided=Decided(
            on, decision.provider, decision.unit, decision.rule, decision.reason, decision.version, decision.priority,
            by_hand=choice is not None,
        ),
    )  # fmt: skip
    return Next(State.ROUTED, changes)


def complete(work: Work, tools: Tools, between: Callable[[], None] = lambda: None) -> tuple[Document, ...]:
    """The filing's documents with the values that could wait until the customer had the verdict. Changes nothing.

    `between` is called before each value.
    """
    first, *others = documents_of(work)
    opened, runs = tools.memory.opened(work.scans), tools.memory.filing_runs(work.scans, work.pages)
    fields = tools.reader.complete(opened, runs[0], dict(first.fields), between)
    return (first.model_copy(update={"fields": fields}), *others)


def seal(work: Work, tools: Tools) -> Outcome:
    """Complete the documents, sign and encrypt to the provider; without a fit certificate the filing is held."""
    documents = complete(work, tools)
    try:
        parcel = seal_filing(work, documents, tools)
    except Unsealable as error:
        return Hold(error.code, error.text)
    return Next(State.SEALED, Changes(bundle=parcel.id, documents=documents, facts={"parcel": parcel.model_dump()}))


def deliver(work: Work, tools: Tools) -> Outcome:
    """Put the bundle at the provider's and tell its queue; both may be repeated without harm."""
    try:
        with tools.breaker.guarded(str(work.provider)), tools.blobs.as_file(parcel_of(work).blob) as path:
            deliver_bundle(path, message_of(work), store=tools.store, queue=tools.queue)
    except Conflict:
        return _delivered_before(work, tools)
    return Next(State.DELIVERED)


def _delivered_before(work: Work, tools: Tools) -> Outcome:
    """E-04: other bytes lie under our name; ours from before a restore if the provider answered them (D-09)."""
    parcel, provider = parcel_of(work), tools.providers[str(work.provider)]
    key = message_of(work).object
    earlier = earlier_receipt(tools.store, provider, bundle=parcel.id, key=key, now=tools.clock.now())
    if earlier is None:
        return Hold(Conflict.code)
    known = parcel.model_copy(update={"sha256": earlier.sha256})
    return Next(State.DELIVERED, Changes(facts={"parcel": known.model_dump()}))


def confirm(work: Work, tools: Tools) -> Outcome:
    """Only the provider's own signed receipt confirms, or returns, a filing."""
    pause = receipt_pause((tools.clock.now() - parse_iso(work.handed_over)).total_seconds())
    provider = tools.providers[str(work.provider)]
    parcel = parcel_of(work)
    try:
        fetched = fetch_signed(tools.store, provider, bundle=parcel.id, sha256=parcel.sha256, now=tools.clock.now())
    except Untrusted:  # E-13: what is no receipt counts for nothing, whoever put it there
        return Wait(pause, "receipt_not_valid")
    if fetched is None:
        return Wait(pause, "no_receipt_yet")
    receipt, signed = fetched.receipt, fetched.signed
    said = {"receipt": receipt.model_dump(mode="json")}
    if receipt.outcome == "returned":
        return Next(State.RETURNED, Changes(reason=receipt.reason, facts=said, receipt=signed))
    known = receipt.unit is not None and provider.unit(receipt.unit) is not None
    return Next(State.CONFIRMED, Changes(unit=receipt.unit if known else work.unit, facts=said, receipt=signed))


def receipt_pause(age: float) -> float:
    """Seconds until the receipt of a filing of this age is asked for again: as long again as it has taken.

    Thousands may be open at a time, and each question costs two transactions (J-01).
    """
    return max(RECEIPT_POLL_SECONDS, min(LONGEST_RECEIPT_POLL_SECONDS, age))


def documents_of(work: Work) -> tuple[Document, ...]:
    """The filing's documents as they were judged: the form (or unknown paper) first, then its attachments."""
    return tuple(Document.model_validate(document) for document in work.documents)


Stage = Callable[[Work, Tools], Outcome]

WALK: tuple[tuple[State, Stage], ...] = (
    (State.ACCEPTED, open_scan),
    (State.OPENED, recognise),
    (State.RECOGNISED, read),
    (State.READ, check),
    (State.CHECKED, release),
    (State.WAITING, read_further),
    (State.READY, decide),
    (State.ROUTED, seal),
    (State.SEALED, deliver),
    (State.DELIVERED, confirm),
)
STAGES: dict[State, Stage] = dict(WALK)
COUNTER = (State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ, State.CHECKED)
"""States worked on while the customer waits."""
POST = (State.READY, State.ROUTED, State.SEALED)
"""States worked on afterwards."""
ASIDE = (State.WAITING,)
"""A person's turn; what is left to read is read meanwhile."""
RECEIPTS = (State.DELIVERED,)
"""States that wait for a provider; by a worker of their own, so that no paper on its way waits for receipts (J-01)."""
