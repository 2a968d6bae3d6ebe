"""What teams used of the models, in the admin."""

from django.contrib import admin

from hackathons.admin_access import OrganizedReadOnlyAdmin
from hackathons.models import BudgetAccount


@admin.register(BudgetAccount)
class BudgetAccountAdmin(OrganizedReadOnlyAdmin):
    """Of own hackathons: every team that called a model, and all of them together."""

    list_display = ("whose", "hackathon", "tokens", "tokens_held", "calls", "calls_held")
    list_select_related = ("hackathon", "team")
    list_filter = ("hackathon",)
    search_fields = ("team__name", "hackathon__name")
    ordering = ("hackathon", "-used_tokens")
    fields = ("hackathon", "team", "tokens", "tokens_held", "calls", "calls_held")
    readonly_fields = fields[2:]

    @admin.display(description="Whose", ordering="team__name")
    def whose(self, account: BudgetAccount) -> str:
        """A team, or all of them."""
        return account.team.name if account.team else "All teams together"

    @admin.display(description="Tokens used", ordering="used_tokens")
    def tokens(self, account: BudgetAccount) -> str:
        """Of how many."""
        event = account.hackathon
        return of_limit(
            account.used_tokens,
            event.team_token_budget if account.team_id else event.event_token_budget,
        )

    @admin.display(description="Tokens set aside", ordering="held_tokens")
    def tokens_held(self, account: BudgetAccount) -> str:
        """For runs that are going on."""
        return f"{account.held_tokens:,}"

    @admin.display(description="Calls used", ordering="used_calls")
    def calls(self, account: BudgetAccount) -> str:
        """Of how many."""
        event = account.hackathon
        return of_limit(
            account.used_calls,
            event.team_call_budget if account.team_id else event.event_call_budget,
        )

    @admin.display(description="Calls set aside", ordering="held_calls")
    def calls_held(self, account: BudgetAccount) -> str:
        """For runs that are going on."""
        return f"{account.held_calls:,}"


def of_limit(used: int, limit: int | None) -> str:
    """A count, and its limit where there is one."""
    return f"{used:,}" if limit is None else f"{used:,} of {limit:,}"
