"""Tells other machines of a page: `/healthz` whether it is well, `/metrics` its measures for Prometheus.

Nobody signs in for them, so they answer this machine itself and those that `[console] monitors` names, and nothing
personal is in them: codes, ids of ours and numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from workers.access.words import refusal

if TYPE_CHECKING:
    from workers.access.door import Site


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its samples: the values of its labels, in their order, and the number."""

    name: str
    means: str
    labels: tuple[str, ...] = ()
    samples: Sequence[tuple[tuple[str, ...], float]] = ()


@dataclass(frozen=True, slots=True)
class Vitals:
    """Whether a page and what is behind it are well."""

    trouble: tuple[str, ...] = ()
    """Codes of what is wrong; none: all is well."""
    measures: tuple[Measure, ...] = ()


def only_itself() -> Vitals:
    """For a page that has nothing more to say than that it answers."""
    return Vitals()


def single(name: str, means: str, value: float) -> Measure:
    """A measure of one number."""
    return Measure(name, means, (), (((), value),))


def by_label(name: str, means: str, label: str, values: Mapping[str, float]) -> Measure:
    """A measure with a number for each value of one label."""
    return Measure(name, means, (label,), tuple(((key,), number) for key, number in values.items()))


class Machines:
    """The two routes."""

    def __init__(self, site: "Site") -> None:
        self._site, self._vitals = site, site.vitals

    def add_to(self, app: FastAPI) -> None:
        """Put the routes into `app`."""
        app.get("/healthz")(self.healthz)
        app.get("/metrics")(self.metrics)

    def healthz(self, request: Request) -> Response:
        """200 when all is well, 503 with the codes of what is not."""
        if not self._may(request):
            return self._refused(request)
        trouble = list(self._vitals().trouble)
        return JSONResponse({"ok": not trouble, "trouble": trouble}, status_code=503 if trouble else 200)

    def metrics(self, request: Request) -> Response:
        """The measures as Prometheus reads them."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

        if not self._may(request):
            return self._refused(request)
        registry, vitals = CollectorRegistry(), self._vitals()
        well = single("vireille_well", "1 when nothing is wrong (as /healthz says)", float(not vitals.trouble))
        wrong = by_label("vireille_trouble", "what is wrong, by code", "code", dict.fromkeys(vitals.trouble, 1.0))
        for measure in (well, wrong, *vitals.measures):
            gauge = Gauge(measure.name, measure.means, measure.labels, registry=registry)
            for labels, number in measure.samples:
                (gauge.labels(*labels) if labels else gauge).set(number)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    def _may(self, request: Request) -> bool:
        """Whether this machine itself asks, or a monitor."""
        address = request.client.host if request.client else ""
        try:
            return ip_address(address).is_loopback or address in self._site.monitors
        except ValueError:
            return False

    def _refused(self, request: Request) -> Response:
        return refusal(request, self._site.languages, "not_yours", 403)
