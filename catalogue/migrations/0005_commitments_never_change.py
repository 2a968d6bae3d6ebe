"""A commitment is to a published version's tasks, and never changes; it is opened once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalogue_refuse_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE published timestamptz;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT published_at INTO published FROM catalogue_suiteversion WHERE id = NEW.suite_version_id;
        IF published IS NULL THEN
            RAISE EXCEPTION 'Only a published suite version is committed to.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.opened_at IS NOT NULL
        OR ROW(NEW.id, NEW.suite_version_id, NEW.digest, NEW.salt, NEW.made_at)
            IS DISTINCT FROM ROW(OLD.id, OLD.suite_version_id, OLD.digest, OLD.salt, OLD.made_at) THEN
        RAISE EXCEPTION 'A commitment never changes.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commitment_stays BEFORE INSERT OR UPDATE OR DELETE ON catalogue_commitment
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_commitment();
"""
BACKWARD = """
DROP TRIGGER commitment_stays ON catalogue_commitment;
DROP FUNCTION catalogue_refuse_commitment;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_clusters_and_commitments")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
