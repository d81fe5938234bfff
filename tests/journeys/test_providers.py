"""`providers` as an operator types it: a real point gets an authority's certificate and can send."""

import json
from pathlib import Path

from tests.journeys.test_setup import vireille
from workers.seal import keys


def test_a_real_point_can_send_once_a_certificate_is_pinned(tmp_path: Path) -> None:
    """The authority makes its key, sends the certificate, the point pins it: `doctor` then seals to it on trial."""
    config = ("--config", tmp_path / "point" / "vireille.toml")
    file = tmp_path / "point" / "providers" / "vero.toml"
    vireille("init", tmp_path / "point", "--id", "mikkeli")
    vireille("keys", "new", "vero", "--dir", tmp_path / "office")
    sent, before = tmp_path / "office" / "vero.cert.pem", file.read_text("utf-8")
    pinned = keys.fingerprint(keys.load_certificate(sent))

    said = vireille("providers", "add", sent, "--provider", "vero", *config)
    again = vireille("providers", "add", sent, "--provider", "vero", *config, expect=2)

    assert f"vero: pinned {pinned}" in said
    assert f'fingerprint = "{pinned}"\nvalid_from = ' in said
    assert "is pinned in" in again
    assert file.read_text("utf-8").startswith(before.rstrip())
    assert "note" not in said
    assert "note kela and vero have one key" in vireille("providers", "add", sent, "--provider", "kela", *config)
    assert "note kela and vero have one key" in vireille("rules", "check", *config)
    assert "ok   vero: a bundle was sealed to 1" in vireille("doctor", *config)
    assert "ok   vero's certificate: good for 729 days" in vireille("providers", "check", *config)
    listed = {one["id"]: one for one in json.loads(vireille("providers", "list", "--json", *config))}
    assert [one["fingerprint"] for one in listed["vero"]["certificates"]] == [pinned]
    with file.open("a", encoding="utf-8") as end:
        end.write(said[said.index("[[certificates]]") : said.index("Compare")])
    assert f"vero: {pinned[:19]} is pinned 2 times" in vireille("rules", "check", *config, expect=5)
    assert f"note vero: {pinned[:19]} is pinned 2 times" in vireille("providers", "check", *config)


def test_what_cannot_be_pinned_changes_nothing(tmp_path: Path) -> None:
    """An authority that is not there, a key in place of a certificate, one for signing only, a broken file beside."""
    vireille("init", tmp_path / "point", "--id", "mikkeli")
    config = ("--config", tmp_path / "point" / "vireille.toml")
    own = tmp_path / "point" / "keys"
    before = {path.name: path.read_bytes() for path in (tmp_path / "point" / "providers").iterdir()}

    unknown = vireille("providers", "add", own / "ca.pem", "--provider", "verro", *config, expect=4)
    private = vireille("providers", "add", own / "point.key.pem", "--provider", "vero", *config, expect=2)
    signing = vireille("providers", "add", own / "point.cert.pem", "--provider", "vero", *config, expect=2)
    vireille("keys", "new", "vero", "--dir", tmp_path / "office")
    kela, sent = tmp_path / "point" / "providers" / "kela.toml", tmp_path / "office" / "vero.cert.pem"
    kela.write_text("[[", "utf-8")
    broken = vireille("providers", "add", sent, "--provider", "vero", *config, expect=2)
    kela.write_bytes(before["kela.toml"])

    assert "no provider 'verro'" in unknown
    assert "known: dvv, kela" in unknown
    assert "point.key.pem" in private
    assert "for another use: its key usage lacks keyAgreement" in signing
    assert "kela.toml" in broken
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "point" / "providers").iterdir()}


def test_a_swapped_certificate_fails_the_check(tmp_path: Path) -> None:
    """F-06: the file is another than the one that was pinned; the list says so of a file that is gone."""
    vireille("init", tmp_path / "point", "--demo")
    config = ("--config", tmp_path / "point" / "vireille.toml")
    folder = tmp_path / "point" / "keys"
    (folder / "kela.cert.pem").write_bytes((folder / "te.cert.pem").read_bytes())
    (folder / "vero.cert.pem").unlink()

    said = vireille("providers", "check", *config, expect=5)

    assert "BAD  kela: " in said
    assert "ok   te's certificate" in said
    assert "file missing or wrong" in vireille("providers", "list", *config)
