"""The measures of a point, and of all points, as `/metrics` gives them."""

from workers.access.machines import Measure, by_label, single
from workers.operator.health import PointHealth
from workers.operator.overview import Overview, needs_somebody


def point_measures(health: PointHealth) -> tuple[Measure, ...]:
    """Measures of one point, by its last note."""
    work, scanners = health.work, health.scanners
    papers = {scanner.id: scanner.last_paper for scanner in scanners}
    return (
        Measure(
            "vireille_filings", "filings on their way", ("state", "reason", "provider"),
            tuple(((group.state.value, group.reason or "", group.provider or ""), group.count) for group in work),
        ),
        Measure(
            "vireille_filings_late", "filings older than their state allows", ("state", "reason", "provider"),
            tuple(((group.state.value, group.reason or "", group.provider or ""), group.late) for group in work),
        ),
        by_label(
            "vireille_scanner_up", "1 when the scanner's folder can be reached", "scanner",
            {scanner.id: float(scanner.notice is None) for scanner in scanners},
        ),
        by_label(
            "vireille_last_paper_seconds", "when the scanner's newest paper was taken over", "scanner",
            {scanner: at.timestamp() for scanner, at in papers.items() if at is not None},
        ),
        single("vireille_disk_free_bytes", "room left for the data folder", health.disk_free_bytes),
        by_label(
            "vireille_certificate_ends_seconds", "when a certificate ends", "whose",
            {certificate.whose: certificate.ends.timestamp() for certificate in health.certificates},
        ),
        by_label("vireille_dead_letters", "filings that an office has given up on", "provider", {**health.dead}),
        single("vireille_doctor_remarks", "what doctor found not in order", len(health.doctor)),
    )  # fmt: skip


def overview_measures(overview: Overview) -> tuple[Measure, ...]:
    """All points, for who watches them from one place."""
    heard = {point.id: point.at.timestamp() for point in overview.points if point.at is not None}
    alarms = [(alarm.code, alarm.point, alarm.subject) for _, alarm in needs_somebody(overview)]
    return (
        by_label("vireille_point_heard_seconds", "when the point was last heard of", "point", heard),
        Measure(
            "vireille_alarm", "an alarm as the page shows it", ("code", "point", "subject"),
            tuple((alarm, 1.0) for alarm in dict.fromkeys(alarms)),
        ),
    )  # fmt: skip
