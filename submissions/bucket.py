"""A bucket as Django's storage, which refuses bytes that are not what their name says."""

from base64 import b64encode
from typing import Any

from storages.backends.s3 import S3Storage


class BucketStorage(S3Storage):  # type: ignore[misc]  # the package has no types
    """An object that bears a SHA-256 is sent with it: the server refuses any other bytes."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """What is sent along with an object."""
        parameters: dict[str, Any] = super().get_object_parameters(name)
        sha256 = name.rpartition("/")[2].partition(".")[0]
        if len(sha256) == 64:
            parameters["ChecksumAlgorithm"] = "SHA256"
            parameters["ChecksumSHA256"] = b64encode(bytes.fromhex(sha256)).decode()
        return parameters
