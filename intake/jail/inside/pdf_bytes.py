"""What every viewer passes over without losing a byte of content, put straight before strict pypdf reads the file.

Nothing moves: a few foreign bytes before the header, zeros after the end, a pointer to the blanks before a cross
reference, a key that a dictionary holds twice with one value. Whatever else pypdf refuses stays refused.
"""

import re

_START = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]{0,100}(%PDF-\d\.\d)")
_JOB = re.compile(
    rb"(?:\x1b%-12345X|@PJL|[^<%\x89\xff\x7f]{1,16}?(?=%PDF-))(?:(?!<|%!).){0,1000}?(%PDF-\d\.\d)", re.DOTALL
)
_FOREIGN = re.compile(rb"(?i)PK\x03\x04|MZ|GIF8|BM|RIFF|II\*|MM\0\*|<|%!")
_POINTER = re.compile(rb"(startxref[\s\0]+|/Prev\s+)(\d{1,10})(?=[\s\0/>])")
_LAST = re.compile(rb"startxref[\s\0]+(\d{1,10})")
_END_WITHIN = 1024
_MORE = re.compile(rb"%%EOF[\s\0]*\d|\bobj\b|xref|PK\x03\x04")
_BEFORE_TABLE = re.compile(rb"[\s\0]{1,25}(?=xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)")
_TWICE = re.compile(r"Multiple definitions in dictionary at byte (0x[0-9a-f]+) for key (/\S+)")
_VALUE = rb"\s*(/[^\s/<>\[\]()]+|\d+\s+\d+\s+R|[-+.\d]+|true|false|null|\[[^\[\]<>()]*\]|\([^()\\]*\)|<[0-9A-Fa-f\s]*>)"
_LONGEST_DICTIONARY = 4096


def start_of(head: bytes) -> int | None:
    """Where the header is: at the start, or behind blanks, a printer's job header or a few foreign bytes."""
    found = _START.match(head)
    if found is None and _FOREIGN.match(head) is None:
        found = _JOB.match(head)
    return found.start(1) if found else None


def straight(data: bytes) -> bytes:
    """The file with its header first and no zeros at its end; no place in it changes."""
    data = data.rstrip(b"\0") if data.endswith(b"\0") else data
    start = start_of(data[:2048]) or 0
    if not start:
        return data
    # devices count their places from the file's start or from the header's: the last pointer tells
    said = _LAST.findall(data[-2048:])
    from_header = not said or _table_at(data, int(said[-1]) + start)
    return data[start:] if from_header else data[start : start + 8] + b" " * start + data[start + 8 :]


def ends(data: bytes) -> bool:
    """Whether the end mark is there, with nothing after it that is another file or the start of more."""
    at = data.rfind(b"%%EOF", max(0, len(data) - _END_WITHIN))
    return at >= 0 and not _MORE.search(data, at)


def _table_at(data: bytes, place: int) -> bool:
    return re.compile(rb"\s*(?:xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)").match(data, place) is not None


def _aimed(data: bytes, pointer: bytes) -> bytes:
    """The pointer, moved over blanks to the table behind them where its digits have room."""
    found = _BEFORE_TABLE.match(data, int(pointer))
    better = b"%d" % found.end() if found else pointer
    return better if len(better) == len(pointer) else pointer


def mended(data: bytes, complaint: str) -> bytes | None:
    """The file without what pypdf complained of, where nothing of its content is touched; None where something is."""
    if "xref" not in complaint:
        return _without_twin(data, complaint)
    aimed = _POINTER.sub(lambda found: found[1] + _aimed(data, found[2]), data)
    return aimed if aimed != data else None


def _without_twin(data: bytes, complaint: str) -> bytes | None:
    """The file with the second of two equal entries of a dictionary blanked; None where they are not equal."""
    said = _TWICE.search(complaint)
    if said is None:
        return None
    end = int(said[1], 16)
    begin = max(0, end - _LONGEST_DICTIONARY)
    entry = re.compile(re.escape(said[2].encode()) + rb"(?![^\s/<>\[\]()])" + _VALUE)
    found = list(entry.finditer(data, begin, end + 1))
    if len(found) < 2 or found[-1][1] != found[-2][1] or b">>" in data[found[-2].end() : found[-1].start()]:
        return None
    first, last = found[-1].span()
    return data[:first] + b" " * (last - first) + data[last:]
