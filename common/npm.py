"""Front-end libraries that npm installed from the lock file, found where npm put them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# Only what pages really use is served: static path -> file under node_modules.
FILES = {
    "vendor/uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "vendor/uPlot.min.css": "uplot/dist/uPlot.min.css",
}


class NpmFinder(BaseFinder):
    """Finds the files named in FILES; nothing else of node_modules is ever served."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The absolute path of a listed file, or [] where there is none."""
        source = FILES.get(path)
        found = [str(self.root / source)] if source and (self.root / source).is_file() else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """Every listed file that is installed, under its static name."""
        storage = FileSystemStorage(location=str(self.root))
        for path, source in FILES.items():
            if (self.root / source).is_file():
                yield path, _Renamed(storage, path, source)


class _Renamed:
    """A storage that opens one file under another name, as collectstatic asks for it."""

    prefix = ""

    def __init__(self, storage: FileSystemStorage, path: str, source: str) -> None:
        self.storage, self.names = storage, {path: source}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.storage, name)
        return lambda path, *rest, **options: method(self.names.get(path, path), *rest, **options)
