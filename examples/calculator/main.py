"""Lets the model write an expression where a question is about numbers, and works it out itself."""

import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from openai import OpenAI, OpenAIError
from openai.types.chat import ChatCompletionMessageParam
from safe_eval import evaluate

EXAMPLES = [
    ("What is 6 plus 2?", "6 + 2"),
    ("What is 40 minus 13?", "40 - 13"),
    ("What is 7 times 3?", "7 * 3"),
    ("Tom has 5 bags with 4 apples each and eats 3. How many are left?", "5 * 4 - 3"),
]
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
EXPRESSION = re.compile(r"[-+(]*\d[\d\s.,+*/()%x×÷−-]*")
SIGNS = str.maketrans({"x": "*", "×": "*", "÷": "/", "−": "-", ",": ""})

client = OpenAI()
writing = Lock()


def ask(messages: list[ChatCompletionMessageParam], key: str, max_tokens: int) -> str:
    """One call of the model."""
    reply = client.chat.completions.create(
        model=os.environ["CORRAL_MODEL"],
        messages=messages,
        temperature=0,
        max_tokens=max_tokens,
        extra_headers={"X-Corral-Task": key},
    )
    return reply.choices[0].message.content or ""


def by_calculation(question: str, key: str) -> str | None:
    """The value of the expression that the model writes; None if it writes none."""
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "Write the calculation as one expression, nothing else."}
    ]
    for asked, written in EXAMPLES:
        messages += [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": written},
        ]
    written = ask([*messages, {"role": "user", "content": question}], key, 40)
    for candidate in EXPRESSION.findall(written.split("=")[0].split("\n")[0]):
        value = evaluate(candidate.translate(SIGNS).strip(" .%"))
        if value is not None:
            print(f"{key}: {candidate.strip()} = {value:g}", file=sys.stderr)
            return f"{value:.6f}".rstrip("0").rstrip(".")
    return None


def in_words(question: str, key: str) -> str:
    """A short answer by the model alone."""
    return ask(
        [
            {"role": "system", "content": "Answer with one word or one number only."},
            {"role": "user", "content": question},
        ],
        key,
        24,
    )


def answer(question: str, key: str) -> str:
    """Calculate where the question has two numbers, else let the model answer."""
    if len(NUMBER.findall(question)) >= 2:
        calculated = by_calculation(question, key)
        if calculated is not None:
            return calculated
    return in_words(question, key)


def solve(task: dict[str, Any]) -> None:
    """Answer one task, with nothing where the model could not be asked."""
    text = task["input"].get("input")
    question = text if isinstance(text, str) else json.dumps(task["input"], ensure_ascii=False)
    try:
        output = answer(question, task["id"])
    except OpenAIError as error:
        print(f"{task['id']}: {error}", file=sys.stderr)
        output = ""
    with writing:
        print(json.dumps({"id": task["id"], "output": output}), flush=True)


def main() -> None:
    """Answer until the input ends."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in sys.stdin:
            pool.submit(solve, json.loads(line))


if __name__ == "__main__":
    main()
