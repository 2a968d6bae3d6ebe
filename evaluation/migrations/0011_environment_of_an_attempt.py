"""What was installed for an attempt's project, for the record."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0010_every_run_has_a_line'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='environment',
            field=models.JSONField(blank=True, default=dict, help_text='What was installed for the project, if anything.'),
        ),
    ]
