"""Answers made up from bits that matter to IFEval's checks and to BFCL's, always the same ones."""

import random
from collections.abc import Iterator, Mapping
from itertools import product

from corral.json_types import Json, JsonObject

RELATIONS = ("at least", "less than")
BITS = (
    *("fox", "Fox", "foxes", "hen", "the", "The", "Dear", "a.b", "axb", "C++", "HELLO", "NASA"),
    *("U.S.A.", "rock-n-roll", " ", "\n", "\n\n", "\n\n\n", "***", "* * *", "**", "*", "-", "- "),
    *(
        "* ",
        "** x **",
        "*hi*",
        "**hi**",
        "[",
        "]",
        "[name]",
        "[[a]]",
        "P.S.",
        "P. S.",
        "p.s.",
        "PS:",
    ),
    *("P.P.S", "P.P.S.", "SECTION 1", "Section 2", "Day 3", "Section X", "<<", "<<title>>", "<<>>"),
    *(">>", "<<<a>>>", '{"a": 1}', "```json\n", "```", "```JSON", "[1]", "******", "*** ***"),
    *("My answer is yes.", "My answer is maybe.", "Write a  poem.", "write a poem.", "the end."),
    *("The End.", '"', "'", "''", "“", "Dr. Who went home.", "Mr. Smith said hi!", "What? Why?"),
    *(
        "e.g. this",
        "It is 3 p.m. now.",
        "...",
        "!",
        ",",
        ".",
        "?",
        "q",
        "Q",
        "\t",
        "1.",
        "• a",
        "ß",
    ),
    *("Der Hund ist im Haus und die Katze auch.", "Le chat est sur la table et il dort bien."),
    *("We went to the market this morning to buy bread.", "we all like to eat fresh bread early"),
    "THE WHOLE FAMILY WENT TO THE MARKET TO BUY BREAD TODAY",
)


def counted(name: str, of: str = "relation", **more: Json) -> list[JsonObject]:
    """A number with both relations."""
    return [{name: n, of: how, **more} for n, how in product((1, 3, 20), RELATIONS)]


ASKED: Mapping[str, list[JsonObject]] = {
    "keywords:existence": [{"keywords": ["fox"]}, {"keywords": ["a.b", "the"]}],
    "keywords:frequency": counted("frequency", keyword="fox"),
    "keywords:forbidden_words": [{"forbidden_words": ["fox", "hen"]}, {"forbidden_words": ["the"]}],
    "keywords:letter_frequency": counted("let_frequency", "let_relation", letter="q"),
    "language:response_language": [{"language": name} for name in ("en", "de", "fr")],
    "length_constraints:number_sentences": counted("num_sentences"),
    "length_constraints:number_paragraphs": [{"num_paragraphs": n} for n in (1, 2, 3)],
    "length_constraints:number_words": counted("num_words"),
    "length_constraints:nth_paragraph_first_word": [
        {"num_paragraphs": n, "nth_paragraph": place, "first_word": word}
        for n, place, word in ((1, 1, "the"), (2, 1, "fox"), (2, 2, "the"), (3, 2, "dear"))
    ],
    "detectable_content:number_placeholders": [{"num_placeholders": n} for n in (1, 2)],
    "detectable_content:postscript": [{"postscript_marker": mark} for mark in ("P.S.", "P.P.S")],
    "detectable_format:number_bullet_lists": [{"num_bullets": n} for n in (1, 2, 3)],
    "detectable_format:constrained_response": [{}],
    "detectable_format:number_highlighted_sections": [{"num_highlights": n} for n in (1, 2)],
    "detectable_format:multiple_sections": [
        {"section_spliter": word, "num_sections": 1} for word in ("SECTION", "Section", "Day")
    ],
    "detectable_format:json_format": [{}],
    "detectable_format:title": [{}],
    "combination:two_responses": [{}],
    "combination:repeat_prompt": [{"prompt_to_repeat": "Write a  poem."}],
    "startend:end_checker": [{"end_phrase": "the end."}],
    "startend:quotation": [{}],
    "change_case:capital_word_frequency": counted("capital_frequency", "capital_relation"),
    "change_case:english_capital": [{}],
    "change_case:english_lowercase": [{}],
    "punctuation:no_comma": [{}],
}

# What comes close to an instruction that bits by themselves hardly ever follow.
CLOSE: Mapping[str, str] = {
    "length_constraints:nth_paragraph_first_word": "the{}\n\n'The, fox{}",
    "detectable_content:number_placeholders": "[a] {}",
    "detectable_format:number_bullet_lists": "* {}",
    "detectable_format:number_highlighted_sections": "*a* {}",
    "detectable_format:multiple_sections": "SECTION 1 {}",
    "combination:two_responses": "{}******{}b",
    "combination:repeat_prompt": "write a  POEM.{}",
    "startend:end_checker": '{} the end."',
}


def answers(name: str, count: int) -> Iterator[tuple[JsonObject, str]]:
    """What an instruction asks for, and an answer."""
    chance = random.Random(f"ifeval {name}")
    for _ in range(count):
        bits = chance.choices(BITS, k=chance.choice((0, 1, 2, 3, 5, 8, 13)))
        text = "".join(bit + chance.choice(("", "", " ", "\n")) for bit in bits)
        wrapped = (
            text,
            text,
            text,
            text,
            text.lower(),
            text.upper(),
            f'"{text}"',
            f"```\n[{text}]",
        )
        close = chance.choice(("{}", CLOSE.get(name, "{}")))
        yield chance.choice(ASKED[name]), close.format(*[chance.choice(wrapped)] * 2)


FUNCTION: JsonObject = {
    "name": "map.route",
    "description": "A way.",
    "parameters": {
        "type": "dict",
        "properties": {
            "to": {"type": "string"},
            "stops": {"type": "array", "items": {"type": "string"}},
            "sizes": {"type": "array", "items": {"type": "float"}},
            "count": {"type": "integer"},
            "share": {"type": "float"},
            "fast": {"type": "boolean"},
            "by": {"type": "dict"},
            "legs": {"type": "array", "items": {"type": "dict"}},
        },
        "required": ["to", "count"],
    },
}
TRUTH: dict[str, list[Json]] = {
    "to": ["New York, NY", "NYC"],
    "stops": [["Rome", "Bonn"], ["Rome"], ""],
    "sizes": [[1.0, 2.5], ""],
    "count": [3],
    "share": [0.5, 2.0, ""],
    "fast": [True, ""],
    "by": [{"kind": ["bus", "car"], "seats": [2, ""]}, ""],
    "legs": [[{"km": [5], "name": ["a", ""]}, {"km": [7, 8]}], ""],
}
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "to": ("'New York, NY'", '"new york ny"', "'NYC'", "'N.Y.C'", "'Rome'", "NYC", "3", "''", "[]"),
    "stops": ("['Rome', 'Bonn']", "['rome','BONN']", "['Bonn', 'Rome']", "('Rome',)", "[]"),
    "sizes": ("[1.0, 2.5]", "[1, 2.5]", "[1.0]", "[]", "None", "['1.0', '2.5']"),
    "count": ("3", "3.0", "'3'", "True", "1 + 2", "-3", "03", "int(3)"),
    "share": ("0.5", "2", "2.0", "1/2", "'0.5'", "True", "None", ".5"),
    "fast": ("True", "False", "1", "'true'", "true", "None"),
    "by": ("{'kind': 'bus', 'seats': 2}", "{'kind': 'Car'}", "{}", "{'kind': 'bus', 'x': 1}",
           "{'kind': ['bus']}", "dict(kind='bus')", "{'seats': 2}"),
    "legs": ("[{'km': 5, 'name': 'a'}, {'km': 8}]", "[{'km': 5}, {'km': 7}]", "[{'km': 8}]", "[]",
             "[{'km': 7}, {'km': 5}]", "{'km': 5}"),
}  # fmt: skip


def calls(count: int) -> Iterator[str]:
    """Calls of `map.route`, most of them with something that is not as it should be."""
    chance = random.Random("bfcl")
    forms = ("{}", "{}", "[{}]", "```\n[{}]\n```", "[{}", "{}]", "[{0}, {0}]", "Call {}", "'{}'")
    for _ in range(count):
        named = {}
        for name, values in WRITTEN.items():
            if name in ("to", "count") or chance.random() < 0.2:
                named[name] = values[0] if chance.random() < 0.7 else chance.choice(values)
        if chance.random() < 0.05:
            named[chance.choice(("x", "to"))] = "1"
        if chance.random() < 0.05:
            del named["count"]
        name = "map.route" if chance.random() < 0.95 else "map_route"
        call = f"{name}({', '.join(f'{key}={value}' for key, value in named.items())})"
        yield chance.choice(forms).format(call)
