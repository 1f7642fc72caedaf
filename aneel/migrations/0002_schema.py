"""The schema `aneel`: tables moved there, triggers, functions, views, rights."""

from django.db import migrations

from ysh.core.db.operations import GrantOnSchema, MoveToSchema, TouchUpdatedAt

TABLES = ["datasets", "distributors", "municipalities", "generation_units", "tariffs", "certifications"]

# A unit's point follows its coordinates, or else its municipality, when they are written without a point; bulk loads bring the
# point along, and then the WHEN clause costs next to nothing.
GEOLOCATION = """
CREATE FUNCTION aneel.set_geolocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.latitude IS NOT NULL AND NEW.longitude IS NOT NULL THEN
        NEW.geolocation := public.ST_SetSRID(public.ST_MakePoint(NEW.longitude, NEW.latitude), 4326)::public.geography;
        NEW.location_precision := 'unit';
    ELSE
        NEW.geolocation := (SELECT m.centroid FROM aneel.municipalities m WHERE m.ibge_code = NEW.municipality_id);
        NEW.location_precision := CASE WHEN NEW.geolocation IS NULL THEN 'none' ELSE 'municipality' END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER geolocation_on_insert BEFORE INSERT ON aneel.generation_units FOR EACH ROW
    WHEN (NEW.geolocation IS NULL AND (NEW.latitude IS NOT NULL OR NEW.municipality_id IS NOT NULL)) EXECUTE FUNCTION aneel.set_geolocation();
CREATE TRIGGER geolocation_on_update BEFORE UPDATE OF latitude, longitude, municipality_id ON aneel.generation_units FOR EACH ROW
    WHEN ((NEW.latitude IS DISTINCT FROM OLD.latitude OR NEW.longitude IS DISTINCT FROM OLD.longitude
           OR NEW.municipality_id IS DISTINCT FROM OLD.municipality_id)
          AND NEW.geolocation IS NOT DISTINCT FROM OLD.geolocation)
    EXECUTE FUNCTION aneel.set_geolocation();
"""
DROP_GEOLOCATION = """
DROP TRIGGER geolocation_on_update ON aneel.generation_units;
DROP TRIGGER geolocation_on_insert ON aneel.generation_units;
DROP FUNCTION aneel.set_geolocation();
"""

FUNCTIONS = """
CREATE FUNCTION aneel.calculate_distance_km(unit1 text, unit2 text) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT public.ST_Distance(a.geolocation, b.geolocation) / 1000.0
    FROM aneel.generation_units a, aneel.generation_units b WHERE a.unit_id = unit1 AND b.unit_id = unit2
$$;
COMMENT ON FUNCTION aneel.calculate_distance_km(text, text) IS
    'Geodesic distance in km between two units, by unit code; NULL when one is unknown or has no location.';

CREATE FUNCTION aneel.find_nearest_units(lat double precision, lon double precision, max_units integer DEFAULT 10, max_km double precision DEFAULT 50)
RETURNS TABLE (id bigint, unit_id character varying, distance_km double precision) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT n.id, n.unit_id, n.metres / 1000.0 FROM (
        SELECT u.id, u.unit_id, u.geolocation OPERATOR(public.<->) p.point AS metres
        FROM aneel.generation_units u,
             (SELECT public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)::public.geography AS point) p
        WHERE u.status = 'ACTIVE'
        ORDER BY u.geolocation OPERATOR(public.<->) p.point
        LIMIT max_units
    ) n WHERE n.metres <= max_km * 1000.0 ORDER BY n.metres, n.id
$$;
COMMENT ON FUNCTION aneel.find_nearest_units(double precision, double precision, integer, double precision) IS
    'The active units nearest to a point (degrees, WGS 84), nearest first, at most max_km away; k-nearest by the GiST index.';
"""
DROP_FUNCTIONS = """
DROP FUNCTION aneel.find_nearest_units(double precision, double precision, integer, double precision);
DROP FUNCTION aneel.calculate_distance_km(text, text);
"""

VIEWS = """
CREATE MATERIALIZED VIEW aneel.mv_gen_units_statistics AS
SELECT concat_ws('|', state, coalesce(consumer_class, '-'), coalesce(source_type, '-')) AS key,
       state, consumer_class, source_type,
       count(*) AS unit_count,
       sum(installed_power_kw) AS power_sum_kw,
       round(avg(installed_power_kw), 3) AS power_avg_kw,
       min(installed_power_kw) AS power_min_kw,
       max(installed_power_kw) AS power_max_kw,
       sum(avg_monthly_generation_kwh) AS generation_sum_kwh,
       round(avg(capacity_factor), 2) AS capacity_factor_avg
FROM aneel.generation_units WHERE status = 'ACTIVE'
GROUP BY state, consumer_class, source_type;
CREATE UNIQUE INDEX mv_gen_units_statistics_key ON aneel.mv_gen_units_statistics (key);

CREATE VIEW aneel.v_gen_units_by_state AS
SELECT state, sum(unit_count)::bigint AS unit_count, sum(power_sum_kw) AS power_sum_kw,
       round(sum(power_sum_kw) / sum(unit_count), 3) AS power_avg_kw, min(power_min_kw) AS power_min_kw, max(power_max_kw) AS power_max_kw
FROM aneel.mv_gen_units_statistics GROUP BY state;

CREATE VIEW aneel.v_latest_tariffs AS
SELECT DISTINCT ON (distributor_id, base, subgroup, modality, consumer_class, subclass, detail, tariff_post, unit, accessing_agent)
       id, tariff_id, distributor_id, utility_name, base, subgroup, voltage_level, modality, consumer_class, subclass, detail, tariff_post,
       unit, accessing_agent, tusd_value, te_value, tusd_brl_per_kwh, te_brl_per_kwh, total_tariff, valid_from, valid_to,
       resolution_number, resolution_date
FROM aneel.tariffs WHERE valid_from <= current_date
ORDER BY distributor_id, base, subgroup, modality, consumer_class, subclass, detail, tariff_post, unit, accessing_agent,
         valid_from DESC, resolution_date DESC NULLS LAST, id DESC;
"""
DROP_VIEWS = """
DROP VIEW aneel.v_latest_tariffs;
DROP VIEW aneel.v_gen_units_by_state;
DROP MATERIALIZED VIEW aneel.mv_gen_units_statistics;
"""

# Statistics good enough for a table of millions; and no autovacuum storms after a 1 % change.
TUNING = """
ALTER TABLE aneel.generation_units SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 100);
"""

# Without holder, document, postal code and the published row: those are personal data of natural persons (LGPD, art. 5º, I).
UNIT_COLUMNS_WITHOUT_PERSONAL_DATA = [
    "id", "unit_id", "consumer_class", "person_type", "distributor_id", "utility_company", "municipality_id", "municipality", "state",
    "latitude", "longitude", "geolocation", "location_precision", "installed_power_kw", "source_type", "compensation_modality", "size_class",
    "tariff_subgroup", "credited_units", "connection_date", "registration_date", "panel_count", "panel_power_wp", "panel_manufacturer",
    "panel_model", "inverter_power_kw", "inverter_manufacturer", "inverter_model", "array_area_m2", "avg_monthly_generation_kwh",
    "capacity_factor", "status", "deactivation_date", "quality_flags", "dataset_id", "source_run_id", "created_at", "updated_at",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("aneel", "0001_initial")]

    operations = [
        MoveToSchema("aneel", TABLES),
        TouchUpdatedAt(*(f"aneel.{table}" for table in TABLES)),
        migrations.RunSQL(GEOLOCATION, DROP_GEOLOCATION),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(VIEWS, DROP_VIEWS),
        migrations.RunSQL(TUNING, migrations.RunSQL.noop),
        GrantOnSchema("aneel", columns={"generation_units": UNIT_COLUMNS_WITHOUT_PERSONAL_DATA}),
    ]
