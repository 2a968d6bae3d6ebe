"""The page of a person's account and API tokens."""

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.tokens import NewToken, TooManyTokens, create_token, revoke_token, tokens_of
from accounts.forms import TokenForm
from accounts.models import User


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The person's tokens, and the form for another."""
    return _page(request)


@sensitive_variables("new")
@require_POST
@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Make a token, and show it this once: it is not kept anywhere."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    try:
        new = create_token(
            person=cast(User, request.user), lasts=timedelta(days=form.cleaned_data["days"])
        )
    except TooManyTokens as refused:
        messages.error(request, str(refused))
        return redirect("accounts:account")
    return _page(request, new=new)


@require_POST
@login_required
def revoke(request: HttpRequest) -> HttpResponse:
    """Make one token useless."""
    if not revoke_token(person=cast(User, request.user), digest=request.POST.get("token", "")):
        raise Http404
    messages.success(request, "The token no longer works.")
    return redirect("accounts:account")


@never_cache
@sensitive_variables("new", "context")
def _page(
    request: HttpRequest,
    *,
    form: TokenForm | None = None,
    new: NewToken | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "tokens": tokens_of(cast(User, request.user)),
        "form": form or TokenForm(),
        "new": new,
    }
    return render(request, "account/tokens.html", context, status=status)
