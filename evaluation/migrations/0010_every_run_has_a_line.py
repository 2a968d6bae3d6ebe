"""A run always stands in the line of its team and track."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0009_counted_by_triggers")]
    operations = [
        migrations.AlterField(
            model_name="run",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="evaluation.line",
            ),
        ),
    ]
