"""Turns a judged and routed filing into a sealed bundle and the message about it."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from intake.base.clock import parse_iso
from intake.base.filing import Document, Kind
from intake.text.searchable_pdf import build_document
from intake.text.tesseract import page_text
from workers.deliver.ports import Message, object_key
from workers.facts import Parcel, arranged, corrections_in, parcel_of, route_of
from workers.ledger.claimed import Work
from workers.ledger.recent import Release, last_release
from workers.scan_memory import lossless
from workers.seal.manifest import Content, Override, Routing, SealedPage, Versions
from workers.seal.seal import Original, SealInput, recipients_for, seal
from workers.tools import Tools

NOT_CHECKED = "not checked"
_SUFFIXES = ((b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"II", "tif"), (b"MM", "tif"))


def seal_filing(work: Work, documents: Sequence[Document], tools: Tools) -> Parcel:
    """Build the document, sign and encrypt all to the provider, keep the bundle. Raises Unsealable, Damaged, Away."""
    provider = tools.providers[str(work.provider)]
    now = tools.clock.now()
    recipients = recipients_for(provider.certificates, now=now)
    laid = arranged(work.facts)
    pages = tools.memory.upright_pages(work.scans, laid.ordered(work.pages), laid.turns)
    texts = [page_text(gray, dpi) for gray, dpi in pages] if provider.text_layer else None
    originals, sources = _originals(work, tools)
    given = SealInput(
        content=_content(work, documents, tools, sources),
        originals=originals,
        document=build_document(pages, texts),
    )
    with tempfile.TemporaryDirectory(dir=tools.scratch) as folder:
        limit = provider.max_bundle_mb * 1_000_000
        sealed = seal(given, recipients, tools.keys, into=Path(folder), now=now, max_bytes=limit)
        kept = tools.blobs.put_file(sealed.path)
    return Parcel(id=sealed.bundle_id, sha256=sealed.sha256, bytes=sealed.bytes, blob=kept)


def _original(content: bytes) -> Original:
    """The scanner's bytes with the suffix their content asks for."""
    suffix = next((suffix for start, suffix in _SUFFIXES if content[:1024].lstrip().startswith(start)), "pdf")
    return Original(content, suffix)


def _originals(work: Work, tools: Tools) -> tuple[tuple[Original, ...], dict[int, tuple[str, int]]]:
    """The files for the bundle; and for each page of the hand-over the name of its file and its page in that file.

    They are the scanner's bytes. Where sheets of one picture went to several filings they would show one customer's
    paper to another's authority: there this filing's own sheets are given, as they were cut out.
    """
    originals: list[Original] = []
    sources: dict[int, tuple[str, int]] = {}
    opened, first = tools.memory.opened(work.scans), 1
    for scan, pictures in zip(work.scans, tools.memory.pictures(work.scans), strict=True):
        mine = {page: picture for page, picture in enumerate(pictures, first) if page in work.pages}
        others = {picture for page, picture in enumerate(pictures, first) if page not in mine}
        if others.isdisjoint(mine.values()):
            originals.append(_original(tools.blobs.read(scan)))
            of_file = {page: picture for page, picture in enumerate(pictures, first)}
            sources |= {page: (_name(originals), picture) for page, picture in of_file.items()}
        else:
            for page in mine:
                originals.append(Original(lossless(opened.pages[page - 1]), "png"))
                sources[page] = (_name(originals), 1)
        first += len(pictures)
    return tuple(originals), sources


def _name(originals: Sequence[Original]) -> str:
    """The last original's name in the bundle."""
    return f"original/{len(originals):03d}.{originals[-1].suffix}"


def _content(
    work: Work, documents: Sequence[Document], tools: Tools, sources: Mapping[int, tuple[str, int]]
) -> Content:
    first = documents[0]
    route = route_of(work)
    said = last_release(tools.ledger, work.filing)
    runs = tools.memory.filing_runs(work.scans, arranged(work.facts).ordered(work.pages))
    order = [page.reading.source_page for run in runs for page in run.pages]  # as in document.pdf
    pairs = [(document, page) for document in documents for page in document.pages]
    ordered = sorted(pairs, key=lambda pair: order.index(pair[1].source_page))
    corners = tools.memory.form_corners(work.scans, work.pages)
    name = (first.form, first.edition, first.language)
    known_forms = tools.reader.definitions
    form = next((known for known in known_forms if (known.form, known.edition, known.language) == name), None)
    known = form.fields if form else ()
    return Content(
        filing=work.filing,
        sealing=work.sealing,
        point=tools.settings.here.id,
        provider=str(work.provider),
        unit=work.unit,
        handed_over=parse_iso(work.handed_over),
        kind=first.kind,
        form=first.form,
        edition=first.edition,
        language=first.language,
        verdict=first.verdict,
        pages=tuple(
            SealedPage(
                page=number,
                file=sources[page.source_page][0],
                source_page=sources[page.source_page][1],
                part=first.kind if document is first else Kind.ATTACHMENT,
                form_page=page.form_page,
                scan_page=page.source_page,
                form_corners_mm=corners.get(page.source_page) if page.form_page else None,
            )
            for number, (document, page) in enumerate(ordered, start=1)
        ),
        fields=first.fields,
        findings=first.findings,
        overrides=_overrides(first, said),
        contact=(said.contact if said else "") or None,
        message=(said.message if said else "") or None,
        corrections=corrections_in(work.facts),
        identity=said.identity if said and said.identity not in ("", "none") else NOT_CHECKED,
        roles={field.key: field.role for field in known if field.role is not None},
        titles=form.titles if form else {},
        labels={field.key: field.labels for field in known if field.labels},
        options={field.key: field.options for field in known if field.options},
        routing=Routing(rule=route.rule, reason=route.reason, priority=route.priority, rule_set=route.version),
        due=route.due,
        versions=Versions(software=version("vireille"), catalogue=tools.settings.catalogue),
    )  # fmt: skip


def _overrides(first: Document, said: Release | None) -> tuple[Override, ...]:
    """List what a person let pass, and why: the blocking findings of a filing that an advisor released."""
    if said is None:
        return ()
    return tuple(
        Override(code=finding.code, field=finding.field, reason=said.reason, at=said.at)
        for finding in first.findings
        if finding.blocks
    )


def message_of(work: Work) -> Message:
    """The message for the provider's queue; nothing personal."""
    parcel = parcel_of(work)
    return Message(
        bundle=parcel.id, object=object_key(str(work.provider), parcel.id), sha256=parcel.sha256,
        bytes=parcel.bytes, provider=str(work.provider), unit=work.unit, form=work.form,
        priority=route_of(work).priority, handed_over=parse_iso(work.handed_over),
    )  # fmt: skip
