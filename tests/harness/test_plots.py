"""Plots: what lies in a figure, what is left out, and the files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness import cli
from harness.analysis.table import Table
from harness.plots import bit_width, files, labels, pruning, ranking, style, trade_off, voices
from harness.plots.catalogue import PLOTS
from harness.plots.drawing import Drawing, LeftOut
from harness.report import results
from tests.harness.planted_levels import row, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import SimpleNamespace

    from matplotlib.axes import Axes

    from tests.harness.conftest import Execute, GoldenBoard

REAL_LEVELS = ("fp32", "int8-tflite", "w8a8-asym-ptq", "w2a2-asym-ptq", "w8a8-sym-ptq", "w8a8-sym-ptq-ch4")


@pytest.fixture
def tinyhil(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process; returns its exit code and what it printed."""

    def command(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return command


@pytest.fixture
def real(execute: Execute, board: GoldenBoard, tmp_path: Path) -> Path:
    """Run a campaign whose boards take as many cycles as their level has filters and bits; returns its results file."""
    board.spoil = lambda answer: replace(answer, nn_cycles=64_000 * board.model.filters)
    done: SimpleNamespace = execute(levels=",".join(REAL_LEVELS), out=tmp_path / "campaign")
    assert done.code == 0, done.err
    return tmp_path / "campaign" / results.FILE


def drawn(drawing: Drawing | LeftOut) -> Axes:
    """Return the axes of a plot that was not left out."""
    assert isinstance(drawing, Drawing), drawing
    return drawing.figure.axes[0]


def curve(axes: Axes, place: int) -> list[tuple[float, float]]:
    """Return the corners of a line."""
    return [(float(x), float(y)) for x, y in axes.lines[place].get_xydata()]


def test_a_table_has_the_document_s_figures(real: Path) -> None:
    """Cycles, bytes, counts, and whether each label was right."""
    document = results.read(real)
    read = Table.of(document)
    assert [each.id for each in read.rows] == list(REAL_LEVELS)
    for level, each in zip(document["levels"], read.rows, strict=True):
        assert each.accuracy == each.accuracies["board"] == level["accuracy"]["device"]
    pruned = read.rows[-1]
    assert (pruned.board_ms, pruned.flash_bytes, pruned.parameters < 8_328) == (4.0, 60_000, True)
    assert (read.clips, read.host is not None, read.board[:21]) == (4, True, "nano33ble (simulated)")
    assert read.reference is read.rows[0]
    assert read.int8 is read.rows[1]


def test_levels_that_were_cut_off_are_not_compared(execute: Execute, board: GoldenBoard, tmp_path: Path) -> None:
    """They have fewer clips than the others."""

    def ending() -> None:
        raise KeyboardInterrupt

    board.answers_left, board.ending = 6, ending
    execute(levels="fp32,int8-tflite", out=tmp_path)
    read = Table.of(results.read(tmp_path / results.FILE))
    assert ([each.id for each in read.rows], read.incomplete) == (["fp32"], ("int8-tflite",))


def test_bit_width_is_drawn_as_measured(real: Path) -> None:
    """The curve of PTQ goes from 2 to 8 bits."""
    read = Table.of(results.read(real))
    narrow, wide = read.find("w2a2-asym-ptq"), read.find("w8a8-asym-ptq")
    assert narrow is not None
    assert wide is not None
    shown = [(2, style.shown_share(narrow.accuracy)), (8, style.shown_share(wide.accuracy))]
    assert curve(drawn(bit_width.draw(read)), 0) == shown
    assert narrow.accuracy < wide.accuracy


def test_each_scheme_and_method_has_its_curve_and_name() -> None:
    """Four, and that of symmetric weights."""
    kinds = ("asym-ptq", "sym-ptq", "asym-qat", "sym-qat", "symw-qat")
    levels = [row(f"w{bits}a{bits}-{kind}", 10 * bits) for kind in kinds for bits in (2, 8)]
    axes = drawn(bit_width.draw(table(*levels)))
    assert len(axes.lines) == 5
    assert {text.get_text() for text in axes.texts} == {"PTQ asym", "PTQ sym", "QAT asym", "QAT sym", "QAT symw"}


def test_the_title_of_a_plot_is_its_finding() -> None:
    """Line breaks apart."""
    compared = table(*(row(f"w{bits}a{bits}-asym-{method}", 50) for bits in (2, 8) for method in ("ptq", "qat")))
    drawing = bit_width.draw(compared)
    assert isinstance(drawing, Drawing)
    written = " ".join(text.get_text() for text in drawing.figure.texts)
    assert written.startswith(drawing.finding)
    assert "800 clips of clips" in written


def test_every_level_of_the_pareto_plot_is_named_and_no_name_covers_another() -> None:
    """Sixty levels, a dozen of which lie on the same spot."""
    widths = [(bits, scheme, method) for bits in range(2, 9) for scheme in ("asym", "sym") for method in ("ptq", "qat")]
    levels = [row(f"w{bits}a{bits}-{scheme}-{method}", 50 + bits, board_ms=13.5) for bits, scheme, method in widths]
    levels += [row(f"w8a8-sym-ptq-ch{count}", 60 * count, board_ms=8.7 - count) for count in range(1, 8)]
    levels += [
        row(f"w8a8-sym-ptq-un{12.5 * part:g}{end}", 50, board_ms=8.7) for part in range(1, 8) for end in ("", "-ft")
    ]
    levels += [row("fp32", 49, board_ms=17.2), row("int8-tflite", 50, board_ms=8.69)]
    axes = drawn(trade_off.board_time(table(*levels)))
    assert {text.get_text() for text in axes.texts} == {level.id for level in levels}
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not [one for one, other in combinations(boxes, 2) if labels._common(one, other) > 1]
    area = axes.get_window_extent()
    assert all(box.x0 >= area.x0 - 1 and box.x1 <= area.x1 + 1 for box in boxes)


def test_the_pareto_front_is_a_staircase_through_its_levels() -> None:
    """Their names are bold, and only theirs."""
    axes = drawn(
        trade_off.flash(
            table(
                row("fp32", 40, flash_bytes=84_000),
                row("int8-tflite", 80, flash_bytes=35_000),
                row("w8a8-asym-ptq", 96, flash_bytes=35_500),
                row("w2a2-asym-qat", 160, flash_bytes=22_000),
            )
        )
    )
    assert curve(axes, 0) == [(22_000, 0.8), (35_000, 0.8), (35_000, 0.9), (84_000, 0.9), (84_000, 0.95)]
    bold = {text.get_text() for text in axes.texts if text.get_fontweight() == "bold"}
    assert bold == {"fp32", "int8-tflite", "w2a2-asym-qat"}


def test_pruning_is_drawn_from_the_whole_network_on() -> None:
    """For each kind, without and with fine-tuning, by what the level costs."""
    compared = table(
        row("w8a8-sym-ptq", 40, parameters=16_000),
        row("w8a8-sym-ptq-ch4", 400, parameters=8_000),
        row("w8a8-sym-ptq-ch2", 80, parameters=12_000),
        row("w8a8-sym-ptq-ch4-ft", 80, parameters=8_000),
        row("w8a8-sym-ptq-un50", 40, parameters=15_000),
    )
    axes = drawn(pruning.parameters(compared))
    assert [curve(axes, place) for place in range(3)] == [
        [(16_000, 0.95), (12_000, 0.9), (8_000, 0.5)],
        [(16_000, 0.95), (8_000, 0.9)],
        [(16_000, 0.95), (15_000, 0.95)],
    ]


def test_host_time_is_pytorch_s_where_it_is_there() -> None:
    """Else the golden model's, which every host has."""
    levels = (row("w8a8-sym-ptq", 40), row("w8a8-sym-ptq-ch4", 80, host_ms={"golden": 0.1}))
    assert curve(drawn(pruning.host_time(table(*levels))), 0) == [(0.2, 0.95), (0.1, 0.9)]
    asked = (replace(levels[0], host_ms={"golden": 1.0, "pytorch": 0.3}), replace(levels[1], host_ms={"pytorch": 0.25}))
    axes = drawn(pruning.host_time(table(*asked)))
    assert curve(axes, 0) == [(0.3, 0.95), (0.25, 0.9)]
    assert "PyTorch" in axes.get_xlabel()


def test_gpu_time_is_drawn_where_there_is_a_gpu() -> None:
    """And left out with a word where there is none."""
    whole, pruned = row("w8a8-sym-ptq", 40, host_ms={"cuda": 0.05}), row("w8a8-sym-ptq-ch4", 80, host_ms={"cuda": 0.04})
    assert curve(drawn(pruning.gpu_time(table(whole, pruned))), 0) == [(0.05, 0.95), (0.04, 0.9)]
    assert pruning.gpu_time(table(row("w8a8-sym-ptq", 40))) == LeftOut(
        "PyTorch saw no CUDA device when the levels were run"
    )


def test_pruned_levels_without_the_figure_are_left_out() -> None:
    """A float level was timed on the GPU, the pruned ones were not."""
    compared = table(row("fp32", 40, host_ms={"cuda": 0.1}), row("w8a8-sym-ptq-ch4", 80))
    assert pruning.gpu_time(compared) == LeftOut("the time on the GPU of the pruned levels is not known")


def test_rankings_have_a_curve_each() -> None:
    """Beside each other, so that equal ones are seen."""
    levels = [row(f"w8a8-sym-ptq-ch{count}{by}", 80 * count) for count in (1, 2) for by in ("", "-l2", "-linf")]
    axes = drawn(ranking.draw(table(*levels)))
    assert [text.get_text() for text in axes.texts] == ["L1", "L2", "L-infinity"]
    assert [[round(x) for x, _ in curve(axes, place)] for place in range(3)] == [[1, 2]] * 3


def test_voices_stand_side_by_side() -> None:
    """The most accurate level at the top; TensorFlow Lite has a mark where it exists."""
    axes = drawn(
        voices.draw(
            table(
                row("w4a4-asym-qat", 80, accuracies={"board": 0.9, "pytorch": 0.91}, pytorch_agree=790),
                row("int8-tflite", 40, accuracies={"board": 0.95, "tflite": 0.95}, tflite_agree=800),
            )
        )
    )
    assert [label.get_text() for label in axes.get_yticklabels()] == ["int8-tflite", "w4a4-asym-qat"]
    assert [curve(axes, place) for place in range(3)] == [[(0.95, 0), (0.9, 1)], [(0.91, 1)], [(0.95, 0)]]


def test_what_can_t_be_drawn_is_left_out_with_a_reason() -> None:
    """All that a campaign of one float level on a mock board lacks."""
    lone = table(row("fp32", 40, board_ms=None, flash_bytes=None))
    reasons = {plot.name: plot.draw(lone) for plot in PLOTS}
    assert isinstance(reasons.pop("voices"), Drawing)
    assert {name: left.reason.split(",")[0] for name, left in reasons.items() if isinstance(left, LeftOut)} == {
        "bit-width": "no scheme and method has levels of two widths",
        "pareto": "the board counts no cycles",
        "flash": "no firmware was built in this campaign",
        "pruning-parameters": "no level is pruned",
        "pruning-flops": "no level is pruned",
        "pruning-host-time": "no level is pruned",
        "pruning-gpu-time": "PyTorch saw no CUDA device when the levels were run",
        "pruning-board-time": "the board counts no cycles",
        "ranking": "no filters are removed by another ranking than L1",
    }


@pytest.mark.parametrize("wrong", [0, 800])
@pytest.mark.parametrize("draw", [bit_width.draw, trade_off.board_time, pruning.flops, ranking.draw])
def test_accuracies_of_none_and_all_can_be_drawn(draw: Callable[[Table], Drawing | LeftOut], wrong: int) -> None:
    """A logit axis has neither."""
    ids = ("w8a8-sym-ptq", "w2a2-sym-ptq", "w8a8-sym-ptq-ch1", "w8a8-sym-ptq-ch1-l2", "w8a8-sym-ptq-ch1-linf")
    axes = drawn(draw(table(*(row(level, wrong) for level in ids))))
    low, high = axes.get_ylim()
    assert all(low < share < high for place in range(len(axes.lines)) for _, share in curve(axes, place))


def test_names_are_moved_apart_as_little_as_can_be() -> None:
    """Three that crowd share their middle; one that stands alone stays."""
    assert labels.spread([10, 11, 12, 50], 4) == [7, 11, 15, 50]
    assert labels.spread([], 4) == []


def test_the_command_writes_png_and_svg_and_tells_of_each(
    tinyhil: Callable[..., tuple[int, str, str]], real: Path
) -> None:
    """Beside the results; SVGs are XML, and what is left out has no file."""
    code, out, err = tinyhil("plots", real)
    assert (code, err) == (0, "")
    folder = real.parent / "plots"
    told = dict(line.split(":", 1) for line in out.splitlines())
    written = {name.removesuffix(".png, .svg") for name in told if name.endswith(".svg")}
    assert written == {"bit-width", "pareto", "flash", "pruning-parameters", "pruning-flops", "pruning-host-time"} | {
        "pruning-board-time",
        "voices",
    }
    assert "left out" in told["ranking"]
    assert {path.name for path in folder.iterdir()} == {f"{name}.{kind}" for name in written for kind in ("png", "svg")}
    for name in written:
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        root = ET.parse(folder / f"{name}.svg").getroot()  # noqa: S314 - our own file
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_the_same_results_give_the_same_bytes(real: Path, tmp_path: Path) -> None:
    """No date, no chance."""
    read = Table.of(results.read(real))
    for name in ("one", "other"):
        assert list(files.write(read, tmp_path / name))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


def test_a_plot_that_is_left_out_now_does_not_stay_from_before(tmp_path: Path) -> None:
    """A folder tells of one campaign."""
    (tmp_path / "ranking.png").write_bytes(b"old")
    assert any(line.startswith("ranking: left out") for line in files.write(table(row("fp32", 40)), tmp_path))
    assert not (tmp_path / "ranking.png").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "can't be read: No such file"), ("{", "is not JSON"), ('{"schema_version": 2}', "schema version 2")],
)
def test_a_damaged_file_is_one_sentence(
    tinyhil: Callable[..., tuple[int, str, str]], tmp_path: Path, text: str | None, words: str
) -> None:
    """With the exit code of data that can't be used, and nothing drawn."""
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text)
    code, out, err = tinyhil("plots", path)
    assert (code, out) == (4, "")
    assert words in err
    assert not (tmp_path / "plots").exists()


def test_a_run_draws_where_it_is_asked_to(execute: Execute, tmp_path: Path) -> None:
    """Into the folder of its results, with the findings on standard error."""
    done = execute(levels="int8-tflite,w8a8-sym-ptq", out=tmp_path, plots=True)
    assert done.code == 0
    assert (tmp_path / "plots" / "voices.svg").exists()
    assert "pruning-parameters: left out, no level is pruned" in done.err


def test_a_run_without_a_folder_has_nowhere_to_draw(tinyhil: Callable[..., tuple[int, str, str]]) -> None:
    """Told before anything is built."""
    code, _, err = tinyhil("run", "--plots")
    assert (code, "name it with --out" in err) == (2, True)


def test_only_plots_load_matplotlib() -> None:
    """A run is quick to start."""
    program = "import sys, harness.execution, harness.plots.plots_command; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
