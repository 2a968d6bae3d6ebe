"""What was used so long ago that hardly a microsecond of it is left counts as nothing.

Each claim halves what is left again. Where runs come and go for days without a second in a
sandbox, that ended below the smallest number there is, which PostgreSQL refuses to compute; and
since a claim compares all lines, nothing was claimed any more.
"""

from django.db import migrations

RECENT = """
CREATE OR REPLACE FUNCTION evaluation_recent(seconds double precision, measured_at timestamptz)
RETURNS double precision LANGUAGE sql STABLE AS $$
    -- After 100 half-lives of ten minutes nothing is left; further on the power would underflow.
    SELECT %(seconds)s * power(2::float8,
        - least(greatest(extract(epoch FROM statement_timestamp() - measured_at)::float8 / 600, 0), 100))
$$;
"""
FORWARD = RECENT % {"seconds": "CASE WHEN seconds < 1e-6 THEN 0 ELSE seconds END"}
BACKWARD = RECENT % {"seconds": "seconds"}


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0016_background_is_nobodys_share")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
