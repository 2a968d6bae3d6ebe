"""`manage.py models list|add|check|digest`."""

from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalogue.domain.upstreams import check_upstream
from catalogue.domain.weights import Described, add_model
from catalogue.models import LanguageModel
from corral.errors import PlatformError, ProjectRefused, UserError
from corral.weights.gguf_file import read_weights

HELP = {
    "slug": "Its name in a corral.toml; by default made from the file's name.",
    "upstream": "Base URL of its OpenAI-compatible server; by default LLAMA_UPSTREAM.",
    "upstream_name": "The name that the server knows it by.",
    "upstream_key": "Environment variable with the server's key, LLAMA_UPSTREAM_KEY_….",
}


class Command(BaseCommand):
    """List the catalogue's models, add one from its GGUF file, or check what is served."""

    help = "List the catalogue's models, add one from its GGUF file, or check what is served."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A verb and what it works on."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="The models of the catalogue.")
        add = verbs.add_parser("add", help="Add a model, or describe it anew.")
        add.add_argument("path", type=Path, help="Its GGUF file.")
        for field in fields(Described):
            option = f"--{field.name.replace('_', '-')}"
            add.add_argument(option, default="", help=HELP.get(field.name))
        check = verbs.add_parser("check", help="Ask its server what it serves, and compare.")
        check.add_argument("slug")
        digest = verbs.add_parser("digest", help="Read a GGUF file and keep nothing.")
        digest.add_argument("path", type=Path)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do it, or fail with every problem, one a line."""
        try:
            getattr(self, f"_{verb}")(options)
        except UserError as refused:
            problems = refused.problems if isinstance(refused, ProjectRefused) else [str(refused)]
            raise CommandError("\n".join(problems)) from refused
        except PlatformError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        for model in LanguageModel.objects.all():
            self.stdout.write(described(model))

    def _add(self, options: dict[str, Any]) -> None:
        said = Described(**{field.name: options[field.name] for field in fields(Described)})
        model = add_model(file=options["path"], described=said)
        self.stdout.write(f"{described(model)}\nweights SHA-256 {model.weights_sha256}")

    def _check(self, options: dict[str, Any]) -> None:
        model = LanguageModel.objects.filter(slug=options["slug"]).first()
        if model is None:
            raise CommandError(f"The catalogue has no model “{options['slug']}”.")
        found = check_upstream(model=model)
        if found.contradictions:
            raise CommandError("\n".join(found.contradictions))
        self.stdout.write(f"{found.text}.")

    def _digest(self, options: dict[str, Any]) -> None:
        weights = read_weights(options["path"])
        for name in ("sha256", "tensors_sha256", "metadata_sha256", "architecture", "quantisation"):
            self.stdout.write(f"{name} {getattr(weights, name)}")
        for name, value in weights.facts.as_json().items():
            self.stdout.write(f"{name} {value}")


def described(model: LanguageModel) -> str:
    """A model in one line."""
    parts = [model.slug, model.name, model.architecture, model.quantisation]
    if model.parameters is not None:
        parts.append(f"{model.parameters:,} parameters")
    parts.append(f"weights {model.weights_sha256[:12] or 'not known'}")
    return ", ".join(part for part in parts if part)
