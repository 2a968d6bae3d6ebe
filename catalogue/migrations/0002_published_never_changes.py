"""A published suite version and its tasks never change; PostgreSQL itself refuses."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalogue_refuse_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND (TG_OP = 'DELETE' OR ROW(NEW.*) IS DISTINCT FROM ROW(OLD.*)) THEN
        RAISE EXCEPTION 'A published suite version never changes.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER published_version BEFORE UPDATE OR DELETE ON catalogue_suiteversion
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_published_version();

CREATE FUNCTION catalogue_refuse_published_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE version uuid; published timestamptz;
BEGIN
    version := CASE TG_OP WHEN 'INSERT' THEN NEW.suite_version_id ELSE OLD.suite_version_id END;
    -- The lock makes a change that races with the publication wait for it, and then fail.
    SELECT published_at INTO published FROM catalogue_suiteversion WHERE id = version FOR SHARE;
    IF published IS NOT NULL THEN
        RAISE EXCEPTION 'The tasks of a published suite version never change.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER published_task BEFORE INSERT OR UPDATE OR DELETE ON catalogue_task
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_published_task();
"""
BACKWARD = """
DROP TRIGGER published_task ON catalogue_task;
DROP FUNCTION catalogue_refuse_published_task;
DROP TRIGGER published_version ON catalogue_suiteversion;
DROP FUNCTION catalogue_refuse_published_version;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
