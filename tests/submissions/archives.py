"""Projects as a team would send them."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

MAIN = "import sys\nfor line in sys.stdin:\n    pass\n"


def manifest(*, model: str, name: str = "Sums by hand") -> str:
    """A program's corral.toml."""
    return (
        f'[project]\nname = "{name}"\nkind = "program"\nmodel = "{model}"\n'
        '[program]\ncommand = ["python", "main.py"]\n'
    )


def project_zip(*, model: str, name: str = "Sums by hand", main: str = MAIN) -> bytes:
    """A small program's archive; other `main`, other bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("corral.toml"), manifest(model=model, name=name))
        archive.writestr(zipfile.ZipInfo("main.py"), main)
    return packed.getvalue()


def upload_of(data: bytes, name: str = "project.zip") -> SimpleUploadedFile:
    """The bytes as a form sends them."""
    return SimpleUploadedFile(name, data, content_type="application/zip")
