"""What a project requires: installed before its run begins, while the lease is being kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from corral.environments.build import MIB, Bounds
from corral.environments.environments import Environment, Environments
from corral.environments.order import Base, Source
from corral.errors import EnvironmentFailed, PlatformError, ProjectRefused
from corral.project.manifest import Manifest, ProjectKind
from corral.project.requirements import parse_requirements, requirements_file
from corral.runner import ProjectFailed, StoredProject


@asynccontextmanager
async def equipped(
    project: StoredProject,
    *,
    uid: int | None,
    begun: bool,
    record: Callable[[Environment], Awaitable[None]],
) -> AsyncIterator[StoredProject]:
    """The project with the environment that it requires, which is kept while the context lasts.

    `uid` is the unprivileged user that installs it, None for the caller; `begun` says that it could
    be installed by an earlier attempt; `record` gets what it is.

    Raises:
        ProjectFailed: what is required cannot be had.
        PlatformError: it cannot be installed now.
    """
    lines = required_by(project.manifest, project.folder)
    if not lines:
        yield project
        return
    async with AsyncExitStack() as stack:
        try:
            environment = await stack.enter_async_context(these_environments().held(lines, uid=uid))
        except EnvironmentFailed as failed:
            if begun:
                raise PlatformError(f"What was installed once can't be again: {failed}") from failed
            raise ProjectFailed(f"requirements: {failed}") from failed
        await record(environment)
        yield replace(project, packages=environment.packages)


def required_by(manifest: Manifest, folder: Path) -> tuple[str, ...]:
    """The requirements of an unpacked project, parsed anew.

    Raises:
        ProjectFailed: they break a rule that was not one when they were accepted.
    """
    if manifest.kind is not ProjectKind.PROGRAM or manifest.program is None:
        return ()
    at_root = {path.name for path in folder.iterdir() if path.is_file()}
    name = requirements_file(manifest.program.requirements, at_root)
    if name is None:
        return ()
    try:
        return parse_requirements((folder / name).read_bytes(), name)
    except ProjectRefused as refused:
        raise ProjectFailed(str(refused)) from refused


def these_environments() -> Environments:
    """Those of this worker; all workers of a machine with the same state share them."""
    required = settings.BASE_DIR / "requirements-sandbox.in"
    lock = settings.BASE_DIR / "requirements-sandbox.txt"
    return Environments(
        state=settings.STATE,
        interpreter=settings.SANDBOX_PYTHON,
        base=Base.of(required, lock),
        source=Source(settings.ENVIRONMENT_INDEX_URL, settings.ENVIRONMENT_CUTOFF),
        bounds=Bounds(settings.ENVIRONMENT_SECONDS, int(settings.ENVIRONMENT_MB * MIB)),
        cache_bytes=int(settings.ENVIRONMENT_CACHE_MB * MIB),
    )
