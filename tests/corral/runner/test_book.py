"""The bookkeeping of tasks, without any process."""

from corral.runner.book import Book
from corral.suites.base import Task
from tests.corral.runner.bench import tasks_of


def send_all(book: Book, *, now: float = 0.0) -> list[str]:
    """Send whatever may be sent."""
    keys = []
    while (task := book.next_to_send()) is not None:
        book.sent(task, now)
        keys.append(task.key)
    return keys


def settle(book: Book, key: str) -> None:
    assert book.take_live(key) is not None


def test_book_sends_as_many_as_there_are_slots() -> None:
    book = Book(tasks_of("a", "b", "c"), slots=2)

    assert send_all(book) == ["t1", "t2"]
    settle(book, "t1")
    assert send_all(book) == ["t3"]


def test_book_without_tasks_is_settled() -> None:
    assert Book([], slots=2).settled


def test_death_of_one_alone_blames_it() -> None:
    book = Book(tasks_of("a", "b"), slots=1)
    send_all(book)

    blamed = book.bury()

    assert blamed is not None
    assert blamed.task.key == "t1"
    assert send_all(book) == ["t2"]


def test_death_with_several_tries_them_one_by_one_before_the_rest() -> None:
    book = Book(tasks_of("a", "b", "c", "d"), slots=3)
    send_all(book)

    assert book.bury() is None
    order = []
    for _ in range(3):
        order.append(send_all(book))
        settle(book, order[-1][0])

    assert order == [["t1"], ["t2"], ["t3"]]
    assert send_all(book) == ["t4"]


def test_death_with_a_hung_task_beside_blames_nobody() -> None:
    book = Book(tasks_of("a", "b"), slots=2)
    book.sent(first(book), 0.0)
    book.hang(sent_before=1.0)
    book.sent(first(book), 2.0)

    assert book.bury() is None
    assert send_all(book) == ["t2"]
    assert not book.has_hung


def test_hung_task_keeps_its_slot_until_its_late_answer() -> None:
    book = Book(tasks_of("a", "b"), slots=1)
    send_all(book)
    book.hang(sent_before=1.0)

    assert send_all(book) == []
    assert book.take_hung("t1") is not None
    assert send_all(book) == ["t2"]


def test_book_is_stuck_only_when_every_slot_is_hung() -> None:
    book = Book(tasks_of("a", "b", "c", "d"), slots=2)
    book.sent(first(book), 0.0)
    book.hang(sent_before=1.0)
    stuck = [book.stuck]
    book.sent(first(book), 2.0)
    stuck.append(book.stuck)
    book.hang(sent_before=3.0)
    stuck.append(book.stuck)

    assert stuck == [False, False, True]


def test_book_with_hung_tasks_and_nothing_waiting_is_settled_not_stuck() -> None:
    book = Book(tasks_of("a"), slots=1)
    send_all(book)
    book.hang(sent_before=1.0)

    assert book.settled
    assert not book.stuck


def test_hung_suspect_stops_the_one_by_one_trial() -> None:
    book = Book(tasks_of("a", "b", "c"), slots=2)
    send_all(book)
    book.bury()
    send_all(book)
    book.hang(sent_before=1.0)

    assert book.stuck


def test_take_all_leaves_nothing_to_try() -> None:
    book = Book(tasks_of("a", "b", "c", "d"), slots=2)
    send_all(book)
    book.bury()
    send_all(book)

    assert [task.key for task in book.take_all()] == ["t1", "t2", "t3", "t4"]
    assert book.settled


def first(book: Book) -> Task:
    task = book.next_to_send()
    assert task is not None
    return task
