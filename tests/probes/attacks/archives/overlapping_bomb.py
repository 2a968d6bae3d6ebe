"""Hands in a zip whose entries all share the same bytes, each unpacking to megabytes."""

import io
import zipfile

from tests.corral.project.archives import FILES
from tests.probes.seen import Seen

HELD_BY = ("archive",)
COPIES = 60


def archive() -> bytes:
    """The directory names one entry many times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in FILES.items():
            file.writestr(name, content)
        file.writestr("kernel00", bytes(8_000_000))
        entry = file.infolist()[-1]
        for number in range(1, COPIES):
            again = zipfile.ZipInfo(f"kernel{number:02}")
            for field in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(again, field, getattr(entry, field))
            file.filelist.append(again)
            file.NameToInfo[again.filename] = again
    return buffer.getvalue()


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
