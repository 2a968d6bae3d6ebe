"""What `corral.toml` may say (version 1 of the project contract)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from corral.errors import ProjectRefused
from corral.json_types import Json, JsonObject
from corral.project.fields import Fields

MAX_COMMAND = 64
MAX_CONCURRENCY = 16
MAX_PRELOAD = 16
_MAX_PATH = 255
_MAX_SYSTEM = 16_384


class ProjectKind(StrEnum):
    """A program that runs in the sandbox, or a prompt that the platform itself asks."""

    PROGRAM = "program"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class ProgramSection:
    """How to start a program. `requirements` is a file of the project.

    `preload` names modules to be imported ahead, in a sandbox that stands ready.
    """

    command: tuple[str, ...]
    concurrency: int = 1
    requirements: str | None = None
    preload: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptSection:
    """What to ask the model. `template` is a project file; `sampling` goes with each call."""

    system: str
    template: str
    sampling: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A valid `corral.toml`: the section of its kind is always there."""

    name: str
    kind: ProjectKind
    model: str
    program: ProgramSection | None = None
    prompt: PromptSection | None = None

    def as_json(self) -> JsonObject:
        """For storage, in the shape of the file itself."""
        project: JsonObject = {"name": self.name, "kind": self.kind.value, "model": self.model}
        stored: JsonObject = {"project": project}
        if self.program is not None:
            stored["program"] = _program_json(self.program)
        if self.prompt is not None:
            stored["prompt"] = {
                "system": self.prompt.system,
                "template": self.prompt.template,
                "sampling": dict(self.prompt.sampling),
            }
        return stored

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Manifest":
        """The inverse of `as_json`, checked like a file.

        Raises:
            ProjectRefused: it is not one that `as_json` made.
        """
        return _manifest(cast("dict[str, object]", stored))


def parse_manifest(text: str) -> Manifest:
    """Read a `corral.toml`.

    Raises:
        ProjectRefused: every problem at once, each naming the field and the rule.
    """
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        reason = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise ProjectRefused([f"corral.toml: is not valid TOML: {reason}."]) from error
    return _manifest(content)


def _program_json(program: ProgramSection) -> JsonObject:
    stored: JsonObject = {
        "command": list(program.command),
        "concurrency": program.concurrency,
    }
    if program.requirements is not None:
        stored["requirements"] = program.requirements
    if program.preload:
        stored["preload"] = list(program.preload)
    return stored


def _manifest(content: dict[str, object]) -> Manifest:
    problems: list[str] = []
    top = Fields("", content, problems)
    project = top.section("project", required=True)
    name = project.text("name", longest=100)
    kind = project.one_of("kind", tuple(ProjectKind))
    model = project.text("model", longest=100)
    project.no_others()
    # A section of the other kind is allowed, since a template may show both, and checked as well.
    program = prompt = None
    if "program" in content or kind == ProjectKind.PROGRAM:
        program = _program(top.section("program", required=True))
    if "prompt" in content or kind == ProjectKind.PROMPT:
        prompt = _prompt(top.section("prompt", required=True))
    top.no_others()
    if problems:
        raise ProjectRefused(problems)
    return Manifest(name, ProjectKind(kind), model, program, prompt)


def _program(section: Fields) -> ProgramSection:
    command = section.texts("command", most=MAX_COMMAND)
    concurrency = section.whole("concurrency", 1, MAX_CONCURRENCY, default=1)
    requirements = None
    if section.has("requirements"):
        requirements = section.path("requirements", longest=_MAX_PATH)
    preload = section.modules("preload", most=MAX_PRELOAD) if section.has("preload") else ()
    section.no_others()
    return ProgramSection(command, concurrency, requirements, preload)


def _prompt(section: Fields) -> PromptSection:
    system = section.text("system", longest=_MAX_SYSTEM, default="", lines=True)
    template = section.path("template", longest=_MAX_PATH)
    sampling = section.section("sampling", required=False)
    parameters = _sampling(sampling)
    section.no_others()
    return PromptSection(system, template, parameters)


def _sampling(sampling: Fields) -> JsonObject:
    """The parameters of an OpenAI chat completion that a prompt may set."""
    read: JsonObject = {}
    for key, low, high in (
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("min_p", 0, 1),
        ("presence_penalty", -2, 2),
        ("frequency_penalty", -2, 2),
    ):
        if sampling.has(key):
            read[key] = sampling.number(key, low, high)
    for key, least, most in (("max_tokens", 1, 4096), ("seed", 0, 2**31 - 1), ("top_k", 0, 1000)):
        if sampling.has(key):
            read[key] = sampling.whole(key, least, most)
    if sampling.has("stop"):
        read["stop"] = list(sampling.texts("stop", most=4))
    sampling.no_others()
    return read
