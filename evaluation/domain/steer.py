"""Pause, drain and resume, by those who may."""

from accounts.models import User
from evaluation.domain.flow import set_event_flow, set_track_flow, set_worker_flow
from evaluation.errors import MayNot
from evaluation.models import Worker
from evaluation.rules import may_steer, may_steer_workers
from hackathons.enums import Flow
from hackathons.models import Hackathon, Track


def steer_event(*, hackathon: Hackathon, flow: Flow, person: User) -> None:
    """Let a hackathon's runs go on, drain or pause.

    Raises:
        MayNot: the person is no organizer of it.
    """
    _must(may_steer(person, hackathon), "Only organizers can pause a hackathon.")
    set_event_flow(hackathon=hackathon, flow=flow)


def steer_track(*, track: Track, flow: Flow, person: User) -> None:
    """Let a track's runs go on, drain or pause.

    Raises:
        MayNot: the person is no organizer of its hackathon.
    """
    _must(may_steer(person, track.hackathon), "Only organizers can pause a track.")
    set_track_flow(track=track, flow=flow)


def steer_worker(*, worker: Worker, flow: Flow, person: User) -> None:
    """Let a worker take runs, take no more, or give back those that it has.

    Raises:
        MayNot: the person does not run the platform: workers serve all hackathons.
    """
    _must(may_steer_workers(person), "Only those who run the platform can pause a worker.")
    set_worker_flow(worker=worker, flow=flow)


def _must(may: bool, sentence: str) -> None:
    if not may:
        raise MayNot(sentence)
