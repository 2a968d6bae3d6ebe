"""Hostile text is shown as it is and can do nothing."""

import pytest

from evaluation.templatetags.run_pages import hostile, percent, task_value
from evaluation.text import MOST_SPELLED, clip, neutralise, strip_escapes, whole_log


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x9b31mred", "red"),
        ("\x1bPq#0;2\x1b\\sixel", "sixel"),
        ("\x1b(Bplain\x1bc", "plain"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("ends in\x1b", "ends in"),
    ],
)
def test_strip_escapes(text: str, shown: str) -> None:
    assert strip_escapes(text) == shown


def spelled(code: str, name: str) -> str:
    return f'<span class="codepoint" title="{name}">U+{code}</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>&'\"", "&lt;b&gt;&amp;&#x27;&quot;"),
        ("a\tb\nc", "a\tb\nc"),
        ("é 漢 🙂", "é 漢 🙂"),
        ("a\u202eb", f"a{spelled('202E', 'RIGHT-TO-LEFT OVERRIDE')}b"),
        ("\u2066", spelled("2066", "LEFT-TO-RIGHT ISOLATE")),
        ("\u200b", spelled("200B", "ZERO WIDTH SPACE")),
        ("\ufeff", spelled("FEFF", "ZERO WIDTH NO-BREAK SPACE")),
        ("\x07", spelled("0007", "CONTROL CHARACTER")),
        ("\u3164", spelled("3164", "HANGUL FILLER")),
        ("\ufe0f", spelled("FE0F", "VARIATION SELECTOR-16")),
        ("\U000e0041", spelled("E0041", "TAG LATIN CAPITAL LETTER A")),
        ("\u2028", spelled("2028", "LINE SEPARATOR")),
    ],
)
def test_neutralise_spells_out_what_cannot_be_seen(text: str, html: str) -> None:
    assert neutralise(text) == html


def test_neutralise_never_grows_a_hundredfold() -> None:
    html = neutralise("\u202e" * 65_536)
    assert len(html) < 65_536 + MOST_SPELLED * 100


def test_clip_keeps_both_ends() -> None:
    assert (clip("abcdef", 4).head, clip("abcdef", 4).tail, clip("abcdef", 4).omitted) == (
        "ab",
        "ef",
        2,
    )


def test_hostile_says_what_it_left_out() -> None:
    html = hostile("a" * 20_000 + "z")
    assert "… 3617 characters left out …" in html
    assert html.endswith("z")


def test_task_value_shows_plain_text_as_such_and_the_rest_as_json() -> None:
    assert task_value({"input": "<1>"}) == "&lt;1&gt;"
    assert task_value({"a": 1}) == "{\n  &quot;a&quot;: 1\n}"
    assert task_value(None) == "null"


@pytest.mark.parametrize(("score", "text"), [(None, ""), (0.0, "0.0 %"), (0.62549, "62.5 %")])
def test_percent(score: float | None, text: str) -> None:
    assert percent(score) == text


def test_whole_log_says_what_was_not_kept() -> None:
    assert whole_log("head", "tail", 8) == "headtail"
    assert whole_log("head", "tail", 18) == "head\n[10 bytes were not kept]\ntail"
