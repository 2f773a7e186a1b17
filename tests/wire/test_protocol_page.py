"""The specification says what the programs do: its examples byte for byte, its numbers one by one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.wire.replies import ErrorCode, Reply
from harness.wire.requests import Request, Tensor

if TYPE_CHECKING:
    from enum import IntEnum

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "protocol.md").read_text()
STEPS = {step["step"]: step for step in json.loads((ROOT / "tests" / "vectors" / "conversation.json").read_text())}
EXAMPLES = re.findall(r"\*\*([^*]+)\*\*\n\n```\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    """The page shows a conversation, with a loss in it."""
    assert {"hello", "begin", "audio, damaged", "poll", "audio", "infer"} <= {name for name, _ in EXAMPLES}


@pytest.mark.parametrize(("name", "lines"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_shows_the_bytes_that_both_implementations_are_held_to(name: str, lines: str) -> None:
    """What the page shows stands in the vectors."""
    shown = {mark: b"".join(bytes.fromhex(line[2:]) for line in lines.splitlines() if line[0] == mark) for mark in "><"}
    assert shown[">"].hex() == STEPS[name]["host"]
    assert shown["<"].hex() == STEPS[name]["board"]


@pytest.mark.parametrize("words", [Request, Reply], ids=["host to board", "board to host"])
def test_the_page_lists_every_message_type(words: type[IntEnum]) -> None:
    """Names and numbers of messages agree with the program's."""
    rows = re.findall(r"^\| (0x[0-9A-F]{2}) \| (\w+) \|", PAGE, re.MULTILINE)
    listed = {(int(number, 16), name) for number, name in rows}
    assert {(word.value, word.name) for word in words} == {
        (number, name) for number, name in listed if (number >= Reply.ACK) == (words is Reply)
    }


def test_the_page_lists_every_error_and_tensor() -> None:
    """Each code has its row."""
    errors = re.findall(r"^\| (\d+) \| \w", PAGE, re.MULTILINE)
    assert {int(code) for code in errors} == {code.value for code in ErrorCode}
    tensors = {(name, int(code)) for name, code in re.findall(r"^\| (\w+) \| (\d) \|", PAGE, re.MULTILINE)}
    assert tensors == {(tensor.name.lower(), tensor.value) for tensor in Tensor}


def test_the_firmware_has_the_same_numbers() -> None:
    """The header of the library and the page name the same messages."""
    header = (ROOT / "sketches/libraries/TinyKws/src/wire/messages.h").read_text()
    enum = header.split("enum class Message")[1].split("};")[0]
    listed = {name.upper(): int(number, 16) for name, number in re.findall(r"(\w+) = (0x\w+)", enum)}
    assert listed == {word.name: word.value for words in (Request, Reply) for word in words}
