"""An extension is its team's hackathon's, and never changes but for being revoked, once."""

from django.db import migrations

# Who granted or revoked it may be forgotten with their account.
FORWARD = """
ALTER TABLE hackathons_extension ADD CONSTRAINT extension_in_its_teams_hackathon
    FOREIGN KEY (team_id, hackathon_id) REFERENCES hackathons_team (id, hackathon_id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION hackathons_extension_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.hackathon_id, NEW.team_id, NEW.until, NEW.reason, NEW.granted_at)
            IS DISTINCT FROM
            (OLD.id, OLD.hackathon_id, OLD.team_id, OLD.until, OLD.reason, OLD.granted_at)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
        OR (NEW.granted_by_id IS NOT NULL
            AND NEW.granted_by_id IS DISTINCT FROM OLD.granted_by_id)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_by_id IS NOT NULL
            AND NEW.revoked_by_id IS DISTINCT FROM OLD.revoked_by_id)
    THEN
        RAISE EXCEPTION 'An extension can only be revoked.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER extension_stays BEFORE UPDATE ON hackathons_extension
    FOR EACH ROW EXECUTE FUNCTION hackathons_extension_stays();
"""
BACKWARD = """
DROP TRIGGER extension_stays ON hackathons_extension;
DROP FUNCTION hackathons_extension_stays;
ALTER TABLE hackathons_extension DROP CONSTRAINT extension_in_its_teams_hackathon;
"""


class Migration(migrations.Migration):
    dependencies = [("hackathons", "0006_extensions")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
