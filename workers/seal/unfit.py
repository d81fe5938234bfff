"""Reasons why a filing cannot be sealed, in the advisor's words; the error's own line is for the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from intake.base.errors import Unsealable
from intake.base.texts import Text

NOT_THIS_POINTS = Text(
    fi="Asiaa ei voi lähettää: allekirjoitusvarmenne ei ole pisteen ”{point}” varmenne. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: signeringscertifikatet hör inte till punkten ”{point}”. Kontakta administratören.",
    en="The filing cannot be sent: the signing certificate is not that of the point “{point}”. Call the operator.",
)
SIGNER = Text(
    fi="Asiaa ei voi lähettää: pisteen allekirjoitusvarmenne on vanhentunut tai ei kelpaa. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: punktens signeringscertifikat gäller inte (längre). Kontakta administratören.",
    en="The filing cannot be sent: the point's signing certificate has expired or is not fit. Call the operator.",
)
NONE_PINNED = Text(
    fi="Asiaa ei voi lähettää: pisteellä ei ole viranomaisen varmennetta tälle päivälle. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: punkten har inget certifikat från myndigheten för i dag. Kontakta administratören.",
    en="The filing cannot be sent: the point has no certificate of the authority for today. Call the operator.",
)
SWAPPED = Text(
    fi="Asiaa ei voi lähettää: viranomaisen varmenne on vaihtunut ilman hyväksyntää. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: myndighetens certifikat har bytts utan godkännande. Kontakta administratören.",
    en="The filing cannot be sent: the authority's certificate was changed without approval. Call the operator.",
)
RECIPIENT = Text(
    fi="Asiaa ei voi lähettää: viranomaisen varmenne on vanhentunut tai ei kelpaa. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: myndighetens certifikat har gått ut eller duger inte. Kontakta administratören.",
    en="The filing cannot be sent: the authority's certificate has expired or is not fit. Call the operator.",
)
TOO_LARGE = Text(
    fi="Asia on liian suuri: viranomainen ottaa vastaan enintään {most} Mt. Jaa se osiin tai lähetä postitse.",
    sv="Ärendet är för stort: myndigheten tar emot högst {most} MB. Dela upp det eller skicka det per post.",
    en="The filing is too large: the authority takes at most {most} MB. Split it or send it by post.",
)


@contextmanager
def in_words(text: Text) -> Iterator[None]:
    """Give `text` to an Unsealable that is raised within."""
    try:
        yield
    except Unsealable as error:
        raise Unsealable(error.message, code=error.code, text=text) from error
