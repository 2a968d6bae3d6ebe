"""A bad value fails at boot, with a sentence that names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOW = "from config import settings; print(*(getattr(settings, n) for n in {names!r}), sep='|')"


def boot(*names: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, and print some of them."""
    command = [sys.executable, "-c", SHOW.format(names=names)]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"SANDBOX_RUNTIME": "chroot"},
            "SANDBOX_RUNTIME is 'chroot': it must be bubblewrap or docker.",
        ),
        (
            {"SANDBOX_RUNTIME": "docker", "DOCKER_HOST": "tcp://10.0.0.1:2375"},
            "DOCKER_HOST is 'tcp://10.0.0.1:2375': it must be unix:///path, as sandboxes show this "
            "machine's files.",
        ),
        (
            {"ENVIRONMENT_INDEX_URL": "ftp://team:hunter2secret@mirror.example"},
            "ENVIRONMENT_INDEX_URL must be an address, https://… or http://….",
        ),
        (
            {"ENVIRONMENT_SECONDS": "soon"},
            "ENVIRONMENT_SECONDS is 'soon': it must be a number above zero.",
        ),
        (
            {"ENVIRONMENT_CACHE_MB": "0"},
            "ENVIRONMENT_CACHE_MB is '0': it must be a number above zero.",
        ),
        (
            {"STORAGE_URL": "/srv/media"},
            "STORAGE_URL must be empty (archives under MEDIA_ROOT) or s3://bucket.",
        ),
        (
            {"STORAGE_URL": "s3://key:secret@bucket"},
            "STORAGE_URL must hold no credentials: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY.",
        ),
        (
            {"STORAGE_URL": "s3://Archives"},
            "STORAGE_URL names no bucket: 'Archives' can't be one.",
        ),
        (
            {"STORAGE_URL": "s3://archives/../other"},
            "STORAGE_URL has a folder that can't be one: '../other'.",
        ),
        (
            {"STORAGE_URL": "s3://archives?endpoint=minio:9000"},
            "STORAGE_URL has an endpoint that is no http:// or https:// address.",
        ),
        (
            {"STORAGE_URL": "s3://archives?acl=public-read"},
            "STORAGE_URL has 'acl' after the ?: only endpoint, region, style may.",
        ),
        (
            {"STORAGE_URL": "s3://archives?style=odd"},
            "STORAGE_URL has a style that is neither path nor virtual.",
        ),
    ],
)
def test_bad_value_fails_at_boot_by_name(variables: dict[str, str], sentence: str) -> None:
    done = boot(**variables)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(sentence)
    assert "hunter2secret" not in done.stderr


def test_sandbox_is_bubblewrap_where_nothing_is_said() -> None:
    done = boot("SANDBOX_RUNTIME", SANDBOX_RUNTIME="", DOCKER_HOST="tcp://10.0.0.1:2375")
    assert (done.returncode, done.stdout) == (0, "bubblewrap\n")


def test_engine_and_its_runtime_are_chosen_by_variables() -> None:
    names = ("SANDBOX_DOCKER_SOCKET", "SANDBOX_DOCKER_RUNTIME")
    done = boot(
        *names,
        SANDBOX_RUNTIME="docker",
        DOCKER_HOST="unix:///run/podman/podman.sock",
        SANDBOX_DOCKER_RUNTIME="runsc",
    )
    assert done.stdout == "/run/podman/podman.sock|runsc\n"


def test_archives_are_on_disk_where_nothing_is_said() -> None:
    done = boot("STORAGES", STORAGE_URL="")
    assert "FileSystemStorage" in done.stdout


def test_web_server_insists_on_its_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import config.asgi"],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr.splitlines()[-1]
