"""Hands in a prompt whose template is a file of the host: the platform reads templates itself."""

from tests.corral.project.archives import PROMPT_MANIFEST, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    manifest = PROMPT_MANIFEST.replace(b'"prompt.txt"', b'"../../../../etc/passwd"')
    return tar_gz({"corral.toml": manifest, "prompt.txt": b"Say {input}"})


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
