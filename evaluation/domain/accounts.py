"""Budgets of teams and events: drawn from before use, settled when an attempt ends.

Every account and attempt is locked in one order: the run, the event's account, the team's account,
the attempt. What an attempt drew is in its own row, so whoever ends it can settle it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from corral.gateway.budget import Draw, Grant
from evaluation.domain.claim import Claim, still_held
from evaluation.errors import LeaseLost
from evaluation.models import Attempt, Run
from hackathons.models import BudgetAccount, Team

CHUNK_TOKENS = 16_384
CHUNK_CALLS = 32
PLENTY = 4  # chunks that must be left for one to be given; below that only what is needed


@dataclass(frozen=True, slots=True)
class Shared:
    """One limit of one account; counts are tokens or calls."""

    whose: str
    what: str
    limit: int
    used: int
    held: int

    @property
    def room(self) -> int:
        """What may still be set aside; an organizer may have lowered the limit."""
        return max(0, self.limit - self.used - self.held)

    @property
    def refusal(self) -> str:
        """Why no more of it is given."""
        if self.used >= self.limit:
            return f"{self._name} is spent."
        if not self.room:
            return f"{self._name} is spent, or set aside for runs that are going on."
        return f"{self._name} has {self.room:,} left, fewer than the call may need."

    @property
    def _name(self) -> str:
        if self.whose == "team":
            return f"The team's budget of {self.limit:,} {self.what} for this hackathon"
        return f"The hackathon's budget of {self.limit:,} {self.what} for all teams together"


@dataclass(frozen=True, slots=True)
class Given:
    """So many tokens or calls, and why not more where it is less than was needed."""

    count: int
    refusal: str = ""


def draw_allowance(claim: Claim, wanted: Draw) -> Grant:
    """Set tokens and calls aside for the attempt, from its team's and its event's budgets.

    The same draw again, since the answer to a commit was lost, is given the same and no more.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    team = _payer_of(claim.run_id)
    _ensure_accounts(team)
    with transaction.atomic():
        accounts, tried = _locked(team), _held_attempt(claim)
        unheard = Grant(
            tried.drawn_tokens - wanted.drawn_tokens, tried.drawn_calls - wanted.drawn_calls
        )
        if unheard.tokens or unheard.calls:
            return unheard
        calls = given(wanted.calls, wanted.most_calls, CHUNK_CALLS, _shared(team, accounts, "call"))
        tokens = given(
            wanted.tokens, wanted.most_tokens, CHUNK_TOKENS, _shared(team, accounts, "token")
        )
        if calls.refusal:  # tokens without a call are of no use
            return Grant(0, 0, calls.refusal)
        _hold(tried, accounts, tokens.count, calls.count)
    return Grant(tokens.count, calls.count, tokens.refusal)


def given(needed: int, most: int, chunk: int, budgets: Sequence[Shared]) -> Given:
    """A chunk while there is plenty, else what is needed; at most what is left."""
    tightest = min(budgets, key=lambda budget: budget.room, default=None)
    if tightest is None:
        return Given(min(most, max(needed, chunk)))
    generous = chunk if tightest.room >= PLENTY * chunk else 0
    count = min(most, max(needed, generous), tightest.room)
    return Given(count, tightest.refusal if count < min(needed, most) else "")


def return_unused(claim: Claim, *, used_tokens: int, used_calls: int) -> None:
    """Give back what the attempt drew beyond what it knows that it used; the same again: nothing.

    Nothing is given back, either, where more is recorded as used.
    """
    with transaction.atomic():
        accounts = _locked(_payer_of(claim.run_id))
        tried = _open_attempt(claim.run_id, claim.attempt)
        if tried is None or used_tokens < tried.used_tokens or used_calls < tried.used_calls:
            return
        tokens = max(0, tried.drawn_tokens - used_tokens)
        calls = max(0, tried.drawn_calls - used_calls)
        _hold(tried, accounts, -tokens, -calls)


def settle_attempt(*, run_id: UUID, attempt: int, charged: bool) -> None:
    """Count what an attempt used that ends now, and set nothing aside for it any more.

    In the transaction that moved the run, before the attempt's end is written. A team is `charged`
    for attempts that ended by its own doing alone. The event pays for all that reached a
    model server. What was drawn but neither recorded nor returned may have: its worker is gone. It
    counts for the event and against the run's own budget.
    """
    accounts = _locked(_payer_of(run_id))
    # Only now: a draw may have been under way until the accounts were ours.
    tried = _open_attempt(run_id, attempt)
    if tried is None:
        return
    _add(
        accounts[:1],
        used_tokens=max(tried.used_tokens, tried.drawn_tokens),
        used_calls=max(tried.used_calls, tried.drawn_calls),
    )
    if charged:
        _add(accounts[1:], used_tokens=tried.used_tokens, used_calls=tried.used_calls)
    _add(accounts, held_tokens=-tried.drawn_tokens, held_calls=-tried.drawn_calls)
    Run.objects.filter(pk=run_id).update(
        lost_tokens=F("lost_tokens") + max(0, tried.drawn_tokens - tried.used_tokens),
        lost_calls=F("lost_calls") + max(0, tried.drawn_calls - tried.used_calls),
    )


def _payer_of(run_id: UUID) -> Team | None:
    """Whose budgets, besides its own, the run is held to; nobody's where it is a re-evaluation's.

    It is the organizers' doing: a team must neither pay for it nor see it in its account, and no
    answer may be refused because others have spent what there was.
    """
    run = Run.objects.select_related("submission__team__hackathon").get(pk=run_id)
    return None if run.reevaluation_id else run.submission.team


def _ensure_accounts(team: Team | None) -> None:
    """Both accounts are there before anything is locked."""
    if team is not None and _accounts(team).count() < 2:
        for owner in (None, team):
            BudgetAccount.objects.get_or_create(hackathon=team.hackathon, team=owner)


def _locked(team: Team | None) -> list[BudgetAccount]:
    """The event's and the team's account, locked in this order; none before the first draw."""
    if team is None:
        return []
    return list(
        _accounts(team).select_for_update(no_key=True).order_by(F("team").asc(nulls_first=True))
    )


def _accounts(team: Team) -> QuerySet[BudgetAccount]:
    return BudgetAccount.objects.filter(
        Q(team=team) | Q(team__isnull=True), hackathon=team.hackathon
    )


def _shared(team: Team | None, accounts: Sequence[BudgetAccount], what: str) -> list[Shared]:
    """The limits that the organizers set."""
    found: list[Shared] = []
    if team is None:
        return found
    for whose, account in zip(("event", "team"), accounts, strict=True):
        limit = getattr(team.hackathon, f"{whose}_{what}_budget")
        if limit is not None:
            used, held = getattr(account, f"used_{what}s"), getattr(account, f"held_{what}s")
            found.append(Shared(whose, f"{what}s", limit, used, held))
    return found


def _open_attempt(run_id: UUID, attempt: int) -> Attempt | None:
    """The attempt, locked; None where it has ended. After the accounts, of which it may have none.

    A draw whose answer was lost may still be under way, and is then waited for.
    """
    tried = Attempt.objects.filter(run_id=run_id, number=attempt, ended_at__isnull=True)
    return tried.order_by("pk").select_for_update(no_key=True).first()  # no join, which locks too


def _held_attempt(claim: Claim) -> Attempt:
    tried = _open_attempt(claim.run_id, claim.attempt)
    if tried is None or not still_held(claim):
        raise LeaseLost("This attempt no longer holds the run.")
    return tried


def _hold(tried: Attempt, accounts: Sequence[BudgetAccount], tokens: int, calls: int) -> None:
    """Set so much more aside; less where it is negative."""
    Attempt.objects.filter(pk=tried.pk).update(
        drawn_tokens=F("drawn_tokens") + tokens, drawn_calls=F("drawn_calls") + calls
    )
    _add(accounts, held_tokens=tokens, held_calls=calls)


def _add(accounts: Sequence[BudgetAccount], **changes: int) -> None:
    BudgetAccount.objects.filter(pk__in=[account.pk for account in accounts]).update(
        **{field: F(field) + change for field, change in changes.items()}
    )
