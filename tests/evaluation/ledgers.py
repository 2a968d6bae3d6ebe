"""Stored ledgers for tests: real entries, packed as a worker does it."""

import json
from datetime import UTC, datetime
from hashlib import sha256

from corral.gateway.ledger import Call, Ledger
from corral.suites.base import Split
from evaluation.domain.claim import Claim
from evaluation.domain.ledger import Bookkeeper, store_pack
from evaluation.models import Attempt, Run
from tests.factories import AttemptFactory

HOST_PATH = "/srv/weights/secret.gguf"


def ask(ledger: Ledger, text: str, *, task: str | None, status: int = 200) -> None:
    """One call that asked `text` and was answered `re: text`."""
    messages = [{"role": "user", "content": text}]
    request = json.dumps({"model": HOST_PATH, "messages": messages, "max_tokens": 8}).encode()
    choices = [{"index": 0, "message": {"role": "assistant", "content": f"re: {text}"}}]
    response = json.dumps({"model": "llama", "choices": choices}).encode()
    call = Call(
        at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
        task_key=task,
        path="/v1/chat/completions",
        prompt_tokens=1_234,
        completion_tokens=5,
        latency_ms=87.4,
        status=status,
        request_digest=sha256(request).hexdigest(),
        response_digest=sha256(response).hexdigest(),
    )
    ledger.append(call, request, response)


def ledger_of(
    run: Run, *tasks: str | None, split: Split = Split.PUBLIC, attempt: int = 1, each: int = 2
) -> None:
    """Store one call for each of the tasks, `each` of them in a pack, and charge them."""
    if not run.attempts.filter(number=attempt).exists():
        AttemptFactory(run=run, number=attempt)
    ledger, keeper = Ledger(), Bookkeeper(split)
    for number, task in enumerate(tasks, 1):
        ask(ledger, f"{split} question {number}", task=task)
        if number % each == 0 or number == len(tasks):
            pack = keeper.next_pack(ledger)
            assert pack is not None
            store_pack(Claim(run.pk, attempt, "w"), pack)
            keeper.stored(pack)
    tried = Attempt.objects.get(run=run, number=attempt)
    Attempt.objects.filter(pk=tried.pk).update(used_calls=tried.used_calls + len(tasks))
