"""What every model of ours shares."""

import uuid

from django.db import models


class UuidModel(models.Model):
    """A model whose primary key is a random UUID, so that an address tells nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
