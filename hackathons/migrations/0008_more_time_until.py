"""What of more time a team has, and all teams have, beside the row that a claim reads anyway."""

from django.db import migrations

FORWARD = """
ALTER TABLE hackathons_hackathon ADD COLUMN more_time_until timestamptz;
ALTER TABLE hackathons_team ADD COLUMN more_time_until timestamptz;
CREATE FUNCTION hackathons_keep_more_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed hackathons_extension := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF changed.team_id IS NULL THEN
        UPDATE hackathons_hackathon SET more_time_until = (
            SELECT max(least(until, revoked_at)) FROM hackathons_extension
            WHERE hackathon_id = changed.hackathon_id AND team_id IS NULL
        ) WHERE id = changed.hackathon_id;
    ELSE
        UPDATE hackathons_team SET more_time_until = (
            SELECT max(least(until, revoked_at)) FROM hackathons_extension
            WHERE team_id = changed.team_id
        ) WHERE id = changed.team_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_more_time AFTER INSERT OR UPDATE OR DELETE ON hackathons_extension
    FOR EACH ROW EXECUTE FUNCTION hackathons_keep_more_time();
"""
BACKWARD = """
DROP TRIGGER keep_more_time ON hackathons_extension;
DROP FUNCTION hackathons_keep_more_time;
ALTER TABLE hackathons_team DROP COLUMN more_time_until;
ALTER TABLE hackathons_hackathon DROP COLUMN more_time_until;
"""


class Migration(migrations.Migration):
    dependencies = [("hackathons", "0007_extensions_stay")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
