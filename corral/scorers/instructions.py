"""The output follows the instructions that its task came with."""

from collections.abc import Iterator, Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import FLAG, Rule, no_answer, option_problems
from corral.scorers.following import INSTRUCTIONS, is_followed
from corral.verdicts import Verdict

MAX_OUTPUT = 100_000
_LEVEL: Rule = ('"prompt" or "instruction"', lambda value: value in ("prompt", "instruction"))
_OPTIONS = {"loose": FLAG, "level": _LEVEL}


class Instructions:
    """IFEval's verifiable instructions (Zhou et al. 2023, arXiv 2311.07911), all 25 of them.

    The target is an object of two lists as in IFEval's own rows: `instruction_id_list`, and
    `kwargs`, an object for each (where null is the same as nothing). An instruction is followed as
    the reference finds it, `corral.scorers.following` tells how.

    Options: `loose` (default false) also takes an instruction for followed if it is once the first
    line, the last or both are taken away, or all stars, or both of that: eight texts; `level`
    (default "prompt") gives 1 where all instructions were followed, else 0, and with "instruction"
    the share of those that were (the field's instruction-level accuracy is the mean of these,
    weighted by their number). Only the first 100,000 characters of an output are looked at.
    """

    name = "instructions"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return [*option_problems(options, _OPTIONS), *_target_problems(target)]

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The share of instructions followed, or 1 or 0 for all of them."""
        if not output.strip():
            return no_answer()
        asked, text = list(_asked(target)), output[:MAX_OUTPUT]
        texts = _variants(text) if options.get("loose") is True else [text]
        failed = [name for name, wanted in asked if not _any_follows(name, texts, wanted)]
        if asked and not failed:
            return Judgement(1.0, Verdict.CORRECT, f"All {len(asked)} instructions were followed.")
        shares = options.get("level") == "instruction" and len(failed) < len(asked)
        score = 1 - len(failed) / len(asked) if shares else 0.0
        why = f"{len(failed)} of {len(asked)} instructions were not followed: {_listed(failed)}."
        return Judgement(score, Verdict.PARTIAL if shares else Verdict.WRONG, why)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:10]) + (" and more" if len(names) > 10 else "")


def _any_follows(name: str, texts: list[str], wanted: Mapping[str, Json]) -> bool:
    return any(is_followed(name, text, wanted) for text in texts)


def _variants(text: str) -> list[str]:
    """The text and what a well-meaning reader may leave out of it; none twice."""
    lines = text.split("\n")
    cut = ("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))
    whole = [text, *cut]
    return list(dict.fromkeys([*whole, *(each.replace("*", "") for each in whole)]))


def _asked(target: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The instructions of a target that was checked, with what is wanted."""
    if any(_target_problems(target)) or not isinstance(target, dict):
        return
    names, wanted = target["instruction_id_list"], target["kwargs"]
    if isinstance(names, list) and isinstance(wanted, list):
        for name, values in zip(names, wanted, strict=True):
            yield str(name), _given(values)


def _given(values: Json) -> Mapping[str, Json]:
    """What is wanted, without what is null."""
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if value is not None}


def _target_problems(target: Json) -> Iterator[str]:
    match target:
        case {"instruction_id_list": [_, *_] as names, "kwargs": list(wanted), **more} if (
            not more and len(names) == len(wanted)
        ):
            for name, values in zip(names, wanted, strict=True):
                yield from _instruction_problems(name, values)
        case _:
            yield (
                "the target must be an object of two lists that are as long, instruction_id_list "
                "and kwargs."
            )


def _instruction_problems(name: Json, values: Json) -> Iterator[str]:
    if not isinstance(name, str) or name not in INSTRUCTIONS:
        yield f'"{name}" is not an instruction of IFEval.'
        return
    if values is not None and not isinstance(values, dict):
        yield f"the kwargs of {name} must be an object."
        return
    given, needs = _given(values), INSTRUCTIONS[name].needs
    for each, (rule, holds) in needs.items():
        if not holds(given.get(each)):
            yield f"{each} of {name} must be {rule}."
    for each in given.keys() - needs.keys():
        yield f"{each} is not a part of {name}."
