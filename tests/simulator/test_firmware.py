"""A file that is no firmware for the chip is refused with a sentence that says why."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.simulator import FirmwareError, Nrf52840
from harness.simulator.firmware import Firmware

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path and the cause are named."""
    with pytest.raises(FirmwareError, match=r"nothing\.elf: No such file"):
        Firmware(tmp_path / "nothing.elf")


def test_a_file_that_is_no_elf(tmp_path: Path) -> None:
    """Text is refused."""
    path = tmp_path / "text.elf"
    path.write_text("hello")
    with pytest.raises(FirmwareError, match="no ELF file"):
        Firmware(path)


def test_an_elf_for_another_machine() -> None:
    """The host's own programs are refused."""
    with pytest.raises(FirmwareError, match="not for a 32-bit little-endian Arm"):
        Firmware(Path(shutil.which("sh") or "/bin/sh").resolve())


def test_a_truncated_elf(build: Callable, tmp_path: Path) -> None:
    """An ELF cut anywhere is refused, or loads where only debugging data is lost."""
    whole = build("int main(void) { return 0; }").read_bytes()
    path = tmp_path / "cut.elf"
    for kept in (0, 10, 51, 52, 60, 100, 0x1010):
        path.write_bytes(whole[:kept])
        with pytest.raises(FirmwareError, match=r"ELF|truncated|nothing"):
            Firmware(path)


def test_firmware_that_does_not_fit(tmp_path: Path) -> None:
    """Flash ends at 1 MB, and RAM is not loadable."""
    for origin in (0x000F_FFF0, 0x2000_0000):
        source = tmp_path / "big.s"
        source.write_text(".text\n.fill 64, 1, 0\n")
        elf = tmp_path / "big.elf"
        subprocess.run(
            ["arm-none-eabi-gcc", "-nostdlib", f"-Wl,-Ttext={origin:#x},-e0", source, "-o", elf],
            check=True,
            capture_output=True,
        )
        with pytest.raises(FirmwareError, match="flash ends at 0x00100000"):
            Nrf52840().load(elf)


def test_an_address_has_a_function_and_a_line(build: Callable) -> None:
    """Symbols and line table say what addr2line says, for every instruction; outside of them there is nothing."""
    elf = build(
        "__attribute__((noinline)) int twice(int n) {\n  return n * 2;\n}\n"
        "int main(void) {\n  int sum = 0;\n  for (int i = 0; i < 9; i++)\n    sum += twice(i);\n  return sum;\n}"
    )
    firmware = Firmware(elf)
    addresses = range(8, firmware.segments[0].address + 0x60, 2)
    told = subprocess.run(
        ["arm-none-eabi-addr2line", "-f", "-s", "-e", elf, *(hex(address) for address in addresses)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for address, function, line in zip(addresses, told[::2], told[1::2], strict=True):
        place = firmware.place(address)
        assert (place.function, place.line) == (function, line.split(" ")[0])
    assert firmware.place(firmware.symbols["twice"] & ~1).function == "twice"
    assert firmware.place(0x000F_0000).function is None
    assert firmware.stack_limit == 0x2003_F000


def test_loading_firmware_forgets_the_code_that_was_there(run: Callable, build: Callable) -> None:
    """What was decoded of one program is no guide to the next: a stale transfer once faulted where there was none."""
    chip = run("int main(void) { return 0; }").chip
    assert chip._tables.transfers.any()
    chip.load(build("int main(void) { return 1; }"))
    for known in (chip._tables.blocks, chip._tables.instructions, chip._tables.transfers):
        assert not known.any()
