"""People."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with an account; what they may do in a hackathon is in `hackathons`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
