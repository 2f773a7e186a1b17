"""What accuracy is paid with: time, memory, weights, operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.table import Row, Table


@dataclass(frozen=True)
class Cost:
    """A figure of a level that is the better the lower it is."""

    name: str
    """As it stands in file names."""
    noun: str
    """As it stands in a sentence."""
    axis: str
    """What is written at an axis, with the unit."""
    least: str
    """The adjective of the level that has the least of it."""
    of: Callable[[Row], float | None]
    text: Callable[[float], str]
    """Write a figure with its unit."""
    missing: str | None = None
    """Why a campaign has it for no level, where there is one reason."""
    is_noisy: bool = False
    """Whether it is not the same in two runs."""

    @property
    def noise(self) -> float:
        """Return the share, 0..1, below which there is no saving."""
        return 0.1 if self.is_noisy else 0.01


BOARD_TIME = Cost(
    "board-time",
    "time on the board",
    "time of the network on the board for one clip (stage nn, median), ms",
    "fastest",
    lambda row: row.board_ms,
    lambda ms: f"{ms:.2f} ms",
    missing="the board counts no cycles",
)
FLASH = Cost(
    "flash",
    "flash",
    "flash of the firmware with its model, bytes",
    "smallest",
    lambda row: row.flash_bytes,
    lambda count: f"{count:,.0f} bytes of flash",
    missing="no firmware was built in this campaign",
)
PARAMETERS = Cost(
    "parameters",
    "parameters",
    "weights that are not zero, and biases",
    "smallest",
    lambda row: row.parameters,
    lambda count: f"{count:,.0f} parameters",
)
FLOPS = Cost(
    "flops",
    "FLOPs",
    "FLOPs of one clip (2 for each multiply-accumulate whose weight is not zero)",
    "lightest",
    lambda row: row.flops,
    lambda count: f"{count:,.0f} FLOPs",
)
HOST_PYTORCH = Cost(
    "host-time",
    "CPU time of PyTorch on the host",
    "CPU time of PyTorch on the host for one clip (one thread, median), ms",
    "fastest",
    lambda row: row.host_ms.get("pytorch"),
    lambda ms: f"{ms:.3f} ms",
    is_noisy=True,
)
HOST_GOLDEN = Cost(
    "host-time",
    "CPU time of numpy on the host",
    "CPU time of the golden model (numpy) on the host for one clip (median), ms",
    "fastest",
    lambda row: row.host_ms.get("golden"),
    lambda ms: f"{ms:.3f} ms",
    is_noisy=True,
)
GPU_TIME = Cost(
    "gpu-time",
    "time on the GPU",
    "time of PyTorch on the GPU for one clip (wall time with copies, median), ms",
    "fastest",
    lambda row: row.host_ms.get("cuda"),
    lambda ms: f"{ms:.3f} ms",
    missing="PyTorch saw no CUDA device when the levels were run",
    is_noisy=True,
)


def why_missing(table: Table, cost: Cost) -> str | None:
    """Say why no level has the figure, None where one has it or no reason is known."""
    return cost.missing if all(cost.of(row) is None for row in table.rows) else None


def host_time(table: Table) -> Cost:
    """Choose the host model whose time is told: PyTorch, where it is there, which others will have too."""
    return HOST_PYTORCH if any("pytorch" in row.host_ms for row in table.rows) else HOST_GOLDEN
