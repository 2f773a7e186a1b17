"""TinyKws as an Arduino library: what the library specification asks for, and what the library promises of itself.

Source: https://arduino.github.io/arduino-cli/latest/library-specification/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness import sketchbook
from host_models import export, zoo

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = sketchbook.root() / "libraries" / "TinyKws"
SOURCES = sorted(path for path in (LIBRARY / "src").rglob("*") if path.is_file())
CORE_WORDS = re.compile(
    r"\b(Serial|micros|millis|delay|delayMicroseconds|pinMode|digitalWrite|digitalRead|analogRead|yield|String|Print"
    r"|noInterrupts|interrupts|0xE000\w+|0x400\w{5})\b|#include <Arduino.h>"
)


def properties() -> dict[str, str]:
    """Read library.properties."""
    lines = (LIBRARY / "library.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_library_properties_hold_every_field_that_the_specification_asks_for() -> None:
    """Name, semantic version, people, one sentence, category, architectures, and the header to include."""
    given = properties()
    assert given["name"] == LIBRARY.name
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}", given["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", given["version"])
    for field in ("author", "maintainer", "sentence", "paragraph", "url", "architectures"):
        assert given[field], field
    assert not given["paragraph"].startswith(given["sentence"])
    assert given["category"] in {
        "Display",
        "Communication",
        "Signal Input/Output",
        "Sensors",
        "Device Control",
        "Timing",
        "Data Storage",
        "Data Processing",
        "Other",
    }
    assert all((LIBRARY / "src" / header.strip()).is_file() for header in given["includes"].split(","))


def test_the_folders_are_those_of_a_1_5_library() -> None:
    """Sources lie in src, examples are sketches named as their folders, and nothing is a link or a program."""
    assert {path.name for path in LIBRARY.iterdir()} <= {"library.properties", "keywords.txt", "src", "examples"}
    examples = [path for path in (LIBRARY / "examples").iterdir() if path.is_dir()]
    assert examples
    assert all((example / f"{example.name}.ino").is_file() for example in examples)
    assert {path.suffix for path in SOURCES} <= {".h", ".cpp"}
    assert not any(path.is_symlink() for path in LIBRARY.rglob("*"))


def test_keywords_are_of_known_kinds_between_tabs() -> None:
    """Each line of keywords.txt is a word, a tab and a kind that the IDE knows, and the word is in the sources."""
    text = "".join(path.read_text() for path in SOURCES)
    for line in (LIBRARY / "keywords.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        word, kind = line.split("\t")
        assert kind in {"KEYWORD1", "KEYWORD2", "LITERAL1"}
        assert re.search(rf"\b{word}\b", text), f"{word} is nowhere in the library"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(LIBRARY / "src")))
def test_only_board_h_touches_the_core(path: Path) -> None:
    """Serial, time and registers appear in the code of no other file."""
    code = re.sub(r"//.*", "", path.read_text())
    if path != LIBRARY / "src" / "board.h":
        assert not CORE_WORDS.search(code)


def test_the_model_that_the_library_carries_is_the_zoo_s() -> None:
    """models/int8_tflite.h is what the exporter writes today."""
    header = (LIBRARY / "src" / "models" / "int8_tflite.h").read_text()
    assert header == export.header(zoo.load("int8-tflite"))
