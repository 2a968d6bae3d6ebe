"""Metrics and filters of lm-evaluation-harness as a scorer with its options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from corral.json_types import Json, JsonObject
from corral.suites.lm_eval_config import Config
from corral.suites.report import Report
from corral.suites.rows import RowDefaults

# Only metrics that are a mean over tasks: its bleu, chrf and f1 are of all outputs together.
_METRICS: Mapping[str, str] = {"exact_match": "exact", "acc": "choice", "acc_norm": "choice"}
_AGGREGATIONS = ("mean", None)
_EXACT_OPTIONS: Mapping[str, str] = {
    "ignore_case": "ignore_case",
    "ignore_punctuation": "ignore_punctuation",
    "ignore_numbers": "ignore_digits",
    "regexes_to_ignore": "ignore",
}
_METRIC_FIELDS = frozenset(("metric", "aggregation", "higher_is_better", *_EXACT_OPTIONS))


@dataclass(frozen=True, slots=True)
class Scoring:
    """The scorer and options of every row, and what a reader should know of the choice."""

    defaults: RowDefaults
    remarks: tuple[str, ...] = field(default=())


def read_scoring(config: Config, report: Report) -> Scoring:
    """What a task file says on scoring; its problems go into the report."""
    remarks: list[str] = []
    scorer, options = _metric(config, report, remarks)
    filters = _filters(config, report, remarks)
    if "until" in config.generation and config.choices is None:
        filters = [{"filter": "until", "stops": config.generation["until"]}, *filters]
    if filters:
        options["filters"] = filters
    return Scoring(RowDefaults(scorer, options), tuple(remarks))


def _metric(config: Config, report: Report, remarks: list[str]) -> tuple[str, JsonObject]:
    fallback = "exact_match" if config.choices is None else "acc"
    listed = config.raw.get("metric_list") or [{"metric": fallback}]
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        report.add(config.name, "metric_list must be a list of mappings.")
        return "exact", {}
    metric: dict[str, object] = listed[0]
    name = str(metric.get("metric"))
    scorer = _METRICS.get(name, "")
    if not scorer or (scorer == "choice") != (config.choices is not None):
        report.add(config.name, f"metric_list: the metric {name} is not supported here.")
        return "exact", {}
    for key in sorted(map(str, metric.keys() - _METRIC_FIELDS)):
        report.add(config.name, f"metric_list: {name} has {key}, which is not supported.")
    if metric.get("aggregation") not in _AGGREGATIONS or metric.get("higher_is_better") is False:
        report.add(config.name, f"metric_list: {name} must be averaged, and higher be better.")
    others = ", ".join(str(one.get("metric")) for one in listed[1:])
    if others:
        remarks.append(f"Scored by {name}, the first metric; {others} is left out.")
    return scorer, _metric_options(metric, scorer, config, report)


def _metric_options(
    metric: Mapping[str, object], scorer: str, config: Config, report: Report
) -> JsonObject:
    """The options of `exact`, which has them all; what they may be is checked with every row."""
    options: JsonObject = {}
    for name, option in _EXACT_OPTIONS.items():
        value = metric.get(name)
        if value in (None, False, []):
            continue
        if scorer != "exact":
            report.add(config.name, f"metric_list: {name} belongs to exact_match.")
        elif option == "ignore_punctuation":
            options[option] = "everywhere" if value is True else cast(Json, value)
        else:
            options[option] = cast(Json, value)
    return options


def _filters(config: Config, report: Report, remarks: list[str]) -> list[Json]:
    listed = config.raw.get("filter_list") or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        report.add(config.name, "filter_list must be a list of mappings.")
        return []
    if not listed:
        return []
    if len(listed) > 1:
        first, *rest = (str(one.get("name")) for one in listed)
        remarks.append(f"Filtered by {first}, the first list; {', '.join(rest)} is left out.")
    steps = listed[0].get("filter")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        report.add(config.name, "filter_list: filter must be a list of mappings.")
        return []
    return [made for step in steps for made in _step(step, config, report)]


def _step(step: Mapping[str, object], config: Config, report: Report) -> list[Json]:
    """One filter; none where it changes nothing for a single output."""
    name = str(step.get("function"))
    allowed = {"regex": ("regex_pattern", "group_select", "fallback")}.get(name, ())
    for key in sorted(map(str, step.keys() - {"function", *allowed})):
        report.add(config.name, f"filter_list: {name} has {key}, which is not supported.")
    if name in ("take_first", "majority_vote"):
        return []
    if name == "lowercase":
        return [{"filter": "lower"}]
    if name == "remove_whitespace":
        return []  # the scorers pass over white space at both ends
    if name != "regex":
        report.add(config.name, f"filter_list: the filter {name} is not supported.")
        return []
    return _regex_step(step, config, report)


def _regex_step(step: Mapping[str, object], config: Config, report: Report) -> list[Json]:
    pattern = step.get("regex_pattern", r"#### (\-?[0-9\.\,]+)")
    which, fallback = step.get("group_select", 0), step.get("fallback", "[invalid]")
    if not isinstance(pattern, str) or not isinstance(fallback, str):
        report.add(config.name, "filter_list: regex_pattern and fallback must be texts.")
        return []
    if not isinstance(which, int) or isinstance(which, bool):
        report.add(config.name, "filter_list: group_select must be a whole number.")
        return []
    return [{"filter": "regex", "pattern": pattern, "which": which, "fallback": fallback}]
