"""Looking into pypdf's objects without trusting what is there: a value of another type is as good as none."""

from collections.abc import Iterator

from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, PdfObject, TextStringObject

_MOST_PARENTS = 30


def value_at(holder: DictionaryObject, key: str) -> PdfObject | None:
    """The value, references followed; None where there is none."""
    if key not in holder:
        return None
    value: PdfObject | None = holder.raw_get(key).get_object()
    return value


def dictionary_at(holder: DictionaryObject, key: str) -> DictionaryObject:
    """A dictionary or stream; an empty one where there is none."""
    value = value_at(holder, key)
    return value if isinstance(value, DictionaryObject) else DictionaryObject()


def array_at(holder: DictionaryObject, key: str) -> ArrayObject:
    """An array; an empty one where there is none."""
    value = value_at(holder, key)
    return value if isinstance(value, ArrayObject) else ArrayObject()


def number_at(holder: DictionaryObject, key: str, default: int) -> int:
    """A whole number."""
    value = value_at(holder, key)
    return int(value) if isinstance(value, NumberObject) else default


def name_at(holder: DictionaryObject, key: str) -> str:
    """A name with its slash; empty where there is none."""
    return name_of(value_at(holder, key))


def name_of(value: PdfObject | None) -> str:
    """A name with its slash; empty for anything else."""
    return str(value) if isinstance(value, NameObject) else ""


def text_of(value: PdfObject | None) -> str | None:
    """A text string."""
    return str(value) if isinstance(value, TextStringObject) else None


def with_parents(node: DictionaryObject) -> Iterator[DictionaryObject]:
    """The node, its parent, and so on up; ends by itself on a ring."""
    for _ in range(_MOST_PARENTS):
        yield node
        node = dictionary_at(node, "/Parent")
        if not node:
            return


def inherited(node: DictionaryObject, key: str) -> PdfObject | None:
    """The nearest value of an inheritable key, from the node upwards."""
    for holder in with_parents(node):
        value = value_at(holder, key)
        if value is not None:
            return value
    return None


def dictionaries(array: ArrayObject) -> Iterator[DictionaryObject]:
    """The array's dictionaries, references followed."""
    for item in array:
        value = item.get_object()
        if isinstance(value, DictionaryObject):
            yield value
