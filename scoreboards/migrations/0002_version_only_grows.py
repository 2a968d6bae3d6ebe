"""The version of a board only grows; PostgreSQL itself refuses anything else."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION scoreboards_version_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version < OLD.version THEN
        RAISE EXCEPTION 'The version of a board only grows.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_only_grows BEFORE UPDATE ON scoreboards_board
    FOR EACH ROW EXECUTE FUNCTION scoreboards_version_only_grows();
"""
BACKWARD = """
DROP TRIGGER version_only_grows ON scoreboards_board;
DROP FUNCTION scoreboards_version_only_grows;
"""


class Migration(migrations.Migration):
    dependencies = [("scoreboards", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
