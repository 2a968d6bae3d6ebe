"""A membership's hackathon is its team's: a composite foreign key, which Django can't declare."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hackathons", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE hackathons_membership ADD CONSTRAINT membership_in_its_teams_hackathon
            FOREIGN KEY (team_id, hackathon_id) REFERENCES hackathons_team (id, hackathon_id)
            DEFERRABLE INITIALLY DEFERRED
            """,
            "ALTER TABLE hackathons_membership DROP CONSTRAINT membership_in_its_teams_hackathon",
        )
    ]
