"""What was called stays: packs of the ledger are only ever added."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_ledgerpack
    FOR EACH ROW EXECUTE FUNCTION evaluation_append_only();
"""
BACKWARD = "DROP TRIGGER append_only ON evaluation_ledgerpack;"


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0005_ledger")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
