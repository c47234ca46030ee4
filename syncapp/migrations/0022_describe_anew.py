"""What a lookup points to is known from the next describe on: ask every org for its fields anew."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('syncapp', '0021_values_from_salesforce'),
    ]

    operations = [
        migrations.RunSQL(
            'UPDATE syncapp_connector SET schema_at = NULL', migrations.RunSQL.noop
        ),
    ]
