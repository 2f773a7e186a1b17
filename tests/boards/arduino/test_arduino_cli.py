"""arduino-cli as tinyhil uses it: real compilations, in data directories that start empty."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.boards import arduino_commands, toolchain
from harness.boards.arduino_cli import ArduinoCli
from harness.boards.build import memory_bytes
from harness.boards.file_lock import file_lock
from harness.deadline import Deadline
from harness.errors import DataError, MisuseError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.boards.build import Build

FQBN = "tinyhil:nrf52:nano33ble"
MBED = "arduino:mbed_nano:nano33ble"
GREETER = """
#include "greeting.h"
void setup() { Serial.begin(115200); Serial.println(F(GREETING)); }
void loop() {}
"""


def greeting(text: str) -> dict[str, str]:
    """Return the generated header that gives GREETER its `text`."""
    return {"greeting.h": f'#define GREETING "{text}"\n'}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Installer of shell programs that come before all others on the PATH; an underscore stands for a dash."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(toolchain, "search_path", lambda: f"{folder}{os.pathsep}{os.environ['PATH']}")

    def install(**scripts: str) -> Path:
        for name, script in scripts.items():
            path = folder / name.replace("_", "-").replace("-gxx", "-g++")
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        return folder

    return install


def test_a_build_tells_its_memory_its_core_and_its_compiler(compiled: Callable[..., Build]) -> None:
    """The sizes are those that the toolchain's own size command adds up to."""
    build = compiled("int counter = 7; void setup() {} void loop() { ++counter; }")
    listing = subprocess.run(
        ["arm-none-eabi-size", "-A", build.elf], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    sizes = {name: int(size) for name, size in re.findall(r"^(\.\w+)\s+(\d+)", listing, re.MULTILINE)}
    assert build.flash_bytes == sizes[".text"] + sizes[".data"]
    assert build.ram_bytes == sizes[".data"] + sizes[".bss"]
    assert build.core == "tinyhil:nrf52 0.1.0"
    assert build.compiler.startswith("arm-none-eabi-g++")
    assert "-mcpu=cortex-m4" in build.flags
    assert "-Os" in build.flags


def test_the_program_is_there_in_three_formats(compiled: Callable[..., Build]) -> None:
    """The ELF has a hex file and a binary beside it."""
    build = compiled("void setup() {} void loop() {}")
    assert {path.suffix for path in build.elf.parent.iterdir()} >= {".elf", ".hex", ".bin"}
    assert build.elf.with_suffix(".bin").stat().st_size == build.flash_bytes


def test_a_board_option_chooses_the_optimization(compiled: Callable[..., Build]) -> None:
    """`opt=o3` compiles with -O3."""
    assert "-O3" in compiled("void setup() {} void loop() {}", fqbn=f"{FQBN}:opt=o3").flags


def test_a_generated_header_takes_the_place_of_the_sketchs_own(
    arduino: ArduinoCli, sketch: Callable[[str], Path], tmp_path: Path
) -> None:
    """Each build has its own header's text, also where the sketch's older header comes back."""
    source = sketch(GREETER)
    (source / "greeting.h").write_text(greeting("a default")["greeting.h"])
    os.utime(source / "greeting.h", (0, 0))
    for number, headers in enumerate(({}, greeting("first"), greeting("second"), {})):
        build = arduino.build(source, FQBN, headers, tmp_path / str(number))
        expected = headers.get("greeting.h", '"a default"').split('"')[1]
        assert expected.encode() in build.elf.with_suffix(".bin").read_bytes()
    assert (source / "greeting.h").read_text() == greeting("a default")["greeting.h"]


def test_a_new_header_leaves_core_and_library_compiled(
    arduino: ArduinoCli, arduino_home: Path, sketch: Callable[[str], Path], tmp_path: Path
) -> None:
    """Only the sketch's own objects are new after a header changed."""
    source = sketch(GREETER)
    arduino.build(source, FQBN, greeting("one"), tmp_path / "out")
    place = max(arduino_home.glob("arduino-*/builds/tinyhil-nrf52-nano33ble/trial-*"), key=os.path.getmtime)
    cores = list(arduino_home.rglob("core.a"))
    before = {path: path.stat().st_mtime_ns for path in cores}
    marker = time.time_ns()
    arduino.build(source, FQBN, greeting("two"), tmp_path / "out")
    assert cores
    assert {path: path.stat().st_mtime_ns for path in cores} == before
    compiled_again = [path.name for path in place.rglob("*.o") if path.stat().st_mtime_ns > marker]
    assert compiled_again == ["trial.ino.cpp.o"]


def test_a_build_after_one_that_was_killed_starts_afresh(
    arduino: ArduinoCli,
    arduino_home: Path,
    sketch: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An archive that a killed build left half done looks newer than its objects, and is not taken for whole."""
    source = sketch(GREETER)
    arduino.build(source, FQBN, greeting("one"), tmp_path / "out")
    place = max(arduino_home.glob("arduino-*/builds/tinyhil-nrf52-nano33ble/trial-*"), key=os.path.getmtime)
    archive = place / "build" / "core" / "core.a"

    def killed(*_: object, **__: object) -> None:
        subprocess.run(["arm-none-eabi-ar", "d", archive, "Uart.cpp.o"], check=True, timeout=30)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(arduino, "_compile", killed)
        with pytest.raises(KeyboardInterrupt):
            arduino.build(source, FQBN, greeting("two"), tmp_path / "out")
    build = arduino.build(source, FQBN, greeting("three"), tmp_path / "out")
    assert b"three" in build.elf.with_suffix(".bin").read_bytes()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"TINYHIL_HOME": "/proc/nowhere"}, "/proc/nowhere/arduino-.* can't be written: .*set TINYHIL_HOME"),
        ({"TINYHIL_HOME": "~nobody-of-that-name/builds"}, "you have no home directory; set TINYHIL_HOME"),
    ],
)
def test_a_home_that_can_t_be_used_is_told_with_the_variable_that_names_another(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    """A read-only home directory is common in containers."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DataError, match=sentence):
        ArduinoCli()


def test_a_sketch_that_does_not_compile_is_told_with_the_compilers_words(
    compiled: Callable[..., Build], tmp_path: Path
) -> None:
    """The message has the user's own file, the line and the reason."""
    with pytest.raises(ToolchainError, match=rf"(?s)\n{tmp_path}/trial/trial\.ino:2:.*no_such_thing.*was not declared"):
        compiled("void loop() {}\nvoid setup() { no_such_thing(); }")


def test_a_generated_header_that_does_not_compile_is_told_where_it_lies(
    arduino: ArduinoCli, arduino_home: Path, sketch: Callable[[str], Path], tmp_path: Path
) -> None:
    """The sketch's folder has none of that name."""
    place = rf"{arduino_home}/arduino-\w+/builds/[^:]*/trial/greeting\.h:1:"
    with pytest.raises(ToolchainError, match=rf"(?s){place}.*no_such_type"):
        arduino.build(sketch(GREETER), FQBN, {"greeting.h": "no_such_type x;\n"}, tmp_path / "out")


@pytest.mark.parametrize(
    ("tables", "bytes_too_many"),
    [
        ("const char table[2 * 1024 * 1024] = {1};", r"1,05\d,\d{3} bytes too many for its flash"),
        ("char table[300 * 1024];", r"6\d,\d{3} bytes too many for its RAM"),
        ("char table[244 * 1024];", r"[45],\d{3} bytes too many for its RAM"),
        (
            "const char more[2 << 20] = {1}; char table[300 * 1024];\n#define table more[micros()] + table",
            r"1,05\d,\d{3} bytes too many for its flash and 6\d,\d{3} bytes too many for its RAM",
        ),
    ],
)
def test_a_program_that_is_too_big_is_told_by_how_much(
    compiled: Callable[..., Build], tables: str, bytes_too_many: str
) -> None:
    """In one sentence; of the RAM, 16 KB are the stack's."""
    sentence = rf"trial does not fit {FQBN}: {bytes_too_many}; take a level whose model is smaller, or a board.*"
    with pytest.raises(ToolchainError, match=rf"\A{sentence}\Z"):
        compiled(f"{tables}\nvoid setup() {{}} void loop() {{ Serial.write(table[millis()]); }}")


@pytest.mark.parametrize(
    ("table", "bytes_too_many"),
    [
        (
            '__attribute__((section(".text.big"))) const char table[1 << 20] = {1};',
            r"6\d,\d{3} bytes too many .* flash",
        ),
        ("char table[300 * 1024];", r"4\d,\d{3} bytes too many for its RAM"),
    ],
)
def test_a_program_that_links_but_is_too_big_for_another_board_is_told_by_how_much(
    mbed_set_up: Path, compiled: Callable[..., Build], table: str, bytes_too_many: str
) -> None:
    """There the sizes that arduino-cli counts decide."""
    assert mbed_set_up.is_dir()
    program = f"{table}\nvoid setup() {{}} void loop() {{ Serial.write(table[micros()]); }}"
    with pytest.raises(ToolchainError, match=rf"\Atrial does not fit {MBED}: {bytes_too_many}; take"):
        compiled(program, fqbn=MBED)


def test_a_folder_without_a_sketch_is_refused(arduino: ArduinoCli, tmp_path: Path) -> None:
    """The message names the file that would make it one."""
    with pytest.raises(MisuseError, match=re.escape(f"has no {tmp_path.name}.ino")):
        arduino.build(tmp_path, FQBN, {}, tmp_path / "out")


def test_a_missing_compiler_is_named_with_the_command_that_gets_it(
    arduino: ArduinoCli, sketch: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without arm-none-eabi-gcc on the PATH, apt-get is named."""
    monkeypatch.setattr(toolchain, "search_path", lambda: str(tmp_path))
    with pytest.raises(ToolchainError, match=r"arm-none-eabi-gcc is not on the PATH.*apt-get install"):
        arduino.build(sketch(GREETER), FQBN, {}, tmp_path / "out")


def test_a_missing_c_library_is_named(programs: Callable[..., Path]) -> None:
    """A compiler that finds no nano.specs lacks newlib."""
    programs(arm_none_eabi_gcc="echo nano.specs")
    with pytest.raises(ToolchainError, match="libnewlib-arm-none-eabi"):
        toolchain.require_arm_compiler()


def test_a_compiler_that_is_too_old_is_refused_before_it_is_asked_to_compile(
    programs: Callable[..., Path], arduino: ArduinoCli, sketch: Callable[[str], Path], tmp_path: Path
) -> None:
    """Its linker would stop at an option that it does not know."""
    folder = programs(arm_none_eabi_gxx="echo 10.3.1")
    sentence = rf"{folder}/arm-none-eabi-g\+\+ is version 10\.3\.1, but tinyhil needs 12\.2 or newer; put a newer"
    with pytest.raises(ToolchainError, match=sentence):
        arduino.build(sketch(GREETER), FQBN, greeting("hello"), tmp_path / "out")


@pytest.mark.parametrize("version", ["0.35.3", "0.9.0"])
def test_an_arduino_cli_that_is_too_old_is_refused_before_anything_is_asked_of_it(
    programs: Callable[..., Path], arduino_home: Path, version: str
) -> None:
    """0.35.3 would only say that it does not know --json."""
    assert arduino_home.is_dir()
    folder = programs(arduino_cli=f"""[ "$1" = version ] && echo '{{"VersionString": "{version}"}}' || exit 1""")
    with pytest.raises(ToolchainError, match=f"{folder}/arduino-cli is version {version}, but tinyhil needs 1.0 or"):
        ArduinoCli()


@pytest.mark.parametrize("version", ["1.0.0", "1.0.4", "1.4.1", "1.10.0-rc.1", "2.0.0", "0.0.0-git", "git-snapshot"])
def test_an_arduino_cli_that_is_new_enough_or_tells_no_version_is_used(
    programs: Callable[..., Path], version: str
) -> None:
    """What Go builds from the module tells 0.0.0-git, whatever its age."""
    programs(arduino_cli=f"""echo '{{"VersionString": "{version}"}}'""")
    assert toolchain.arduino_cli().version == version


def test_a_program_that_only_is_called_arduino_cli_is_told(programs: Callable[..., Path]) -> None:
    """It does not tell its version as arduino-cli does."""
    programs(arduino_cli="echo hello")
    with pytest.raises(ToolchainError, match="does not tell its version, so it is no arduino-cli"):
        toolchain.arduino_cli()


def test_a_missing_arduino_cli_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arduino: ArduinoCli) -> None:
    """Without arduino-cli the message says how to build it."""
    assert arduino is not None
    monkeypatch.setattr(toolchain, "search_path", lambda: str(tmp_path))
    with pytest.raises(ToolchainError, match=r"arduino-cli is not on the PATH.*go build"):
        ArduinoCli()


def test_the_users_own_arduino_set_up_is_left_alone(tmp_path: Path, sketch: Callable[[str], Path]) -> None:
    """A build for a simulated board reads and writes nothing in the home directory."""
    user = tmp_path / "user"
    (user / ".arduino15").mkdir(parents=True)
    (user / ".arduino15" / "arduino-cli.yaml").write_text("directories: {user: /nowhere, data: /nowhere}\n")
    program = (
        "import sys; from pathlib import Path; from harness.boards.arduino_cli import ArduinoCli\n"
        "ArduinoCli().build(Path(sys.argv[1]), sys.argv[2], {}, Path(sys.argv[3]))"
    )
    environment = os.environ | {
        "HOME": str(user),
        "TINYHIL_HOME": str(tmp_path / "home"),
        "ARDUINO_DIRECTORIES_USER": "/nowhere",
    }
    subprocess.run(
        [sys.executable, "-c", program, sketch("void setup() {} void loop() {}"), FQBN, tmp_path / "out"],
        env=environment,
        check=True,
        timeout=60,
    )
    assert [path.name for path in user.rglob("*")] == [".arduino15", "arduino-cli.yaml"]


def test_two_processes_that_build_at_once_both_get_their_own(sketch: Callable[[str], Path], tmp_path: Path) -> None:
    """In a home that starts empty, four builds of one sketch with different headers end with their own text each."""
    program = (
        "import sys; from pathlib import Path; from harness.boards.arduino_cli import ArduinoCli\n"
        "headers = {'greeting.h': f'#define GREETING \"{sys.argv[4]}\"\\n'}\n"
        "ArduinoCli().build(Path(sys.argv[1]), sys.argv[2], headers, Path(sys.argv[3]))"
    )
    source = sketch(GREETER)
    environment = os.environ | {"TINYHIL_HOME": str(tmp_path / "home")}
    texts = [f"greeting-{number}" for number in range(4)]
    processes = [
        subprocess.Popen([sys.executable, "-c", program, source, FQBN, tmp_path / text, text], env=environment)
        for text in texts
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    for text in texts:
        assert text.encode() in (tmp_path / text / "trial.ino.bin").read_bytes()


def test_a_build_waits_for_another_only_so_long(tmp_path: Path) -> None:
    """A lock that is not let go ends in a sentence, not in a hang."""
    with (
        file_lock(tmp_path / "lock", Deadline(1), "build"),
        pytest.raises(ToolchainError, match="another build"),
        file_lock(tmp_path / "lock", Deadline(0.1), "build"),
    ):
        pass


def test_a_late_command_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Neither the command nor its child is left after the deadline."""
    note = tmp_path / "pid"
    with pytest.raises(ToolchainError, match="was not done within"):
        arduino_commands.run(["sh", "-c", f"sleep 60 & echo $! > {note}; wait"], 0.5)
    child = Path(f"/proc/{note.read_text().strip()}/stat")
    deadline = Deadline(5)
    while child.exists() and child.read_text().split()[2] != "Z" and not deadline.passed:
        deadline.pause(0.01)
    assert not deadline.passed


def test_another_board_is_built_with_the_users_own_cores(
    mbed_set_up: Path, arduino: ArduinoCli, sketch: Callable[[str], Path], tmp_path: Path
) -> None:
    """An FQBN that is not ours finds its platform where the user has installed it."""
    assert mbed_set_up.is_dir()
    build = arduino.build(
        sketch("void setup() { Serial.begin(9600); } void loop() { Serial.write(Serial.read()); }"),
        MBED,
        {},
        tmp_path / "out",
    )
    assert build.core == "arduino:mbed_nano 0.0.1"
    assert build.flash_bytes > 0


def test_a_core_that_is_not_installed_is_named_with_the_command_that_gets_it(
    mbed_set_up: Path,
    arduino: ArduinoCli,
    sketch: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message has arduino-cli's own command for it, also where the user's arduino-cli speaks Italian."""
    monkeypatch.setenv("LC_ALL", "it_IT.UTF-8")
    shutil.rmtree(mbed_set_up / "packages" / "arduino")
    with pytest.raises(ToolchainError, match="arduino-cli core install arduino:mbed_nano"):
        arduino.build(sketch(GREETER), MBED, greeting("hello"), tmp_path / "out")


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    """A damaged ELF ends in a sentence with its name."""
    damaged = tmp_path / "damaged.elf"
    damaged.write_bytes(b"\x7fELF")
    with pytest.raises(ToolchainError, match=r"damaged\.elf can't be read"):
        memory_bytes(damaged)


def test_an_upload_that_fails_is_told_with_the_tools_words(
    arduino: ArduinoCli, compiled: Callable[..., Build], tmp_path: Path
) -> None:
    """A port without a board behind it is named, with what to do."""
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(ToolchainError, match=rf"arduino-cli upload failed.*\n.*{nowhere}.*tinyhil sim start"):
        arduino.upload(compiled("void setup() {} void loop() {}"), nowhere)
