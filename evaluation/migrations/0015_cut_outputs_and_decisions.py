"""Outputs that were cut are marked; what was decided about a re-evaluation stays as it is."""

from django.db import migrations

# Only an output that was cut is longer than 64 KiB: a line stands in for what was left out.
FORWARD = """
ALTER TABLE evaluation_taskresult DISABLE TRIGGER append_only;
UPDATE evaluation_taskresult SET cut = true WHERE length(output) > 65536;
ALTER TABLE evaluation_taskresult ENABLE TRIGGER append_only;

CREATE FUNCTION evaluation_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A decided re-evaluation never changes.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER decided BEFORE UPDATE OF track_id, suite_version_id, previous_version_id, kind,
    state, reason, created_at, decided_at, changes OR DELETE ON evaluation_reevaluation
    FOR EACH ROW WHEN (OLD.state <> 'evaluating') EXECUTE FUNCTION evaluation_decided();
"""
BACKWARD = """
DROP TRIGGER decided ON evaluation_reevaluation;
DROP FUNCTION evaluation_decided;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0014_reevaluations")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
