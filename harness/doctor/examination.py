"""How checks are carried out: each by a deadline, and none in the way of the next."""

from __future__ import annotations

import importlib
import threading
from dataclasses import dataclass

from harness.doctor.finding import Finding, fail, failed
from harness.errors import TinyhilError
from host_models.errors import HostModelError


@dataclass(frozen=True)
class Check:
    """What is looked at, what it is called where looking fails, and within how many seconds it must be done.

    `place` names the function in this package, which returns a finding or several. It is imported when its turn comes,
    so that a package that is missing or broken fails the checks that need it and no other.
    """

    name: str
    place: str
    limit_s: float = 60.0

    def look(self) -> Finding | tuple[Finding, ...]:
        """Import the function and call it."""
        module, _, function = self.place.rpartition(".")
        found: Finding | tuple[Finding, ...] = getattr(importlib.import_module(f"{__package__}.{module}"), function)()
        return found


def examine(check: Check) -> tuple[Finding, ...]:
    """Carry out a check, whatever happens in it; one that is late is left behind and ends with this process."""
    results: list[tuple[Finding, ...]] = []
    thread = threading.Thread(target=lambda: results.append(_look(check)), name=check.name, daemon=True)
    thread.start()
    thread.join(check.limit_s)
    if results:
        return results[0]
    return (fail(check.name, f"the check was not done within {check.limit_s:.0f} s", "see that the disk answers"),)


def _look(check: Check) -> tuple[Finding, ...]:
    try:
        found = check.look()
    except (TinyhilError, HostModelError) as error:
        return (failed(check.name, error),)
    except Exception as error:  # noqa: BLE001 - a damaged installation may fail in any way, and the next check must come
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return (fail(check.name, told, "install tinyhil and its packages anew, or report it"),)
    return (found,) if isinstance(found, Finding) else found
