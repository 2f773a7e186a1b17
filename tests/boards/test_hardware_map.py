"""Hardware maps: what they may say, what they mean, and what is wrong with them in one sentence."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.boards.hardware_map import HardwareMap
from harness.cli import main
from harness.errors import BoardError, MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import StartBoard

    Load = Callable[[str], HardwareMap]

NANO = "arduino:mbed_nano:nano33ble"
LAB = """
- connected: true
  id: 5C18A3FF
  platform: arduino_nano_33_ble/nrf52840/sense
  product: Nano 33 BLE
  runner: bossac
  serial: /dev/ttyACM7
  fixtures: [microphone, bench_supply]
- connected: true
  id: "000683456789"
  platform: frdm_k64f
  product: J-Link
  runner: jlink
  serial: /dev/ttyACM8
- connected: false
  id: 0A11B2C3
  platform: nano33ble
  product: Nano 33 BLE
  runner: bossac
  serial: null
"""


BOMB = "\n".join(
    ["- - &a0 [x, x]", *(f"  - &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30))]
)
"""A list whose text would have 2 x 9^29 elements."""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loader of a map with a given text."""

    def written(text: str) -> HardwareMap:
        (tmp_path / "map.yml").write_text(text)
        return HardwareMap.load(tmp_path / "map.yml")

    return written


@pytest.mark.parametrize(
    "word", ["5C18A3FF", "/dev/ttyACM7", "Nano 33 BLE", "arduino_nano_33_ble/nrf52840/sense", "microphone"]
)
def test_a_connected_board_is_chosen_by_any_of_its_words(load: Load, word: str) -> None:
    """A board that is not connected does not count."""
    board = load(LAB).choose(word)
    assert (board.port, board.fqbn) == ("/dev/ttyACM7", NANO)


def test_the_board_is_where_its_id_is_now(load: Load, start_board: StartBoard) -> None:
    """An id stays with the board, a port does not."""
    board = start_board()
    entry = f"- {{id: sim-{board.name}, platform: '{board.fqbn}', connected: true, serial: /dev/ttyACM7}}"
    chosen = load(entry).choose(None)
    assert (chosen.port, chosen.fqbn) == (board.port, board.fqbn)


def test_an_id_alone_is_enough(load: Load) -> None:
    """It is what a board is looked for by."""
    assert load("- {id: A1, platform: nano33ble, connected: true}").choose("A1").port == "A1"


@pytest.mark.parametrize(
    ("word", "kind", "sentence"),
    [
        (None, MisuseError, r"has 2 connected boards \(5C18A3FF, 000683456789\); name one by its id"),
        ("0A11B2C3", BoardError, r"no connected boards with .* 0A11B2C3, only others \(0A11B2C3\); connect one"),
        ("A1", BoardError, r"no connected boards with .* A1 \(boards: 5C18A3FF, 000683456789, 0A11B2C3\)"),
    ],
)
def test_a_choice_that_is_none_is_told(load: Load, word: str | None, kind: type[Exception], sentence: str) -> None:
    """With the boards that there are."""
    with pytest.raises(kind, match=sentence):
        load(LAB).choose(word)


def test_a_platform_that_is_not_known_matters_when_its_board_is_used(load: Load) -> None:
    """A lab has other boards too."""
    with pytest.raises(MisuseError, match=r"platform frdm_k64f of board 000683456789 is not known .* write an FQBN"):
        _ = load(LAB).choose("000683456789").fqbn


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must be a list of boards"),
        ("id: A1", "must be a list of boards"),
        ("- [", "is not YAML: while parsing"),
        ("- A1", "board 1: a board is written as fields with values, not as 'A1'"),
        ("- {id: A1, platform: nano33ble}", "board 1: the field connected is missing; it must be true or false"),
        ("- {id: 683, platform: nano33ble, connected: true}", "id is 683, but must be text, in quotes"),
        ("- {id: A1, platform: nano33ble, connected: 1}", "connected is 1, but must be true or false"),
        ("- {id: A1, platform: nano33ble, connected: true, fixtures: x}", "fixtures is 'x', but must be a list"),
        ("- {id: A1, platform: nano33ble, connected: true, fixtures: [1]}", "must be a list of texts"),
        ("- {id: A1, platform: nano33ble, connected: true, port: COM5}", "there is no field port; there are id,"),
        ("- {id: '', platform: nano33ble, connected: true}", "id is '', but must be text"),
        ("- {id: A1, platform: 2024-02-31, connected: true}", "is not YAML: day is out of range"),
        ("- {id: A1, id: A2, platform: nano33ble, connected: true}", "is not YAML: id is written twice"),
        (
            f"- &a {{id: A1, platform: '{NANO}', connected: true}}\n- *a",
            "board 2: id A1 and platform .* of board 1 too",
        ),
        ("[" * 2000, "is nested too deeply"),
        ("- id: A1\n\tplatform: nano33ble", "is not YAML: .* found character"),
        ("- !!python/object/apply:os.system [id]", "is not YAML: could not determine a constructor"),
        ("#" * 200_000, "has more than 100,000 bytes"),
        (BOMB, "board 1: a board is written as fields with values, not as"),
    ],
)
def test_what_is_wrong_with_a_map_is_told_in_one_sentence(load: Load, text: str, sentence: str) -> None:
    """It names the file, the board, the field and what would be right."""
    with pytest.raises(MisuseError, match=f"map.yml.*{sentence}") as told:
        load(text)
    assert "\n" not in str(told.value)


@pytest.mark.timeout(10)
def test_a_map_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe that nobody writes into."""
    os.mkfifo(tmp_path / "map.yml")
    with pytest.raises(MisuseError, match=r"map.yml is no regular file"):
        HardwareMap.load(tmp_path / "map.yml")


@given(st.binary(max_size=300))
def test_whatever_bytes_a_map_has_it_is_read_or_gives_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """Random bytes, most of which are no YAML."""
    path = tmp_path_factory.getbasetemp() / "map.yml"
    path.write_bytes(data)
    with pytest.raises(MisuseError, match=r"map.yml"):
        HardwareMap.load(path)


def test_a_map_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With what the system says."""
    with pytest.raises(MisuseError, match=r"hardware map .*map.yml can't be read: No such file"):
        HardwareMap.load(tmp_path / "map.yml")


def test_a_run_chooses_its_board_from_a_map_and_bears_with_it(
    start_board: StartBoard, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board that needs two tries, comes back under another name, and says something before its first frame."""
    monkeypatch.delenv("TINYHIL_DATA", raising=False)
    board = start_board(name="desk", refused_uploads=1, rename_port=True, return_ms=1500, boot_text="ROM 1.0\r\n")
    path = tmp_path / "map.yml"
    path.write_text(f"- {{id: sim-desk, platform: '{board.fqbn}', connected: true, fixtures: [microphone]}}\n")
    words = ["--hardware-map", str(path), "--board", "microphone", "--levels", "int8-tflite", "--clips", "4", "--json"]
    with pytest.raises(SystemExit) as ended:
        main(["run", *words])
    assert (ended.value.code, board.info().uploads) == (0, 1)
    assert json.loads(capsys.readouterr().out)["board"]["fqbn"] == board.fqbn


def test_the_boards_of_a_map_are_listed(
    start_board: StartBoard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with the port at which it is, or as JSON."""
    board = start_board()
    path = tmp_path / "map.yml"
    path.write_text(LAB + f"- {{id: sim-{board.name}, platform: '{board.fqbn}', connected: true}}\n")
    with pytest.raises(SystemExit):
        main(["boards", "--hardware-map", str(path)])
    assert capsys.readouterr().out.splitlines() == [
        "5C18A3FF  /dev/ttyACM7  arduino_nano_33_ble/nrf52840/sense  microphone  bench_supply",
        "000683456789  /dev/ttyACM8  frdm_k64f",
        "0A11B2C3  not connected  nano33ble",
        f"sim-nano33ble  {board.port}  {board.fqbn}",
    ]
    with pytest.raises(SystemExit):
        main(["boards", "--hardware-map", str(path), "--json"])
    assert [each["connected"] for each in json.loads(capsys.readouterr().out)] == [True, True, False, True]
