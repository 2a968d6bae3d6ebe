"""Requirements: plain specifiers pass, whatever acts is refused by its line."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from corral.errors import ProjectRefused
from corral.project.requirements import (
    MAX_LINE,
    MAX_LINES,
    MAX_REQUIREMENTS,
    PLAIN,
    parse_requirements,
    requirements_file,
)

NAME = "requirements.txt"
# What uv and pip take for something else than a name: options, paths, addresses, other files.
ACTING = re.compile(r"^-|[/\\@:$%#'{}\x00-\x1f\x7f-\U0010ffff]|\.(?:whl|zip|gz|txt|toml|py)\b")


def problems_of(data: bytes) -> list[str]:
    with pytest.raises(ProjectRefused) as refused:
        parse_requirements(data, NAME)
    return refused.value.problems


def test_plain_lines_are_written_anew_sorted_and_once() -> None:
    text = """\ufeff# ours
    NumPy >=1.26 , <3   # numbers
    httpx[HTTP2,brotli]~=0.27

    Foo.Bar_baz
    foo-bar-baz
    tomli>=1 ; python_version < '3.11' and sys_platform == "linux"
    torch==2.1.0+cpu
    six (>=1.16)
    """
    assert parse_requirements(text.encode(), NAME) == (
        "foo-bar-baz",
        "httpx[brotli,http2]~=0.27",
        "numpy<3,>=1.26",
        "six>=1.16",
        'tomli>=1 ; python_version < "3.11" and sys_platform == "linux"',
        "torch==2.1.0+cpu",
    )


def test_any_line_ending_and_no_lines_at_all() -> None:
    assert parse_requirements(b"a\r\nb\r\n", NAME) == ("a", "b")
    assert parse_requirements(b"", NAME) == ()
    assert parse_requirements(b"# nothing\n", NAME) == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-e .", "is an option"),
        ("--editable=.", "is an option"),
        ("-r other.txt", "is an option"),
        ("-r/etc/passwd", "is an option"),
        ("-c constraints.txt", "is an option"),
        ("--index-url https://evil.example/simple", "is an option"),
        ("--extra-index-url=https://evil.example", "is an option"),
        ("--find-links /srv", "is an option"),
        ("--pre", "is an option"),
        ("--no-binary :all:", "is an option"),
        ("numpy==1.26 --hash=sha256:abc", "has an option"),
        ("numpy --config-settings=x=y", "has an option"),
        ("numpy @ https://evil.example/n.whl", "is an address"),
        ("numpy@file:///etc/passwd", "is an address"),
        ("https://evil.example/n.whl", "is an address"),
        ("git+ssh://git@evil.example/x", "is an address"),
        ("file:///etc/passwd", "is an address"),
        ("./here", "is a path"),
        ("../there", "is a path"),
        ("/etc/passwd", "is a path"),
        (".", "is a path"),
        ("folder/thing.whl", "is a path"),
        ("numpy==1.26 \\", "goes on in the next line"),
        ("numpy ${HOME}", "is not understood"),
        ("numpy===1.26", "is not understood"),
        ("numpy==", "is not understood"),
        ("numpy 1.26", "is not understood"),
        ("C:evil", "is not understood"),
        ('numpy ; os_name == "a$b"', "is not understood"),
        ("nümpy", "is not understood"),
        ("num\x00py", "cannot be seen"),
        ("num\x0bpy", "cannot be seen"),
        ("num\rpy", "cannot be seen"),
        ("a\u2028-e .", "cannot be seen"),
        ("a\u202eb", "cannot be seen"),
        ("a" * (MAX_LINE + 1), f"is longer than {MAX_LINE} characters"),
    ],
)
def test_what_acts_is_refused_by_its_line(line: str, said: str) -> None:
    (problem,) = problems_of(f"fine==1\n{line}\nfine2".encode())
    assert problem.startswith(f"{NAME}, line 2: ")
    assert said in problem


def test_all_problems_at_once_and_what_to_write_instead() -> None:
    problems = problems_of(b"-e .\nnumpy\n/x\n")
    assert [problem.split(":")[0] for problem in problems] == [f"{NAME}, line 1", f"{NAME}, line 3"]
    assert all(problem.endswith(f"{PLAIN}.") for problem in problems)


def test_no_more_problems_than_anybody_reads() -> None:
    problems = problems_of(b"-e .\n" * 100)
    assert (len(problems), problems[-1]) == (21, f"{NAME}: and 80 more problems of this kind.")


def test_no_text_and_too_much_of_it() -> None:
    assert problems_of(b"fine\n\xff\xfe\n") == [f"{NAME}, line 2: is not UTF-8 text."]
    assert problems_of("numpy".encode("utf-16")) == [f"{NAME}, line 1: is not UTF-8 text."]
    assert problems_of(b"#" * 70_000) == [f"{NAME}: is larger than 64 KiB."]
    assert problems_of(b"\n" * MAX_LINES) == [f"{NAME}: has more than {MAX_LINES} lines."]
    many = "\n".join(f"p{number}" for number in range(MAX_REQUIREMENTS + 1))
    assert problems_of(many.encode()) == [f"{NAME}: names more than {MAX_REQUIREMENTS} packages."]


def test_name_that_ends_like_a_file_can_only_be_a_name() -> None:
    assert parse_requirements(b"evil.whl\nx.tar.gz\n", NAME) == ("evil-whl", "x-tar-gz")


def test_the_usual_file_is_taken_where_none_is_named() -> None:
    assert requirements_file(None, {"main.py", NAME}) == NAME
    assert requirements_file(None, {"main.py"}) is None
    assert requirements_file("needs.txt", {NAME}) == "needs.txt"


SCRAPS = st.sampled_from(
    (
        *("-e", "-r", "--hash=", "@", " @ ", "://", "file", "/", ".", "..", "\\\n", "\\", "#"),
        *(" #", ";", "numpy", "a", "[b]", "==", "~=", "1.0", "*", "+", "!", "===", ",", "(", ")"),
        *(" ", "\t", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "'", '"', "os_name", "extra"),
        *("and", ".whl", ".tar.gz", "C:", "~", "${A}", "%PATH%", "\ufeff", "é", "$", "%"),
    )
)


@given(st.lists(SCRAPS, max_size=12).map("".join) | st.text(max_size=60))
@example('a ; os_name == "\\"')
@example("a ; extra == 'x -e .'")
def test_nothing_that_an_installer_would_act_on_comes_through(text: str) -> None:
    try:
        lines = parse_requirements(text.encode("utf-8", "surrogatepass"), NAME)
    except ProjectRefused:
        return
    for line in lines:
        specifier, _, marker = line.partition(" ; ")
        assert not ACTING.search(specifier)
        assert not re.search(r"[\\@:$%#'{}/\n\r]", marker)
        parsed = Requirement(line)
        assert parsed.url is None
        assert parse_requirements(line.encode(), NAME) == (line,)
