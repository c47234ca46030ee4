"""What Django's models cannot say: the partitioned history, append-only triggers, storage."""

from django.db import migrations

HISTORY = """
CREATE SEQUENCE syncapp_fieldchange_id_seq;
CREATE SEQUENCE syncapp_batch_seq;
CREATE SEQUENCE syncapp_outbox_seq;
CREATE TABLE syncapp_fieldchange (
    id bigint NOT NULL DEFAULT nextval('syncapp_fieldchange_id_seq'),
    at timestamptz NOT NULL,
    unit_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    run_id bigint,
    actor text NOT NULL DEFAULT '',
    ae_at timestamptz,
    sf_at timestamptz,
    batch bigint NOT NULL,
    changes jsonb NOT NULL,
    salt uuid NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX syncapp_fieldchange_prospect ON syncapp_fieldchange (prospect_id, id);
CREATE INDEX syncapp_fieldchange_run ON syncapp_fieldchange (run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX syncapp_fieldchange_batch ON syncapp_fieldchange USING brin (batch);
CREATE TABLE syncapp_fieldchange_default PARTITION OF syncapp_fieldchange DEFAULT;

CREATE FUNCTION syncapp_make_partitions(from_month date, months int) RETURNS int AS $$
DECLARE
    first date;
    made int := 0;
    name text;
BEGIN
    FOR i IN 0..months - 1 LOOP
        first := date_trunc('month', from_month)::date + make_interval(months => i);
        name := 'syncapp_fieldchange_' || to_char(first, 'YYYYMM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF syncapp_fieldchange FOR VALUES FROM (%L) TO (%L)',
                name, first::timestamp AT TIME ZONE 'UTC',
                (first + make_interval(months => 1))::timestamp AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$ LANGUAGE plpgsql;
SELECT syncapp_make_partitions((now() - interval '1 month')::date, 4);

CREATE FUNCTION syncapp_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON syncapp_fieldchange
    FOR EACH ROW EXECUTE FUNCTION syncapp_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON syncapp_auditentry
    FOR EACH ROW EXECUTE FUNCTION syncapp_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON syncapp_auditseal
    FOR EACH ROW EXECUTE FUNCTION syncapp_append_only();

ALTER TABLE syncapp_prospect SET (fillfactor = 70);
ALTER TABLE syncapp_prospectlink SET (fillfactor = 60);
"""

UNDO = """
DROP TABLE syncapp_fieldchange;
DROP TRIGGER append_only ON syncapp_auditentry;
DROP TRIGGER append_only ON syncapp_auditseal;
DROP FUNCTION syncapp_append_only();
DROP FUNCTION syncapp_make_partitions(date, int);
DROP SEQUENCE syncapp_fieldchange_id_seq;
DROP SEQUENCE syncapp_batch_seq;
DROP SEQUENCE syncapp_outbox_seq;
"""


class Migration(migrations.Migration):
    dependencies = [("syncapp", "0001_tables")]
    operations = [migrations.RunSQL(HISTORY, UNDO)]
