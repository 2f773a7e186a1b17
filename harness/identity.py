"""Whether a board that answers is the one that was meant: its build, level, labels and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import firmware
from harness.errors import BoardError

if TYPE_CHECKING:
    from harness.device import Hello


@dataclass(frozen=True)
class Identity:
    """What a board must say in its hello."""

    build_id: int
    level: str
    labels: tuple[str, ...]
    model_hash: int
    built_by_hand: bool = False
    """Whether a sketch that was built and uploaded outside tinyhil will do."""
    loaded: bool = False
    """Whether the model was loaded into the board's RAM, and is not to be in its flash."""

    def check(self, hello: Hello, board: str) -> None:
        """Raise BoardError, which tells what was expected and what `board` said, where the firmware is another one."""
        by_hand = self.built_by_hand and firmware.is_unidentified(hello.build_id)
        if hello.takes_models and not self.loaded:
            raise BoardError(
                f"{board} has the quick firmware, which has no level of its own; run with --quick, or upload the level"
            )
        if hello.level != self.level:
            raise BoardError(f"{board} runs level {hello.level}, expected was {self.level}; upload that level first")
        if hello.build_id != self.build_id and not by_hand:
            raise BoardError(
                f"{board} runs build 0x{hello.build_id:08x}, expected was 0x{self.build_id:08x} of these sources; "
                "upload it again (leave --no-upload out)"
            )
        if tuple(hello.labels) != self.labels:
            raise BoardError(
                f"{board} has the labels {', '.join(hello.labels)}, expected were {', '.join(self.labels)}; "
                "export the level again"
            )

    def model_difference(self, hello: Hello) -> str | None:
        """Say that the model in the board's memory is not the level's, or None where it is.

        The board takes the hash over its memory when it is greeted, so a damaged model shows even in the right build.
        """
        if hello.model_hash == self.model_hash:
            return None
        return f"the model in the board's memory has hash 0x{hello.model_hash:08x}, not 0x{self.model_hash:08x}"
