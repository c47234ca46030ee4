"""The history that decides who is mailable, found without walking all other history."""

from django.db import migrations

# The condition of services.recent: the planner takes the index when both say the same.
CREATE = """
CREATE INDEX history_permission ON syncapp_fieldchange (unit_id, id DESC)
 WHERE changes @> '[{"field": "opted_out", "side": "ae"}]'::jsonb
    OR changes @> '[{"field": "do_not_email", "side": "ae"}]'::jsonb
    OR changes @> '[{"field": "archived", "side": "ae"}]'::jsonb
"""


class Migration(migrations.Migration):

    dependencies = [
        ("syncapp", "0018_acknowledged_preview"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP INDEX history_permission"),
    ]
