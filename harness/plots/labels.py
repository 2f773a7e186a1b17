"""Where names stand beside what they name, without covering each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.transforms import Bbox

from harness.plots.style import dark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

_POINTS_PER_INCH = 72
# All in typographic points.
_NEAREST, _FARTHEST, _STEP = 5.0, 300.0, 4.0
_LEADER = 10.0
"""A name that stands farther from its point is tied to it by a line."""
_ROOM = 2.5
"""Around a point or line, which are no thinner than that."""
_COVERED_PLACE = 10.0
"""What covering a place of a line counts, as an area of another name."""
_SAMPLE_PX = 3.0
_TIE_PLACES = 20
"""Places on a line to a name that later names keep away from."""
_ANGLES = tuple(
    math.radians(each) for each in (0, 180, 20, -20, 160, 200, 45, -45, 135, 225, 70, -70, 110, 250, 90, -90)
)
"""Directions from a point in which its name is tried."""


@dataclass(frozen=True)
class Name:
    """A name for a point in data coordinates."""

    x: float
    y: float
    text: str
    color: str
    bold: bool = False


def at_line_ends(axes: Axes, names: Sequence[Name], size: float = 8.5) -> None:
    """Write names to the right of the axes, each at the height of its line's end or as near as there is room."""
    pixels = [float(axes.transData.transform((name.x, name.y))[1]) for name in names]
    height = size * axes.figure.dpi / 72 * 1.25
    right = axes.get_window_extent().x1
    to_axes = axes.transAxes.inverted()
    for name, y in zip(names, spread(pixels, height), strict=True):
        place = to_axes.transform((right, y))
        axes.text(
            place[0] + 0.015,
            place[1],
            name.text,
            color=dark(name.color),
            fontsize=size,
            va="center",
            transform=axes.transAxes,
            fontweight="bold" if name.bold else "normal",
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move heights apart until each lies `gap` from the next, in their order, as little as can be."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    groups: list[tuple[float, list[int]]] = []
    for place in order:
        groups.append((heights[place], [place]))
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], gap):
            _, upper = groups.pop()
            _, lower = groups.pop()
            members = lower + upper
            groups.append((sum(heights[each] for each in members) / len(members), members))
    moved = list(heights)
    for centre, members in groups:
        for number, place in enumerate(members):
            moved[place] = centre + gap * (number - (len(members) - 1) / 2)
    return moved


def beside_points(axes: Axes, names: Sequence[Name], size: float = 6.5) -> list[Text]:
    """Write each name near its point where it covers no other name, no point and no line of the axes.

    Those first in the list are nearest to their points. A name for which there is no such place stands where it covers
    least. The limits of the axes are kept from then on.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure")
    axes.autoscale(enable=False)
    to_points = figure.dpi / _POINTS_PER_INCH
    area = Bbox(axes.get_window_extent().get_points() / to_points)
    drawn = _drawn(axes) / to_points
    to_data = axes.transData.inverted()
    taken: list[Bbox] = []
    written = []
    for name in names:
        point = axes.transData.transform((name.x, name.y)) / to_points
        text = axes.text(name.x, name.y, name.text, color=dark(name.color), fontsize=size, va="bottom")
        text.set_fontweight("bold" if name.bold else "normal")
        extent = text.get_window_extent()
        box = _place(point, (extent.width / to_points, extent.height / to_points), drawn, taken, area)
        taken.append(box)
        x, y = to_data.transform(np.array([box.x0, box.y0]) * to_points)
        text.set_position((x, y))
        written.append(text)
        if (tie := _tie(point, box)) is not None:
            drawn = np.concatenate([drawn, tie[0] + np.linspace(0, 1, _TIE_PLACES)[:, np.newaxis] * (tie[1] - tie[0])])
            start, end = to_data.transform(tie * to_points)
            axes.plot([start[0], end[0]], [start[1], end[1]], color=name.color, linewidth=0.4, alpha=0.7, zorder=1)
    return written


def _drawn(axes: Axes) -> np.ndarray:
    """Return places, in pixels, that the lines and points of the axes cover: (n, 2)."""
    places = [np.empty((0, 2))]
    for line in axes.lines:
        corners = axes.transData.transform(line.get_xydata())
        places.append(corners)
        if line.get_linestyle() != "None":
            for start, end in pairwise(corners):
                steps = np.linspace(0, 1, 2 + int(math.dist(start, end) / _SAMPLE_PX))
                places.append(start + steps[:, np.newaxis] * (end - start))
    return np.concatenate(places)


def _overlap(lower: tuple[float, list[int]], upper: tuple[float, list[int]], gap: float) -> bool:
    """Whether two groups of heights, each spread about its centre, come nearer than `gap`."""
    return upper[0] - lower[0] < gap * (len(lower[1]) + len(upper[1])) / 2


def _place(point: np.ndarray, size: tuple[float, float], drawn: np.ndarray, taken: Sequence[Bbox], area: Bbox) -> Bbox:
    """Find the nearest free place for a name of this size around its point."""
    best, least = None, math.inf
    for box in _places(point, size, area):
        covered = sum(_common(box, other) for other in taken)
        covered += _COVERED_PLACE * _inside(box, drawn)
        if not covered:
            return box
        if covered < least:
            best, least = box, covered
    if best is None:
        return Bbox.from_bounds(point[0], point[1], *size)
    return best


def _places(point: np.ndarray, size: tuple[float, float], area: Bbox) -> Iterator[Bbox]:
    """Go around a point in growing circles within the axes; right and left of it come first."""
    wide, high = size
    for distance in np.arange(_NEAREST, _FARTHEST, _STEP):
        for angle in _ANGLES:
            x = point[0] + distance * math.cos(angle)
            y = point[1] + distance * math.sin(angle)
            box = Bbox.from_bounds(x - (wide if math.cos(angle) < 0 else 0), y - high / 2, wide, high)
            if box.x0 >= area.x0 and box.x1 <= area.x1 and box.y0 >= area.y0 and box.y1 <= area.y1:
                yield box


def _common(one: Bbox, other: Bbox) -> float:
    """Area that two boxes have in common."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(max(0.0, wide) * max(0.0, high))


def _inside(box: Bbox, drawn: np.ndarray) -> int:
    """Count the places, with a little room around each, that a box covers."""
    x, y = drawn[:, 0], drawn[:, 1]
    across = (x > box.x0 - _ROOM) & (x < box.x1 + _ROOM)
    return int((across & (y > box.y0 - _ROOM) & (y < box.y1 + _ROOM)).sum())


def _tie(point: np.ndarray, box: Bbox) -> np.ndarray | None:
    """Return the ends of a line from a point to a name that stands far from it, None where it is near."""
    near = np.array([min(max(point[0], box.x0), box.x1), min(max(point[1], box.y0), box.y1)])
    return np.array([point, near]) if math.dist(point, near) > _LEADER else None
