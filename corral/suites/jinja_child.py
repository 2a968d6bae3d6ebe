"""Renders templates; run as a script of its own process, which may be killed, and never imported.

Reads one JSON object from stdin, `{"templates": {name: text}, "rows": [fields, …], "most": n}`,
and writes a line of JSON for each row: `{"texts": {name: text}}` or `{"error": name, "why": text}`;
a template that can't be used is one such line with the error, and the last.
"""

import json
import re
import resource
import sys
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

PROCESSOR_SECONDS = 30
MEMORY_BYTES = 1 << 30
OUTPUT_BYTES = 400_000_000


def main() -> None:
    """Render everything, within the limits that this sets itself before it reads anything."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    order = json.load(sys.stdin)
    templates = compiled(order["templates"])
    if templates is not None:
        for row in order["rows"]:
            told(rendered(templates, row, order["most"]))


def compiled(texts: dict[str, str]) -> dict[str, Any] | None:
    """The templates; None, and the first that can't be used told, if one can't."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["regex_replace"] = replaced
    made = {}
    for name, text in texts.items():
        try:
            made[name] = environment.from_string(text)
        except Exception as error:
            told({"error": name, "why": why(error)})
            return None
    return made


def rendered(templates: dict[str, Any], row: dict[str, Any], most: int) -> dict[str, Any]:
    """The texts of one row, or the first template that fails on it and why."""
    texts = {}
    for name, template in templates.items():
        try:
            texts[name] = template.render(row)
        except Exception as error:
            return {"error": name, "why": why(error)}
        if len(texts[name]) > most:
            return {"error": name, "why": f"the text has more than {most} characters"}
    return {"texts": texts}


def replaced(text: str, pattern: str, by: str = "", count: int = 0) -> str:
    """The filter `regex_replace`, which lm-evaluation-harness adds to Jinja's own."""
    return re.sub(pattern, by, text, count=count)


def why(error: Exception) -> str:
    """An error of a template as the end of a sentence."""
    lines = str(error).splitlines() or [type(error).__name__]
    kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
    return f"{kind}{lines[0][:200]}".rstrip(".")


def told(line: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
