"""The words of sign-in and refusals in the language of the one who asks, and how a refusal is given."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.templating import Jinja2Templates
from pydantic import RootModel

from intake.base.texts import Language, Text
from intake.base.toml import load_toml

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "language"
templates = Jinja2Templates(directory=HERE / "templates")


class _Words(RootModel[dict[str, Text]]):
    """Key to sentence."""


@cache
def _all(file: Path) -> dict[str, Text]:
    return load_toml(file, _Words).root


@cache
def sentences(file: Path, language: str) -> dict[str, str]:
    """All sentences of a file in `language`, by key."""
    return {key: text.in_language(language) for key, text in _all(file).items()}


def words(language: str) -> dict[str, str]:
    """All words of sign-in and refusals in `language`."""
    return sentences(HERE / "texts.toml", language)


def language_of(request: Request, languages: Sequence[Language]) -> Language:
    """The language asked for, else that of last time, else the place's first."""
    wanted = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    return next((known for known in languages if known == wanted), languages[0])


def wants_page(request: Request) -> bool:
    """Whether a person waits for a whole page, and not a script for a part of one."""
    mode = request.headers.get("sec-fetch-mode")
    return mode == "navigate" if mode is not None else "text/html" in request.headers.get("accept", "")


def refusal(request: Request, languages: Sequence[Language], key: str, status: int) -> Response:
    """A refusal in words: a page for a person, `{"text": ...}` for a script."""
    language = language_of(request, languages)
    if not wants_page(request):
        return JSONResponse({"text": words(language)[key]}, status_code=status)
    shown = {"t": words(language), "language": language, "text": words(language)[key]}
    response: Response = templates.TemplateResponse(request, "refused.html", shown, status_code=status)
    return response
