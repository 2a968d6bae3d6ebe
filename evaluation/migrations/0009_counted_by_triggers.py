"""Every transition of a run is counted in its line and in the shares of its team and its event."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION evaluation_recent(seconds double precision, measured_at timestamptz)
RETURNS double precision LANGUAGE sql STABLE AS $$
    -- After 100 half-lives of ten minutes nothing is left; further on the power would underflow.
    SELECT seconds * power(2::float8,
        - least(greatest(extract(epoch FROM statement_timestamp() - measured_at)::float8 / 600, 0), 100))
$$;

CREATE FUNCTION evaluation_count_run() RETURNS trigger LANGUAGE plpgsql AS $$
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
        UPDATE evaluation_share SET running = running + runs, measured_at = statement_timestamp(),
            recent_seconds = evaluation_recent(recent_seconds, measured_at) + spent
        WHERE hackathon_id = place.hackathon_id AND team_id IS NULL;
        UPDATE evaluation_share SET running = running + runs, measured_at = statement_timestamp(),
            recent_seconds = evaluation_recent(recent_seconds, measured_at) + spent
        WHERE hackathon_id = place.hackathon_id AND team_id = place.team_id;
    END IF;
    UPDATE evaluation_line SET waiting = waiting + waits, running = running + runs
    WHERE id = NEW.line_id;
    RETURN NULL;
END $$;

INSERT INTO evaluation_line (hackathon_id, track_id, team_id, background, waiting, running)
SELECT k.hackathon_id, s.track_id, s.team_id, false,
    count(*) FILTER (WHERE r.state = 'queued'),
    count(*) FILTER (WHERE r.state IN ('preparing', 'running', 'scoring'))
FROM evaluation_run r
JOIN submissions_submission s ON s.id = r.submission_id
JOIN hackathons_track k ON k.id = s.track_id
GROUP BY k.hackathon_id, s.track_id, s.team_id;

UPDATE evaluation_run r SET line_id = l.id, shared_seconds = r.sandbox_seconds
FROM submissions_submission s JOIN evaluation_line l USING (track_id, team_id)
WHERE s.id = r.submission_id;

INSERT INTO evaluation_share (hackathon_id, team_id, running, recent_seconds, measured_at)
SELECT hackathon_id, team_id, sum(running), 0, now() FROM evaluation_line
GROUP BY GROUPING SETS ((hackathon_id, team_id), (hackathon_id));

CREATE TRIGGER count_run AFTER INSERT OR UPDATE OF state ON evaluation_run
    FOR EACH ROW EXECUTE FUNCTION evaluation_count_run();
"""
BACKWARD = """
DROP TRIGGER count_run ON evaluation_run;
DROP FUNCTION evaluation_count_run;
DROP FUNCTION evaluation_recent;
UPDATE evaluation_run SET line_id = NULL;
DELETE FROM evaluation_line;
DELETE FROM evaluation_share;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0008_shares_and_lines")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
