"""How a serial port is opened: with patience for one that is still coming back, and a sentence where it does not."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import serial

from harness.errors import BoardError

if TYPE_CHECKING:
    from harness.deadline import Deadline

URL_PACKAGE = "harness.boards"
"""Holds `protocol_sim`, pyserial's handler of `sim://` URLs."""

_READ_S = 0.1
_WRITE_S = 10.0
_RETRY_S = 0.05


def open_port(url: str, baud: int, deadline: Deadline) -> serial.SerialBase:
    """Open `url` (a device path or any pyserial URL) at `baud`, trying again until `deadline`.

    Reads time out after 0.1 s and writes after 10 s, until whoever uses the port sets something else.
    The port is held exclusively where the system can do that.

    Raises BoardError: missing, busy, without permission, no serial port, or no URL that pyserial knows.
    """
    if os.path.isfile(url) or os.path.isdir(url):  # noqa: PTH112, PTH113 - on Windows Path raises for a busy port
        raise BoardError(f"{url} is a file or a folder, not a serial port; see which there are with: tinyhil boards")
    if URL_PACKAGE not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(URL_PACKAGE)
    while True:
        try:
            return _open(url, baud)
        except ValueError as error:
            raise BoardError(f"{url} can't be opened: {error}") from error
        except OSError as error:  # SerialException is one
            if _is_no_port(error):
                raise BoardError(f"{url} is no serial port; see which there are with: tinyhil boards") from error
            if deadline.passed:
                raise BoardError(_sentence(url, error, deadline)) from error
        deadline.pause(_RETRY_S)


def _open(url: str, baud: int) -> serial.SerialBase:
    port = serial.serial_for_url(url, do_not_open=True, baudrate=baud, timeout=_READ_S, write_timeout=_WRITE_S)
    with suppress(ValueError, AttributeError):  # URL handlers and Windows have no other mode, or no such word
        port.exclusive = True
    port.open()
    return port


def _sentence(url: str, error: OSError, deadline: Deadline) -> str:
    waited = f"after {deadline.seconds:.0f} s"
    match _reason(error):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV | errno.EIO:
            return f"the port {url} is not there {waited}; see which are with: tinyhil boards"
        case errno.EACCES | errno.EPERM:
            return (
                f"the port {url} may not be opened by you; on Linux join its group with: sudo usermod -aG dialout $USER"
            )
        case errno.EAGAIN | errno.EBUSY:
            return f"the port {url} is still in use by another program {waited}; close that program"
        case _:
            return f"the port {url} can't be opened {waited} ({error}); see that what is behind it runs, and try again"


def _is_no_port(error: OSError) -> bool:
    """Whether a device took none of the settings of a serial line; pyserial tells so without a number."""
    said = error.__context__.args if error.__context__ else ()
    return errno.ENOTTY in (error.errno, *said[:1])


def _reason(error: OSError) -> int | None:
    """Tell the error's number. On Windows pyserial has it in its text alone, and 13 means that the port is in use."""
    if error.errno is not None:
        return error.errno
    found = re.search(r"Error\((\d+),", str(error))
    reason = int(found[1]) if found else None
    return errno.EBUSY if reason == errno.EACCES else reason
