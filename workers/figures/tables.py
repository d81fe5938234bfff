"""The report's tables, made from figures: what stands in which row and column. How it is written is in `shown`."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routing_rules.calendar import day_kind
from workers.figures.figures import MONTH, TIMES, Figures, Period
from workers.figures.shown import CLASSES, LEAST, Count, Rank, Rate, Say, Share, Value, class_of, rounded
from workers.pages.words import ENDINGS, WHYS

MOST_GAPS, MOST_NAMED = 10, 10
DAY_MINUTES = 435
"""A civil servant's working day: 7 h 15 min."""
QUALITIES = ("complete", "repaired", "cleared", "sent_with_gaps", "sent_unsure", "not_sent")
OUTCOMES = ("sent", "by_post", *ENDINGS, "other_ending", "open")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first column says what the row is about."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def is_text(self, column: int) -> bool:
        """Whether words stand in the column, and no figures."""
        return all(isinstance(row[column], str) for row in self.rows)


def days_in(periods: Iterable[Period]) -> Iterator[date]:
    """Each day of the periods."""
    for first, last in periods:
        yield from (first + timedelta(days=day) for day in range((last - first).days + 1))


def months_in(periods: Iterable[Period]) -> float:
    """How many months the periods are; at least one, for a day is not reckoned up to a month."""
    return max(1.0, sum(1 / monthrange(day.year, day.month)[1] for day in days_in(periods)))


def workdays_in(periods: Iterable[Period]) -> int:
    """How many working days are in the periods."""
    return sum(day_kind(day) == "workday" for day in days_in(periods))


class Tables:
    """The tables of some figures; those of seasons and of before and after are in `seasons`."""

    def __init__(self, figures: Figures, say: Say, *, minutes: float) -> None:
        """`minutes` a paper takes at the office."""
        self.figures, self.say, self._minutes = figures, say, minutes
        names = {name for (name,) in figures.count("papers", "provider")}
        known = list(say.providers)
        self.providers = sorted(names, key=lambda name: (not name, name not in known, say.provider(name)))

    def table(self, name: str, columns: Iterable[str], rows: Iterable[Sequence[Value]]) -> Table:
        """A table under the headings of these words, or names."""
        heads = tuple(self.say.t.get(column, column) for column in columns)
        return Table(name, self.say.t[f"table_{name}"], heads, tuple(tuple(row) for row in rows))

    def by_provider(self, what: str, *by: str) -> dict[str, Counter[str]]:
        """The counts of `what` by authority and one more column."""
        found: dict[str, Counter[str]] = {name: Counter() for name in self.providers}
        for (provider, other), count in self.figures.count(what, "provider", *(by or ("of",))).items():
            found.setdefault(provider, Counter())[other] += count
        return found

    def with_total(self, rows: Mapping[str, Counter[str]]) -> Iterator[tuple[str, Counter[str]]]:
        """Each authority's name and counts, then those of all together."""
        for provider in self.providers:
            yield self.say.provider(provider), rows.get(provider, Counter())
        if len(self.providers) > 1:
            yield self.say.t["total"], sum(rows.values(), Counter())

    def numbers(self) -> Table:
        """Count what came in at each point."""
        columns = ("point", "days_counted", "handovers", "papers", "pages", "attachments", "several_papers",
                   "several_providers")  # fmt: skip
        counted = {what: self.figures.count(what, "point") for what in ("visits", "papers", "pages", "attachments")}
        visits = self.figures.count("visits", "point", "of")

        def row(name: str, points: Sequence[str], period: str) -> list[Value]:
            amounts = {what: sum(counts[point,] for point in points) for what, counts in counted.items()}
            both = sum(visits[point, "several_providers"] for point in points)
            more = both + sum(visits[point, "several_papers"] for point in points)
            counts = [Count(amounts[what]) for what in ("visits", "papers", "pages", "attachments")]
            return [name, period, *counts, Share(more, amounts["visits"]), Share(both, amounts["visits"])]

        points = self.figures.points
        rows = [row(about.name, [point], self.say.periods(about.periods)) for point, about in points.items()]
        if len(points) > 1:
            rows.append(row(self.say.t["total"], list(points), self.say.periods(self.figures.periods)))
        return self.table("numbers", columns, rows)

    def _months_of(self, point: str) -> float:
        return months_in(self.figures.points[point].periods)

    def volumes(self) -> Table:
        """Hand-overs a month of each authority at each point, with the pilot's class."""
        points = list(self.figures.points)
        counts = self.figures.count("handovers", "provider", "point")
        rows: list[list[Value]] = []
        for provider in self.providers:
            cells = [Rate(counts[provider, point], self._months_of(point), classed=True) for point in points]
            rows.append([self.say.provider(provider), *cells])
        visits = self.figures.count("visits", "point")
        rows.append([self.say.t["total"], *(Rate(visits[point,], self._months_of(point)) for point in points)])
        return self.table("volumes", ("authority", *(self.figures.points[point].name for point in points)), rows)

    def classes(self) -> Table:
        """How many pairs of an authority and a point fall into each class."""
        counts = self.figures.count("handovers", "provider", "point")
        found: dict[str, list[str]] = {name: [] for _, name in CLASSES}
        for provider in filter(None, self.providers):
            for point, about in self.figures.points.items():
                count = rounded(counts[provider, point], public=self.say.public)
                name = class_of(count / self._months_of(point), self.say)
                found.setdefault(name, []).append(f"{self.say.provider(provider)} ({about.name})")
        rows = (
            (name, str(len(cases)), ", ".join(cases) if len(cases) <= MOST_NAMED else "")
            for name, cases in found.items()
        )
        return self.table("classes", ("class", "cases", "which"), rows)

    def quality(self) -> Table:
        """Papers of each authority: how many were whole at first, mended, sent with gaps, returned."""
        columns = ("authority", "papers", "pages", "attachments", "eservice", *QUALITIES, "form_not_known", "returned")
        plain = {what: self.by_provider(what, "what") for what in ("papers", "pages", "attachments", "returned")}
        eservice, quality = self.by_provider("eservice"), self.by_provider("quality")
        sent = {name: Counter(sent=sum(of.values())) for name, of in self.by_provider("delivered").items()}
        tables = [*plain.values(), eservice, quality, sent]
        rows: list[list[Value]] = []
        for cells in zip(*(self.with_total(table) for table in tables), strict=True):
            papers, pages, attachments, returned, online, judged, went = (counts for _, counts in cells)
            forms = sum(judged[name] for name in QUALITIES)
            amounts = [Count(counts.total()) for counts in (papers, pages, attachments)]
            shares = [Share(judged[name], forms) for name in QUALITIES]
            rows.append([
                cells[0][0], *amounts, Share(online["yes"], online["yes"] + online["no"]), *shares,
                Count(judged["form_not_known"]), Share(returned.total(), went.total()),
            ])  # fmt: skip
        return self.table("quality", columns, rows)

    def returns(self) -> Table:
        """Why papers were returned."""
        sent = self.figures.count("delivered", "provider")
        found = self.figures.count("return", "provider", "of").most_common()
        rows = [
            (self.say.provider(provider), self.say.returned(code), Count(count), Share(count, sent[provider,]))
            for (provider, code), count in found
        ]
        return self.table("returns", ("authority", "reason", "papers", "share_of_sent"), rows)

    def forms(self) -> Table:
        """Papers by form and language."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for (provider, form, language), count in self.figures.count("papers", "provider", "form", "language").items():
            found.setdefault((provider, form), Counter())[language] += count
        order = sorted(found, key=lambda key: (self.providers.index(key[0]), -found[key].total()))
        rows: list[list[Value]] = []
        for provider, form in order:
            by = found[provider, form]
            others = by.total() - by["fi"] - by["sv"]
            counts = [Count(count) for count in (by.total(), by["fi"], by["sv"], others)]
            rows.append([self.say.provider(provider), self.say.form(form), *counts])
        return self.table("forms", ("authority", "form", "papers", "fi", "sv", "other_language"), rows)

    def gaps(self) -> Table:
        """The commonest gaps of each authority, in words."""
        forms = self.figures.count("quality", "form")
        rows: list[list[Value]] = []
        for provider in self.providers:
            found = self.figures.count("gap", "form", "of", provider=provider)
            for (form, gap), count in found.most_common(MOST_GAPS):
                share = Share(count, forms[form,])
                said = (self.say.provider(provider), self.say.form(form), self.say.gap(form, gap))
                rows.append([*said, Count(count), share])
        return self.table("gaps", ("authority", "form", "gap", "papers", "share_of_forms"), rows)

    def times(self) -> Table:
        """Each authority's times: half, and 95 per cent, of the papers were faster."""
        rows: list[list[Value]] = []
        delivered = dict(self.with_total(self.by_provider("delivered")))
        for step in TIMES:
            for name, counts in self.with_total(self.by_provider(f"{step}_seconds")):
                if counts:
                    same = Share(delivered[name]["same_day"], delivered[name].total()) if step == "delivery" else ""
                    ranks = (Rank(counts, 0.5), Rank(counts, 0.95))
                    rows.append([self.say.t[step], name, Count(counts.total()), *ranks, same])
        return self.table("times", ("step", "authority", "papers", "median", "p95", "same_day"), rows)

    def times_by_month(self) -> Table:
        """From hand-over to delivery, each month."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for (provider, day, of), count in self.figures.count("delivery_seconds", "provider", "day", "of").items():
            found.setdefault((provider, day[:MONTH]), Counter())[of] += count
        order = sorted(found, key=lambda key: (self.providers.index(key[0]), key[1]))
        rows = ((self.say.provider(key[0]), key[1], Count(found[key].total()), Rank(found[key], 0.5),
                 Rank(found[key], 0.95)) for key in order)  # fmt: skip
        return self.table("times_by_month", ("authority", "month", "papers", "median", "p95"), rows)

    def load(self) -> Table:
        """Count what each unit got, and the work in it at so many minutes a paper."""
        workdays = workdays_in(self.figures.periods)
        months = months_in(self.figures.periods)
        papers = self.figures.count("delivered", "provider", "unit")
        pages = self.figures.count("sent_pages", "provider", "unit")
        peaks: dict[tuple[str, ...], tuple[int, str]] = {}
        for (provider, unit, day), count in self.figures.count("delivered", "provider", "unit", "day").items():
            peaks[provider, unit] = max(peaks.get((provider, unit), (0, "")), (count, day))
        rows: list[list[Value]] = []
        for key in sorted(papers, key=lambda key: (self.providers.index(key[0]), -papers[key])):
            names = (self.say.provider(key[0]), self.say.unit(*key))
            most, day = peaks[key]
            peak = ""
            if not self.figures.monthly and not (self.say.public and most < LEAST):
                peak = f"{self.say.text(Count(most))} ({self.say.day(date.fromisoformat(day))})"
            work = Rate(papers[key], months * DAY_MINUTES / self._minutes if self._minutes else 0.0, digits=1)
            rows.append([
                *names, Count(papers[key]), Count(pages[key]), Rate(papers[key], workdays, digits=1), peak, work,
            ])  # fmt: skip
        columns = ("authority", "unit", "papers", "pages", "papers_a_day", "peak", "work_days")
        return self.table("load", columns, rows)

    def outcomes(self) -> Table:
        """How papers ended."""
        heads = tuple(f"outcome_{name}" for name in OUTCOMES)
        rows: list[list[Value]] = []
        for name, of in self.with_total(self.by_provider("outcome")):
            rows.append([name, *(Count(of[outcome]) for outcome in OUTCOMES), Count(of.total())])
        return self.table("outcomes", ("authority", *heads, "total"), rows)

    def whys(self) -> Table:
        """Why on paper: shares of those who said why, and of all the share that was not asked."""
        heads = tuple(f"why_{name}" for name in WHYS)
        rows: list[list[Value]] = []
        for name, of in self.with_total(self.by_provider("why")):
            asked = of.total() - of["not_asked"]
            said = (Share(of[why], asked) for why in WHYS)
            rows.append([name, Count(of.total()), *said, Share(of["not_asked"], of.total())])
        return self.table("whys", ("authority", "papers", *heads, "why_not_asked"), rows)
