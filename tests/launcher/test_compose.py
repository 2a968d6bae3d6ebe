"""The compose file against the Dockerfile, the settings and what the launcher itself starts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.staff import Setting, platform_services
from launcher.state import REPOSITORY, open_state

DOCKER = REPOSITORY / "docker"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of compose.yaml, merges done."""
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    return found


def targets() -> set[str]:
    return set(re.findall(r"^FROM \S+ AS (\S+)$", (DOCKER / "Dockerfile").read_text(), re.M))


def test_compose_has_every_process(services: dict[str, Any]) -> None:
    assert set(services) == {
        *("postgres", "valkey", "migrate", "web", "worker", "platform-worker", "beat", "model"),
    }


def test_compose_builds_targets_that_the_dockerfile_has(services: dict[str, Any]) -> None:
    wanted = {each["build"]["target"] for each in services.values() if "build" in each}

    assert wanted == {"web", "worker", "model"}
    assert wanted <= targets()


def test_images_do_not_run_as_root() -> None:
    stages = re.split(r"^FROM ", (DOCKER / "Dockerfile").read_text(), flags=re.M)
    of = {stage.split(" AS ")[1].split("\n")[0]: stage for stage in stages if " AS " in stage}

    for name in ("platform", "model"):
        assert "\nUSER corral\n" in of[name]
    for name in ("web", "worker"):
        assert of[name].startswith("platform AS")
        assert "USER root" not in of[name]


def test_dockerfile_copies_only_what_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.M)
    files = {name for line in copied for name in line.split()} - {"."}

    assert {name for name in files if not (REPOSITORY / name).exists()} == set()


def test_compose_and_launcher_start_the_same_workers(
    services: dict[str, Any], tmp_path: Path
) -> None:
    setting = Setting(REPOSITORY, open_state(tmp_path, tmp_path / "state"), {})
    ours = {each.name: each.command for each in platform_services(setting, 8000)}
    dockerfile = (DOCKER / "Dockerfile").read_text()

    assert "websockets-sansio" in ours["web"]
    assert '"--ws", "websockets-sansio"' in dockerfile
    assert ours["worker-runs"][ours["worker-runs"].index("-Q") + 1] == "runs"
    assert '"-Q", "runs"' in dockerfile
    assert services["platform-worker"]["command"][:6] == [
        *("celery", "-A", "config", "worker", "-Q", "platform"),
    ]
    assert services["worker"]["environment"]["SANDBOX_DEGRADED"] == "1"
    assert "SANDBOX_DEGRADED" not in services["web"]["environment"]


def test_example_environment_names_every_variable_that_compose_wants() -> None:
    wanted = re.findall(r"\$\{([A-Z_]+):\?", (DOCKER / "compose.yaml").read_text())
    example = re.findall(r"^([A-Z_]+)=", (DOCKER / "example.env").read_text(), re.M)

    assert set(wanted) <= set(example)
