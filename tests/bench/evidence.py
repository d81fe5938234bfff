"""The spot on a scan that a field was judged from, as a person would look at it: for the pictures of errors."""

from intake.forms.even_light import WORK_DPI
from intake.jail.pixels import Gray, OpenedScan
from intake.read.crops import cut
from intake.recognise import RunPage

MOST_DPI = 300.0


def evidence(opened: OpenedScan, page: RunPage, box: tuple[float, float, float, float]) -> Gray:
    """The part of the scan, with a little around it."""
    scan = opened.pages[page.reading.source_page - 1]
    if page.registered is None:
        return scan.gray
    return cut(scan, page.registered, box, dpi=min(max(scan.dpi, WORK_DPI), MOST_DPI), around_mm=3.0)
