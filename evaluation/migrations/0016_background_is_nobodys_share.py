"""A background line's runs are the organizers' doing: no team's share is counted for them.

Else a team's next run would wait for what it did not ask for. The event's share counts that they
run, for its limit, and not their seconds.
"""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION evaluation_count_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    active CONSTANT text[] := ARRAY['preparing', 'running', 'scoring'];
    waits integer := (NEW.state = 'queued')::integer;
    runs integer := (NEW.state = ANY(active))::integer;
    spent double precision := NEW.shared_seconds;
    place evaluation_line;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        waits := waits - (OLD.state = 'queued')::integer;
        runs := runs - (OLD.state = ANY(active))::integer;
        spent := spent - OLD.shared_seconds;
    END IF;
    IF waits = 0 AND runs = 0 THEN
        RETURN NULL;
    END IF;
    IF runs <> 0 THEN
        SELECT * INTO place FROM evaluation_line WHERE id = NEW.line_id;
        %(background)s
        UPDATE evaluation_share SET running = running + runs, measured_at = statement_timestamp(),
            recent_seconds = evaluation_recent(recent_seconds, measured_at) + spent
        WHERE hackathon_id = place.hackathon_id AND team_id IS NULL;
        UPDATE evaluation_share SET running = running + runs, measured_at = statement_timestamp(),
            recent_seconds = evaluation_recent(recent_seconds, measured_at) + spent
        WHERE hackathon_id = place.hackathon_id AND team_id = place.team_id%(own)s;
    END IF;
    UPDATE evaluation_line SET waiting = waiting + waits, running = running + runs
    WHERE id = NEW.line_id;
    RETURN NULL;
END $$;
"""
FORWARD = COUNT % {
    "background": "IF place.background THEN spent := 0; END IF;",
    "own": " AND NOT place.background",
}
BACKWARD = COUNT % {"background": "", "own": ""}


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0015_cut_outputs_and_decisions")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
