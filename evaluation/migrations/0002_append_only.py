"""What happened stays: transitions and task results are only ever added."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION evaluation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_runevent
    FOR EACH ROW EXECUTE FUNCTION evaluation_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_taskresult
    FOR EACH ROW EXECUTE FUNCTION evaluation_append_only();
"""
BACKWARD = """
DROP TRIGGER append_only ON evaluation_taskresult;
DROP TRIGGER append_only ON evaluation_runevent;
DROP FUNCTION evaluation_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
