"""The counter page's view of this point: the ledger, the pictures, and what is wrong right now."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

from intake.base.clock import iso
from intake.base.errors import NotFound
from intake.base.filing import Kind
from intake.base.settings import Release
from intake.base.states import State
from intake.base.texts import Language
from intake.forms.face import load_face_file
from intake.forms.model import Definition
from intake.jail.pixels import PagePixels
from workers.facts import ARRANGED, Arrangement
from workers.ledger import Ledger, Person, joins, likeness, people, reports, retention
from workers.ledger.blobs import Blobs
from workers.ledger.people import SENT_BY_POST
from workers.ledger.recent import Entry, entry, recent, scanners
from workers.ledger.vault import Json
from workers.pages import sheets
from workers.pages.arranging import Arranging
from workers.pages.correcting import Said, SaidForm, correct, name_form
from workers.pages.decisions import must_have_said
from workers.pages.entries import DECIDABLE, ArrivingEntry, DeskEntry, DeskList, DeskRecipient
from workers.pages.labels import IN_WORK
from workers.pages.looks import KeptLooks
from workers.pages.matters import CardView, MatterBook
from workers.pages.narrowing import Narrowing, has_words, values_of
from workers.pages.news import Kept
from workers.pages.presence import Presence
from workers.pages.records import Records, World, refused_entry
from workers.run.health import Health
from workers.scan_memory import ScanMemory, preview
from workers.send.manual_route import choices, named

EVERYTHING = Narrowing()
AT_ONCE = Release(undo_seconds=0)
BLANK_WIDTH_PX = 320
_MOST_OFFERED = 3


class PointDesk:
    """Answers the page from the ledger; writes only an advisor's decisions."""

    def __init__(
        self,
        ledger: Ledger,
        blobs: Blobs,
        world: World,
        health: Health,
        *,
        policy: Release = AT_ONCE,
        memory: ScanMemory | None = None,
    ) -> None:
        """`world` gives names, `policy` how what a person sends goes; `memory` has what is being read now."""
        self.policy, self.presence, self._memory = policy, Presence(), memory
        self._ledger, self._blobs, self._world, self._health = ledger, blobs, world, health
        self._records, self._kept, self.looks = Records(world), Kept(ledger), KeptLooks(ledger)
        self.heard_by = self._kept.heard_by
        self._book = MatterBook(world.matters, world.definitions, world.providers, on=world.on, point=world.point)

    def now(self) -> datetime:
        """The time by the point's clock."""
        return self._ledger.clock.now()

    def entries(self, limit: int, narrowing: Narrowing = EVERYTHING) -> DeskList:
        """What the list shows; narrowed, only filings. Pages that ask for the same at one moment get one list."""
        if narrowing.q or narrowing.show == "mine":  # takes long, and nobody else asks for it
            return self._listed(limit, narrowing)
        wanted = narrowing.model_copy(update={"tab": "", "advisor": ""})
        return self._kept.get((limit, wanted), lambda: self._listed(limit, wanted))

    def _listed(self, limit: int, narrowing: Narrowing) -> DeskList:
        found = recent(self._ledger, limit + 1, narrowing.wanted(self._fits))  # one more: there may be older ones
        files = not narrowing.narrowed
        coming = (ArrivingEntry(str(row["scanner"]), int(str(row["bytes"]))) for row in found.arriving if files)
        return DeskList(
            open=tuple(self._records.entry(kept) for kept in found.open),
            others=tuple(self._records.entry(kept) for kept in found.others[:limit]),
            refused=tuple(refused_entry(row) for row in found.refused[:limit] if files),
            arriving=tuple(coming),
            more=len(found.others) > limit,
        )

    def scanners(self) -> list[str]:
        """Ids of the scanners that papers come from."""
        return scanners(self._ledger)

    def _fits(self, query: str) -> Callable[[Entry], bool]:
        def fits(kept: Entry) -> bool:
            entry = self._records.entry(kept)
            about = [entry.id, entry.form or "", *entry.titles.values(), entry.provider or ""]
            return has_words(query, *about, *values_of(entry.documents))

        return fits

    def entry(self, filing: str) -> DeskEntry:
        """One filing with its moves, and the filings that may belong to it. Raises NotFound."""
        found = self._kept.get(filing, lambda: self._entry(filing))
        gone = (self.now() - found.since).total_seconds()
        left = max(0.0, self.policy.undo_seconds - gone) if found.state is State.READY and found.people else 0.0
        return replace(found, undo_left=left)

    def _entry(self, filing: str) -> DeskEntry:
        kept = entry(self._ledger, filing)
        found = self._records.entry(kept)
        same = [self._records.entry(entry(self._ledger, other)) for other in likeness.likely_same(self._ledger, filing)]
        joined = [self._records.entry(entry(self._ledger, other)) for other in joins.joined_to(self._ledger, filing)]
        targets = []
        if found.state in DECIDABLE and found.kind in {Kind.UNKNOWN.value, Kind.ATTACHMENT.value}:
            targets = [self._records.entry(other) for other in recent(self._ledger, 0).open]
            targets = [other for other in targets if other.kind == Kind.FORM.value and other.state is not State.HELD]
            targets.sort(key=lambda other: not other.lacks_attachment)  # the others stay newest first
        taken_from = joins.taken_from(self._ledger, filing) if found.state in DECIDABLE else None
        if taken_from is not None:
            home = self._records.entry(entry(self._ledger, taken_from))
            if home.state in DECIDABLE:
                targets = [home, *(other for other in targets if other.id != home.id)]
        return replace(
            found,
            asks_identity=self.policy.ask_identity and not found.identity,
            unread=() if found.documents else tuple(self._seen(kept)),
            taken_from=taken_from,
            likely_same=tuple(same),
            joined=tuple(joined),
            targets=tuple(targets[:_MOST_OFFERED]),
        )

    def shown(self, filing: str) -> Json:
        """As `show --json` prints it: the ledger's row and events, with reasons, findings and people in words."""
        found = self.entry(filing)
        definition = self._records.definition(found.form, found.edition, found.language)
        labels = {field.key: field.labels for field in definition.fields} if definition else {}
        return reports.show(self._ledger, filing) | {
            "why": found.why and found.why.model_dump(),
            "sentence": found.sentence and found.sentence.model_dump(),
            "note": found.note,
            "recipient": found.recipient and found.recipient.model_dump(),
            "chosen": found.chosen,
            "findings": [
                {**finding.model_dump(), "labels": labels.get(finding.field or "", {})}
                for document in found.documents
                for finding in document.findings
            ],
            "people": [{**asdict(decided), "at": iso(decided.at)} for decided in found.people],
        }

    def matters(self, language: Language, query: str) -> list[CardView]:
        """The matters of today that fit the words of `query`, the best first."""
        return self._book.find(query, language)

    def matter(self, matter: str, language: Language) -> CardView:
        """One matter. Raises NotFound."""
        return self._book.card(matter, language)

    def matter_of(self, form: str | None, language: Language) -> CardView | None:
        """The matter that a form starts."""
        return self._book.card_of(form, language)

    def blank(self, form: str, edition: str, language: str) -> bytes:
        """A form's blank PDF. Raises NotFound."""
        return self._form(form, edition, language).blank.read_bytes()

    def _form(self, form: str, edition: str, language: str) -> Definition:
        definition = self._records.definition(form, edition, language)
        if definition is None:
            raise NotFound("no such form")
        return definition

    def blank_picture(self, form: str, edition: str, language: str) -> bytes:
        """A JPEG of the first page of a form's blank. Raises NotFound."""
        return preview(load_face_file(self._form(form, edition, language).face)[0].gray, BLANK_WIDTH_PX)

    def forms(self, filing: str) -> tuple[list[Definition], list[Definition]]:
        """The day's forms that the filing's first page resembles, the likeliest first; and the others by authority."""
        placed = entry(self._ledger, filing).placed
        alike = self._memory.alike(*next(iter(placed.values()))) if self._memory and placed else ()
        return self._records.forms_of_the_day(alike)

    def name_form(self, said: SaidForm) -> int:
        """A person says which form it is, or none; returns the new version. Raises NotFound, Stale, WrongUse."""
        form = self._form(said.form, said.edition, said.language) if said.form else None
        return name_form(self._ledger, form, said)

    def picture(self, filing: str, page: int) -> bytes:
        """A JPEG of one page, upright; as the jail decoded it while the paper is read. Raises NotFound."""
        kept = entry(self._ledger, filing)
        blob = self._records.entry(kept).pictures.get(page)
        if blob is not None and self._blobs.has(blob):
            return self._blobs.read(blob)
        seen = self._seen(kept).get(page)
        if self._memory is None or seen is None:
            raise NotFound("no picture of this page")
        return self._memory.as_opened(seen)

    def _seen(self, kept: Entry) -> dict[int, PagePixels]:
        """By number the pages of a paper that is being read, if this machine has them in memory now."""
        if self._memory is None or State(str(kept.row["state"])) not in IN_WORK:
            return {}
        if not kept.placed:  # taken over a moment ago: its pages have no numbers yet
            opened = self._memory.at_hand(str(kept.row["scan"]))
            return dict(enumerate(opened.pages, 1)) if opened else {}
        files = {scan: self._memory.at_hand(scan) for scan, _ in kept.placed.values()}
        return {page: here.pages[at - 1] for page, (scan, at) in kept.placed.items() if (here := files[scan])}

    def receipt(self, filing: str, language: Language) -> bytes:
        """The customer's receipt as a PDF. Raises NotFound."""
        return sheets.receipt(sheets.facts_of(self.entry(filing), self._world.point.name), language)

    def cover(self, filing: str, language: Language, advisor: str | None) -> bytes:
        """Make the cover sheet for the post and hold the filing, so it goes only once. Raises NotFound, WrongUse."""
        sheet = self.cover_sheet(filing, language)
        self.post(filing, Person(advisor=advisor, reason="goes by post"))
        return sheet

    def recipients(self) -> list[DeskRecipient]:
        """Every authority, or each of its units if it has any, that takes filings on this day."""
        return [
            DeskRecipient(authority.id, unit.id if unit else None, authority.names, (unit or authority).names)
            for authority, units in choices(self._world.providers, self._world.on)
            for unit in units or (None,)
        ]

    def release(self, filing: str, person: Person, provider: str | None = None, unit: str | None = None) -> State:
        """A person lets it go, to the recipient of that name if one is given: obeyed whatever the rules say.

        A unit alone is one of the form's own authority, or of the one it goes to. Returns the state it goes on from.
        Raises WrongUse for what the person must say first, or an unknown name; NotFound, Stale.
        """
        found = self.entry(filing)
        first = found.documents[0] if found.documents else None
        recipient = None
        if provider or unit:
            known = (first.provider if first else None) or found.provider
            recipient = named(provider or known, unit, self._world.providers, on=self._world.on)
        if found.state in DECIDABLE:
            must_have_said(found, person, recipient)
        return people.release(self._ledger, filing, person, recipient=recipient, pause=self.policy.undo_seconds)

    def hold(self, filing: str, person: Person) -> int:
        """The advisor keeps it or takes it back; returns the new version."""
        return people.hold(self._ledger, filing, person)

    def post(self, filing: str, person: Person) -> int:
        """The paper itself goes by post, with a cover sheet; it is kept, so that it goes only once."""
        return people.hold(self._ledger, filing, person, code=SENT_BY_POST)

    def cover_sheet(self, filing: str, language: Language) -> bytes:
        """The cover sheet for the post. Changes nothing. Raises NotFound."""
        return sheets.cover(sheets.facts_of(self.entry(filing), self._world.point.name), language)

    def replace(self, filing: str, earlier: str, person: Person) -> None:
        """It is a new scan of `earlier`, and goes on in its place. Raises NotFound, WrongUse."""
        joins.join(self._ledger, earlier, filing, person)

    def attach(self, filing: str, into: str, person: Person) -> None:
        """Its pages are an attachment of `into`, which is judged again. Raises NotFound, Stale, WrongUse."""
        joins.attach(self._ledger, filing, into, person)

    def arrange(self, filing: str, said: Arranging, person: Person) -> tuple[int, str | None]:
        """The pages are ordered and turned: the new version; those taken out become a filing, or join one: its id."""
        laid: Json = {ARRANGED: Arrangement(order=said.pages, turns=said.turned).model_dump(mode="json")}
        if said.taken:
            return joins.take_out(self._ledger, filing, said.taken, person, laid, said.into)
        return joins.arrange(self._ledger, filing, person, laid), None

    def part(self, filing: str, person: Person) -> None:
        """It is not joined to another filing any more. Raises NotFound, Stale, WrongUse."""
        joins.part(self._ledger, filing, person)

    def destroy(self, filing: str, person: Person, ending: str | None) -> None:
        """It is not sent: what was scanned and read is removed. Raises NotFound, Stale, WrongUse."""
        retention.destroy(self._ledger, filing, self._blobs, person, ending)

    def dismiss(self, number: int, person: Person, *, back: bool) -> None:
        """A refused file is seen to, or stands in the list again. Raises NotFound."""
        people.dismiss(self._ledger, number, person, back=back)

    def note_why(self, filing: str, person: Person, code: str) -> None:
        """Why the matter came on paper, for the figures. Raises NotFound."""
        people.note_why(self._ledger, filing, person, code)

    def correct(self, said: Said) -> int:
        """A person puts right what was read; returns the new version. Raises NotFound, Stale, WrongUse."""
        found = self.entry(said.filing)
        definition = self._records.definition(found.form, found.edition, found.language)
        return correct(self._ledger, definition, said, clock=self._ledger.clock, on=self._world.on)

    def changes(self, since: int) -> tuple[int, list[str], str | None, list[str]]:
        """The newest event, the filings changed after `since`, what is wrong now, and at which scanners."""
        self._health.looked()
        newest, filings = self._kept.changes(since)
        notice = self._health.notice()
        return newest, filings, notice, self._health.about(notice)
