"""A server that speaks like S3, in a process of its own, with one bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from launcher.ports import answers, free_port
from tests.processes import running, wait_for

NAME = "corral-archives"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "not-a-key",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Bucket:
    """What is in it, asked past everything of the platform."""

    endpoint: str
    client: Any = field(repr=False)

    @property
    def url(self) -> str:
        """The value of STORAGE_URL."""
        return f"s3://{NAME}/corral?endpoint={self.endpoint}"

    def keys(self) -> list[str]:
        """The names of its objects."""
        listed = self.client.list_objects_v2(Bucket=NAME)
        return [entry["Key"] for entry in listed.get("Contents", ())]

    def put(self, key: str, body: bytes) -> None:
        """Change an object behind the platform's back."""
        self.client.put_object(Bucket=NAME, Key=key, Body=body)

    def facts(self, key: str) -> dict[str, Any]:
        """What the server knows of an object."""
        told: dict[str, Any] = self.client.head_object(Bucket=NAME, Key=key, ChecksumMode="ENABLED")
        return told

    def empty(self) -> None:
        """Every object is gone."""
        for key in list(self.keys()):
            self.client.delete_object(Bucket=NAME, Key=key)


@contextmanager
def bucket_server(log: Path) -> Iterator[Bucket]:
    """A server that is up, with an empty bucket."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with running("moto.server", "-H", "127.0.0.1", "-p", str(port), log=log, **CREDENTIALS):
        wait_for(lambda: answers(port), 60)
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_bucket(Bucket=NAME)
        yield Bucket(endpoint, client)
