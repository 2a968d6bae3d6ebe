"""The real model, served for one question, and how it is told from others."""

import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from corral.gateway.identity import ask_identity, contradictions
from corral.gateway.upstream import Upstream
from corral.weights.gguf_file import read_weights
from launcher import users
from launcher.model import NAME, embedded_model, is_healthy
from launcher.ports import free_port, is_free
from launcher.processes import wait_until
from launcher.state import REPOSITORY
from launcher.weights import find_weights, quantisation_of


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a model server that is up."""
    number = free_port()
    command = [sys.executable, "-m", "launcher.model", "--port", str(number), "--slots", "2"]
    with subprocess.Popen(command, cwd=REPOSITORY) as server:
        try:
            assert wait_until(lambda: is_healthy(number), seconds=60)
            if os.geteuid() == 0:
                assert os.stat(f"/proc/{server.pid}").st_uid == users.MODEL
            yield number
            server.terminate()
            assert server.wait(timeout=10) == 0
            assert is_free(number)
        finally:
            server.kill()


def test_model_answers_a_chat(port: int) -> None:
    question = {
        "model": NAME,
        "messages": [
            {"role": "system", "content": "Answer in one word."},
            {"role": "user", "content": "What is the capital of France?"},
        ],
        "temperature": 0,
        "max_tokens": 12,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        data=json.dumps(question).encode(),
        headers={"Content-Type": "application/json"},
    )

    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)

    assert answer["model"] == NAME
    assert "Paris" in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] > 0


async def test_model_says_what_it_serves(port: int) -> None:
    expected = read_weights(find_weights()).facts

    served = await ask_identity(Upstream(base_url=f"http://127.0.0.1:{port}/v1", model=NAME))

    assert (served.server, served.model, served.context) == ("llama.cpp", NAME, 2048)
    assert served.slots == 2
    assert served.facts == expected
    assert contradictions(NAME, expected, served) == []


def test_model_server_ends_with_its_parent() -> None:
    port = free_port()
    script = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-m', 'launcher.model', '--port', sys.argv[1]])\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(port)], cwd=REPOSITORY) as parent:
        try:
            assert wait_until(lambda: is_healthy(port), seconds=60)
        finally:
            parent.kill()

    assert wait_until(lambda: is_free(port), seconds=5)


def test_embedded_model_is_told_by_its_digests(tmp_path: Path) -> None:
    model = embedded_model(tmp_path)

    assert model.path.name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert model.sha256 == hashlib.sha256(model.path.read_bytes()).hexdigest()
    assert model.quantisation == "Q4_1"
    assert model.build.startswith(f"xllamacpp {model.server_version}, library sha256 ")
    assert len(model.library_sha256) == 64


def test_embedded_model_reads_its_files_once(tmp_path: Path) -> None:
    embedded_model(tmp_path)
    remembered = json.loads((tmp_path / "digests.json").read_text())
    (tmp_path / "digests.json").write_text(json.dumps(dict.fromkeys(remembered, "remembered")))

    assert embedded_model(tmp_path).sha256 == "remembered"


def test_embedded_model_survives_a_damaged_memory(tmp_path: Path) -> None:
    (tmp_path / "digests.json").write_text("[1")

    assert embedded_model(tmp_path).quantisation == "Q4_1"


@pytest.mark.parametrize(
    ("name", "quantisation"),
    [
        ("Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("model.IQ2_XS.gguf", "IQ2_XS"),
        ("model-f16.gguf", "F16"),
        ("model.gguf", "unknown"),
    ],
)
def test_quantisation_of_file_name(name: str, quantisation: str) -> None:
    assert quantisation_of(name) == quantisation
