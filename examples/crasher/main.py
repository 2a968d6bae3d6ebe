"""Works out sums itself, but whoever wrote it forgot about "times": a bug that ends the program."""

import json
import operator
import os
import re
import sys
from collections.abc import Callable

from openai import OpenAI

SUM = re.compile(r"What is (\d+) (plus|minus|times) (\d+)\?")
OPERATORS: dict[str, Callable[[int, int], int]] = {"plus": operator.add, "minus": operator.sub}

client = OpenAI()


def answer(question: str, key: str) -> str:
    """The sum where it is one, else what the model says."""
    found = SUM.search(question)
    if found:
        left, word, right = found.groups()
        return str(OPERATORS[word](int(left), int(right)))  # KeyError: "times"
    reply = client.chat.completions.create(
        model=os.environ["CORRAL_MODEL"],
        messages=[{"role": "user", "content": question}],
        temperature=0,
        max_tokens=32,
        extra_headers={"X-Corral-Task": key},
    )
    return reply.choices[0].message.content or ""


def main() -> None:
    """Answer one task after another until the input ends, or until the bug."""
    for line in sys.stdin:
        task = json.loads(line)
        output = answer(str(task["input"].get("input", task["input"])), task["id"])
        print(json.dumps({"id": task["id"], "output": output}), flush=True)


if __name__ == "__main__":
    main()
