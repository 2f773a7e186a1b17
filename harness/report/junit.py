"""JUnit XML of a campaign, for the test reports of CI: a suite for each level, a case for each clip."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from harness.report import files
from harness.report.document import padding_ms

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.document import Document

FILE = "junit.xml"
_BASELINE = {"held": None, "changed": "failure", "not comparable": "error", "not judged": "skipped"}
"""What becomes of the baseline's case, by outcome."""


def text(document: Document) -> str:
    """Write a document as JUnit XML.

    Each level has the case `model` (the model in the board's memory is the level's) and one for each answered clip,
    which fails where the board differs from the golden model; the output of a clip that was padded says so. A campaign
    that ended early has the case `campaign` in error. Where a baseline was named, the case `baseline` tells what became
    of it.
    """
    root = ET.Element("testsuites", name="tinyhil", time=f"{document['seconds']:.3f}")
    for level in document["levels"]:
        root.append(_suite(level, document))
    baseline = document["baseline"]
    if document["verdict"]["code"] not in (0, 1) and not (baseline and baseline["outcome"] == "not comparable"):
        _single(root, "campaign", "error", document["verdict"]["text"])
    if baseline:
        _single(root, "baseline", _BASELINE[baseline["outcome"]], _baseline(baseline))
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def write(document: Document, folder: Path) -> Path:
    """Write junit.xml into `folder`; returns its path. Raises DataError where it can't be written."""
    path = folder / FILE
    files.write(path, text(document))
    return path


def _suite(level: Document, document: Document) -> ET.Element:
    names = [clip["name"] for clip in document["data"]["clips"][: level["clips"]]]
    differing = {each["clip"]: each["text"] for each in level["differing"]}
    failures = len(differing) + (level["model_difference"] is not None)
    suite = ET.Element(
        "testsuite",
        name=level["id"],
        timestamp=document["started"],
        hostname=document["board"]["name"],
        tests=str(len(names) + 1),
        failures=str(failures),
        errors="0",
    )
    _case(suite, level, "model", level["model_difference"])
    padded = {each["clip"]: padding_ms(each) for each in document["data"]["padded"]}
    for name in names:
        case = _case(suite, level, name, differing.get(name))
        if name in padded:
            ET.SubElement(case, "system-out").text = f"padded with {padded[name]} of silence to a second"
    return suite


def _single(root: ET.Element, name: str, kind: str | None, sentence: str) -> None:
    """Add a suite of one case that is about the campaign as a whole."""
    suite = ET.SubElement(root, "testsuite", name="tinyhil", tests="1")
    for total, each in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, "1" if kind == each else "0")
    case = ET.SubElement(suite, "testcase", classname="tinyhil", name=name)
    if kind is not None:
        _say(case, kind, sentence)


def _baseline(baseline: Document) -> str:
    """Tell what a baseline came to, then each change in a line."""
    return "\n".join([baseline["text"], *(change["text"] for change in baseline["changes"])])


def _case(suite: ET.Element, level: Document, name: str, failure: str | None) -> ET.Element:
    case = ET.SubElement(suite, "testcase", classname=f"tinyhil.{level['id']}", name=name)
    if failure is not None:
        _say(case, "failure", failure)
    return case


def _say(case: ET.Element, kind: str, sentence: str) -> None:
    """Add a failure or an error: its first line as the message, the whole as text."""
    legible = "".join(each for each in sentence if each.isprintable() or each in "\n\t")
    ET.SubElement(case, kind, message=legible.splitlines()[0] if legible else "").text = legible
