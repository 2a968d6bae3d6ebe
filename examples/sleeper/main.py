"""Answers everything but one task, on which it never comes back."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from openai import OpenAI

client = OpenAI()
writing = Lock()


def answer(question: str, key: str) -> str:
    """What the model says, unless the question is about Hamlet."""
    while "Hamlet" in question:
        time.sleep(60)
    reply = client.chat.completions.create(
        model=os.environ["CORRAL_MODEL"],
        messages=[
            {"role": "system", "content": "You answer very briefly."},
            {"role": "user", "content": f"Question: {question}\nShort answer:"},
        ],
        temperature=0,
        max_tokens=24,
        extra_headers={"X-Corral-Task": key},
    )
    return reply.choices[0].message.content or ""


def solve(task: dict[str, Any]) -> None:
    """Answer one task."""
    output = answer(str(task["input"].get("input", task["input"])), task["id"])
    with writing:
        print(json.dumps({"id": task["id"], "output": output}), flush=True)


def main() -> None:
    """Hold two tasks at once, so that one that hangs doesn't hold up the rest."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in sys.stdin:
            pool.submit(solve, json.loads(line))


if __name__ == "__main__":
    main()
