"""Where archives are kept: on this machine's disk, or in a bucket that all machines share."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

STATIC_FILES = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ON_DISK = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
CHOICES = {"endpoint", "region", "style"}
# Nobody waits for a storage that is away: the upload is refused, the attempt is tried again.
CONNECT_SECONDS, READ_SECONDS, TRIES = 3.0, 10.0, 3
# Removing has time, but the sweep waits behind it: it is given up sooner, and comes again.
REMOVAL_SECONDS = 2.0
# Larger than any archive: each is one request, so that a crash leaves nothing half sent.
ONE_REQUEST_BYTES = 1024 * 1024 * 1024
IN_MEMORY_BYTES = 1024 * 1024


def storages(name: str, url: str) -> dict[str, dict[str, Any]]:
    """Django's STORAGES for the value of the variable `name`.

    Empty: files under MEDIA_ROOT. s3://bucket/folder?endpoint=URL&region=NAME&style=path: a
    bucket of S3 or of what speaks like it; everything after the bucket may be left out.

    Raises:
        ImproperlyConfigured: it is neither; the sentence names the variable and no credential.
    """
    if not url:
        return {"default": ON_DISK, "removals": ON_DISK, "staticfiles": STATIC_FILES}
    try:
        options = _bucket_options(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} {error}") from None
    return {"default": _bucket(options), "removals": _hasty(options), "staticfiles": STATIC_FILES}


def _bucket(options: dict[str, Any]) -> dict[str, Any]:
    return {"BACKEND": "submissions.bucket.BucketStorage", "OPTIONS": options}


def _hasty(options: dict[str, Any]) -> dict[str, Any]:
    """The same bucket, asked once and given up soon."""
    from botocore.config import Config

    sooner = Config(
        connect_timeout=REMOVAL_SECONDS,
        read_timeout=REMOVAL_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return _bucket({**options, "client_config": options["client_config"].merge(sooner)})


def _bucket_options(url: str) -> dict[str, Any]:
    """The options of django-storages.

    Raises:
        ValueError: the rest of a sentence that begins with the variable's name.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3":
        raise ValueError("must be empty (archives under MEDIA_ROOT) or s3://bucket.")
    if "@" in parts.netloc:
        raise ValueError(
            "must hold no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    folder = parts.path.strip("/")
    if not BUCKET.fullmatch(parts.netloc):
        raise ValueError(f"names no bucket: {parts.netloc!r} can't be one.")
    if folder and (not PREFIX.fullmatch(folder) or ".." in folder):
        raise ValueError(f"has a folder that can't be one: {folder!r}.")
    return _connection(_choices(parts)) | {"bucket_name": parts.netloc, "location": folder}


def _choices(parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError("has something after the ? that can't be read.") from None
    choices = dict(pairs)
    if unknown := sorted(choices.keys() - CHOICES):
        raise ValueError(f"has {unknown[0]!r} after the ?: only {', '.join(sorted(CHOICES))} may.")
    if choices.get("style", "path") not in ("path", "virtual"):
        raise ValueError("has a style that is neither path nor virtual.")
    return choices


def _endpoint(choices: dict[str, str]) -> str | None:
    if "endpoint" not in choices:
        return None
    address = urlsplit(choices["endpoint"])
    if address.scheme not in ("http", "https") or not address.hostname or "@" in address.netloc:
        raise ValueError("has an endpoint that is no http:// or https:// address.")
    return choices["endpoint"]


def _connection(choices: dict[str, str]) -> dict[str, Any]:
    """Every limit on purpose; no ACL is sent, so that the bucket's own policy holds."""
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    endpoint = _endpoint(choices)
    style = choices.get("style", "path" if endpoint else "auto")
    return {
        "endpoint_url": endpoint,
        "region_name": choices.get("region"),
        "default_acl": None,
        "file_overwrite": True,
        "querystring_expire": 60,
        "max_memory_size": IN_MEMORY_BYTES,
        "transfer_config": TransferConfig(multipart_threshold=ONE_REQUEST_BYTES, use_threads=False),
        "client_config": Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": style},
            # Servers that only speak like S3 may not know S3's newer checksums; ours is sent.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
