"""What the numbers of boards and runs mean, in a sentence each; docs/statistics.md says more."""

from enum import StrEnum


class Meaning(StrEnum):
    """Sentences for tooltips, help texts and the API's schema."""

    STDERR = (
        "± is one standard error: with other tasks of the same kind the score would move by about "
        "that much."
    )
    RANGE = (
        "In parentheses are the best and the worst rank that the results do not exclude, for all "
        "teams at once with 95 % confidence, by comparing every two teams on the same tasks."
    )
    PRIVATE_RANGE = (
        "In parentheses are the ranks that the private tasks' results do not exclude, as if they "
        "ranked already."
    )
    BAND = (
        "A bracket beside the ranks, and ≈ from its second line on, join a tie band: the results "
        "tell no two teams of it apart, and the plain order is kept inside."
    )
    LADDER = (
        "A Ladder: a team's score rises only where a run beats the run behind that score by more "
        "than the noise between the two; ± is the most that its error can be."
    )
    QUICK = (
        "The first tasks are the same for every run of the track and have the same mix of tags as "
        "the whole: their score foretells that of the run, and ranks nothing."
    )
    SAVED_TOKENS = (
        "An estimate: as many tokens for each task that was not asked as for those that were."
    )
    TAG = (
        "The score on the tasks with one tag alone, ± its own standard error; the fewer tasks, the "
        "less it says."
    )
    LUCK = (
        "The best of several attempts is partly best by luck: if all were equally good, it would "
        "be expected to show about this much too much."
    )
    FINAL = (
        "The final rank comes from the one submission that each team declares final (without one, "
        "from its best on the public tasks)."
    )
