"""The outbox numbers its rows itself: a page brings thousands."""

from django.db import migrations

FORWARD = """
ALTER TABLE syncapp_outboundchange ALTER seq SET DEFAULT nextval('syncapp_outbox_seq');
ALTER TABLE syncapp_outboundchange ALTER attempts SET DEFAULT 0;
"""
BACK = """
ALTER TABLE syncapp_outboundchange ALTER seq DROP DEFAULT;
ALTER TABLE syncapp_outboundchange ALTER attempts DROP DEFAULT;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("syncapp", "0023_former_users"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACK)]
