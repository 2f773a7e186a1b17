"""What is said of levels beside each other: each finding on planted figures, and with what is missing."""

from __future__ import annotations

import pytest

from harness.analysis import bit_width, costs, gains, pruning, ranking, trade_off, voices
from tests.harness.planted_levels import row, table


def test_ptq_that_is_wrong_on_the_same_clips_equals_qat() -> None:
    """At each width that both have; a width that only one has is not compared."""
    levels = [row(f"w{bits}a{bits}-asym-{method}", 50) for bits in (8, 4, 2) for method in ("ptq", "qat")]
    found = bit_width.finding(table(*levels, row("w3a3-asym-ptq", 700)))
    assert found == "PTQ equals QAT from 8 to 2 bits (asym), as far as 800 clips can tell"


def test_where_ptq_falls_behind_is_told_for_each_scheme() -> None:
    """With the greatest lead of QAT."""
    wrong = {("asym", 8): 50, ("asym", 4): 52, ("asym", 2): 400, ("sym", 8): 50, ("sym", 4): 90, ("sym", 2): 300}
    levels = [row(f"w{bits}a{bits}-{scheme}-ptq", count) for (scheme, bits), count in wrong.items()]
    levels += [row(f"w{bits}a{bits}-{scheme}-qat", 50) for scheme, bits in wrong]
    assert bit_width.finding(table(*levels)) == (
        "PTQ equals QAT down to 4 bits (asym), down to 8 bits (sym), as far as 800 clips can tell; "
        "QAT leads by up to 43.8 points (2 bits, asym)"
    )


def test_a_lead_of_ptq_is_told_as_well() -> None:
    """Nothing takes for granted that training is better."""
    found = bit_width.finding(table(row("w8a8-sym-ptq", 50), row("w8a8-sym-qat", 200)))
    assert found is not None
    assert found.startswith("PTQ equals QAT not even at 8 bits (sym)")
    assert found.endswith("PTQ leads by up to 18.8 points (8 bits, sym)")


def test_ptq_is_not_called_equal_below_a_width_where_it_falls_behind() -> None:
    """Even where it catches up: both may be as bad there."""
    wrong = {8: (50, 50), 4: (200, 50), 2: (300, 300)}
    levels = [row(f"w{bits}a{bits}-asym-ptq", ptq) for bits, (ptq, _) in wrong.items()]
    levels += [row(f"w{bits}a{bits}-asym-qat", qat) for bits, (_, qat) in wrong.items()]
    found = bit_width.finding(table(*levels))
    assert found is not None
    assert found.startswith("PTQ equals QAT down to 8 bits (asym)")


def test_a_small_lead_may_be_chance() -> None:
    """Six clips of 800, all to one side, are one of fourteen comparisons too many."""
    pairs = [(bits, scheme) for bits in range(2, 9) for scheme in ("asym", "sym")]
    levels = [row(f"w{bits}a{bits}-{scheme}-qat", 50) for bits, scheme in pairs]
    levels += [row(f"w{bits}a{bits}-{scheme}-ptq", 56 if bits == 5 else 50) for bits, scheme in pairs]
    assert not any(duel.is_decided for duel in bit_width.duels(table(*levels)))


def test_pruning_is_told_by_the_cheapest_level_that_loses_little() -> None:
    """Three filters go for next to nothing, four do not; zeros save no time."""
    found = pruning.finding(
        table(
            row("w8a8-sym-ptq", 50),
            row("w8a8-sym-ptq-ch3-ft", 52, board_ms=5.0),
            row("w8a8-sym-ptq-ch4-ft", 120, board_ms=4.0),
            row("w8a8-sym-ptq-un50", 50, board_ms=7.99),
        ),
        costs.BOARD_TIME,
    )
    assert found == (
        "Surely within 2 points of the whole network, removing filters saves 38 % of time on the board "
        "(3 of 8, fine-tuned: -0.2) and zeroing weights saves no time on the board"
    )


def test_where_every_filter_costs_accuracy_none_can_go() -> None:
    """However much time it would save."""
    found = pruning.finding(
        table(row("w8a8-sym-ptq", 50), row("w8a8-sym-ptq-ch1", 200, board_ms=1.0)), costs.BOARD_TIME
    )
    assert found == "Surely within 2 points of the whole network, no filter can go"


def test_without_the_whole_network_pruning_has_nothing_to_be_held_against() -> None:
    """No other level may stand for it."""
    assert pruning.finding(table(row("fp32", 50), row("w8a8-sym-ptq-ch1", 60)), costs.BOARD_TIME) is None


@pytest.mark.parametrize(
    ("tuned", "words"), [(60, "regains up to 12.5 points (w8a8-sym-ptq-ch2)"), (159, "regains nothing that 800")]
)
def test_fine_tuning_is_told_where_it_is_more_than_chance(tuned: int, words: str) -> None:
    """From 160 wrong clips to 60, or to 159."""
    found = pruning.fine_tuning(table(row("w8a8-sym-ptq-ch2", 160), row("w8a8-sym-ptq-ch2-ft", tuned)))
    assert found is not None
    assert words in found


def test_a_ranking_that_is_worse_is_named() -> None:
    """Against L1 with as many filters."""
    levels = (row("w8a8-sym-ptq-ch2", 60), row("w8a8-sym-ptq-ch2-l2", 61), row("w8a8-sym-ptq-ch2-linf", 140))
    assert (
        ranking.finding(table(*levels))
        == "Against L1, L-infinity is worse by up to 10.0 points (w8a8-sym-ptq-ch2-linf)"
    )
    equal = ranking.finding(table(*levels[:2]))
    assert equal == "Filters may as well be ranked by L2 as by L1, as far as 800 clips can tell"
    assert ranking.finding(table(levels[0])) is None


def test_the_cheapest_level_that_is_as_good_as_float_is_named() -> None:
    """The faster one loses too much, though the front holds it."""
    compared = table(
        row("fp32", 50, board_ms=17.0),
        row("int8-tflite", 50, board_ms=8.0),
        row("w4a4-asym-qat", 52, board_ms=4.0),
        row("w2a2-asym-qat", 90, board_ms=3.0),
        row("w2a2-sym-qat", 91, board_ms=3.0),
    )
    assert trade_off.finding(compared, costs.BOARD_TIME) == (
        "w4a4-asym-qat is the fastest level surely within 2 points of fp32 (-0.2): 4.00 ms, 76 % less"
    )
    front = [each.id for each in trade_off.front(compared, costs.BOARD_TIME)]
    assert front == ["w2a2-asym-qat", "w4a4-asym-qat", "int8-tflite"]


def test_gains_over_int8_are_told_and_where_there_are_none() -> None:
    """Narrow levels by flash and by time, pruned ones by both; float is not held against int8."""
    found = gains.findings(
        table(
            row("fp32-ch2", 50, flash_bytes=60_000),
            row("int8-tflite", 50),
            row("w4a4-asym-qat", 50, flash_bytes=28_000, board_ms=9.0),
            row("w2a2-asym-qat", 50, flash_bytes=21_000, board_ms=4.0),
            row("w8a8-sym-ptq-ch4", 50, flash_bytes=28_000, board_ms=6.0),
            row("w8a8-sym-ptq-un50", 50, flash_bytes=34_900),
        )
    )
    assert found == (
        "Less flash than int8-tflite: all 2 levels below 8 bits, up to 40 % less",
        "Less time on the board than int8-tflite: 1 of 2 levels below 8 bits, up to 50 % less (not w4a4-asym-qat)",
        "Pruning saves up to 20 % of flash and 25 % of time on the board over int8-tflite",
        "Neither less flash nor less time than int8-tflite: 1 of 2 pruned levels, w8a8-sym-ptq-un50",
    )
    assert gains.findings(table(row("fp32", 50))) == ()


def test_voices_are_counted_where_they_are_there() -> None:
    """All labels of the golden model, all but two of PyTorch's."""
    found = voices.finding(table(row("fp32", 50, pytorch_agree=798), row("w4a4-asym-qat", 50)))
    assert found == "The board's label is the golden model's on all 1,600 answers, PyTorch's on 798 of 800 answers"
