"""A row for the archive of each submission that there is; it was stored under its plain name."""

from django.db import migrations
from django.db.models import Max, Min


def know_every_archive(apps, schema_editor):
    Submission = apps.get_model("submissions", "Submission")
    StoredArchive = apps.get_model("submissions", "StoredArchive")
    named = (
        Submission.objects.order_by()
        .values("archive_sha256")
        .annotate(size=Max("archive_bytes"), first=Min("submitted_at"), last=Max("submitted_at"))
    )
    StoredArchive.objects.bulk_create(
        (
            StoredArchive(
                sha256=each["archive_sha256"],
                generation=1,
                bytes=each["size"],
                stored_at=each["first"],
                touched_at=each["last"],
            )
            for each in named.iterator()
        ),
        batch_size=500,
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("submissions", "0002_archives_are_known")]
    operations = [migrations.RunPython(know_every_archive, migrations.RunPython.noop)]
