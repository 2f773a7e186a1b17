"""Plots as files: PNG and SVG, the same bytes for the same table and version of matplotlib."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib as mpl

from harness.plots.catalogue import PLOTS
from harness.plots.drawing import LeftOut
from harness.plots.style import RC
from harness.report import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

    from harness.analysis.table import Table


def write(table: Table, folder: Path) -> Iterator[str]:
    """Draw each plot into `folder`; yields a line for each, also for those that are left out.

    Files of an earlier call for plots that are left out now are removed, so that a folder tells of one campaign.
    Raises DataError where a file can't be written.
    """
    files.prepare(folder)
    for plot in PLOTS:
        places = [folder / f"{plot.name}.{kind}" for kind in ("png", "svg")]
        with mpl.rc_context(RC):
            drawing = plot.draw(table)
            if isinstance(drawing, LeftOut):
                for place in places:
                    files.remove(place)
                yield f"{plot.name}: left out, {drawing.reason}"
                continue
            png, svg = places
            files.write(png, _png(drawing.figure))
            files.write(svg, _svg(drawing.figure, drawing.finding))
        yield f"{plot.name}.png, .svg: {drawing.finding}"


def _png(figure: Figure) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format="png")
    return data.getvalue()


def _svg(figure: Figure, title: str) -> bytes:
    """Write an SVG without the time at which it was made."""
    data = io.BytesIO()
    figure.savefig(data, format="svg", metadata={"Date": None, "Title": title})
    return data.getvalue()
