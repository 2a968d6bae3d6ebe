"""Whatever a program does with its tasks, each gets exactly one outcome, and innocents theirs."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corral.runner.book import Book
from corral.verdicts import Verdict
from tests.corral.runner.bench import HASTY, Bench, tasks_of
from tests.fakes.sandbox import PlainSandbox

BEHAVE = """
def work(key, text):
    if text == "crash":
        os._exit(1)
    if text == "leave":
        os._exit(0)
    if text in ("hang", "garbage only"):
        write("garbage\\n")
        time.sleep(60)
    if text == "broken":
        write('{"id": "%s", "output": NaN}\\n' % key)
    if text == "garbage":
        write("[1, 2]\\n\\n")
    if text == "wrong id":
        answer("nobody", 1)
    answer(key, text)
    if text == "duplicate":
        answer(key, "again")

for key, text in tasks():
    threading.Thread(target=work, args=(key, text), daemon=True).start()
"""
EXPECTED = {
    "answer": None,
    "duplicate": None,
    "garbage": None,
    "wrong id": None,
    "broken": Verdict.INVALID_OUTPUT,
    "crash": Verdict.CRASH,
    "leave": Verdict.NO_ANSWER,
    "hang": Verdict.TIMEOUT,
    "garbage only": Verdict.TIMEOUT,
}


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(sorted(EXPECTED)), min_size=1, max_size=8), st.integers(1, 4))
async def test_any_mix_of_behaviours_gives_each_task_its_verdict(
    bench: Bench, behaviours: list[str], concurrency: int
) -> None:
    bench = replace(bench, sandbox=PlainSandbox(), log=bytearray())
    project = bench.program(BEHAVE, concurrency=concurrency)
    policy = replace(HASTY, max_restarts=20)

    verdicts = await bench.verdicts(project, tasks_of(*behaviours), policy)

    assert verdicts == [EXPECTED[behaviour] for behaviour in behaviours]
    assert bench.alive() == 0
    assert bench.gateway.in_flight == set()


@given(st.integers(0, 8), st.integers(1, 4), st.data())
def test_book_settles_each_task_once_whatever_happens(
    count: int, slots: int, data: st.DataObject
) -> None:
    book = Book(tasks_of(*["x"] * count), slots)
    settled: list[str] = []
    held: list[str] = []
    hung: list[str] = []
    now = 0.0
    for _ in range(200):
        now += 1.0
        while (task := book.next_to_send()) is not None:
            book.sent(task, now)
            held.append(task.key)
        assert len(held) + len(hung) <= slots
        assert sorted(book._live) == sorted(held)
        if book.settled:
            break
        if book.stuck:
            book.put_down()
            hung.clear()
            continue
        event = data.draw(st.sampled_from(["answer", "hang", "late", "die"]))
        if event == "answer" and held:
            key = held.pop(data.draw(st.integers(0, len(held) - 1)))
            assert book.take_live(key) is not None
            settled.append(key)
        elif event == "hang":
            hung += [one.task.key for one in book.hang(sent_before=now)]
            settled += held
            held.clear()
        elif event == "late" and hung:
            assert book.take_hung(hung.pop()) is not None
        elif event == "die":
            blamed = book.bury()
            assert (blamed is not None) == (len(held) == 1 and not hung)
            settled += [blamed.task.key] if blamed is not None else []
            held.clear()
            hung.clear()
    settled += [task.key for task in book.take_all()]

    assert sorted(settled) == sorted(f"t{number + 1}" for number in range(count))
