"""The nearest units are found by place: thousands of units stand in one municipality's centre.

ANEEL's files carry no coordinates since 2026. A k-nearest walk over the units' own index has to look at every unit of a place before
it may answer with the first (their boxes are closer than they are): 10,000 pages for a point in a capital. The centres are few.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models

NEAREST = """
CREATE OR REPLACE FUNCTION aneel.find_nearest_units(
    lat double precision, lon double precision, max_units integer DEFAULT 10, max_km double precision DEFAULT 50)
RETURNS TABLE (id bigint, unit_id character varying, distance_km double precision) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
DECLARE
    point CONSTANT public.geography := public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)::public.geography;
    centre record;
    there bigint[];
    keys bigint[] := '{}';
    metres double precision[] := '{}';
    enough double precision := max_km * 1000.0;
BEGIN
    -- Many units with places of their own: their index is the better way, and no place has many of them.
    IF (SELECT count(*) FROM (SELECT FROM aneel.generation_units o
                              WHERE o.location_precision = 'unit' AND o.status = 'ACTIVE' LIMIT 1001) own) > 1000 THEN
        RETURN QUERY
        SELECT n.id, n.unit_id, n.away / 1000.0 FROM (
            SELECT u.id, u.unit_id, u.geolocation OPERATOR(public.<->) point AS away FROM aneel.generation_units u
            WHERE u.status = 'ACTIVE' ORDER BY u.geolocation OPERATOR(public.<->) point LIMIT max_units
        ) n WHERE n.away <= enough ORDER BY n.away, n.id;
        RETURN;
    END IF;
    FOR centre IN
        SELECT c.ibge_code AS code, c.centroid OPERATOR(public.<->) point AS away FROM aneel.municipalities c
        WHERE public.ST_DWithin(c.centroid, point, enough, false) ORDER BY c.centroid OPERATOR(public.<->) point
    LOOP
        EXIT WHEN centre.away > enough;
        there := ARRAY(
            SELECT s.id FROM aneel.generation_units s
            WHERE s.municipality_id = centre.code AND s.location_precision = 'municipality' AND s.status = 'ACTIVE'
            ORDER BY s.id LIMIT max_units);
        keys := keys || there;
        metres := metres || array_fill(centre.away, ARRAY[cardinality(there)]);
        IF cardinality(keys) >= max_units THEN
            enough := centre.away;  -- those at the same distance still count
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT u.id, u.unit_id, n.away / 1000.0 FROM (
        (SELECT o.id, o.geolocation OPERATOR(public.<->) point AS away FROM aneel.generation_units o
         WHERE o.location_precision = 'unit' AND o.status = 'ACTIVE'
         ORDER BY o.geolocation OPERATOR(public.<->) point LIMIT max_units)
        UNION ALL
        SELECT shared.id, shared.away FROM unnest(keys, metres) AS shared (id, away)
        ORDER BY away, id LIMIT max_units
    ) n JOIN aneel.generation_units u ON u.id = n.id WHERE n.away <= max_km * 1000.0 ORDER BY n.away, n.id;
END $$;
COMMENT ON FUNCTION aneel.find_nearest_units(double precision, double precision, integer, double precision) IS
    'The active units nearest to a point (degrees, WGS 84), nearest first, of one place by id, at most max_km away (sphere).';
"""
BEFORE = """
CREATE OR REPLACE FUNCTION aneel.find_nearest_units(
    lat double precision, lon double precision, max_units integer DEFAULT 10, max_km double precision DEFAULT 50)
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
"""


class Migration(migrations.Migration):
    dependencies = [("aneel", "0009_states")]

    operations = [
        migrations.AddIndex(
            model_name="municipality",
            index=django.contrib.postgres.indexes.GistIndex(fields=["centroid"], name="municipalities_centre"),
        ),
        migrations.AddIndex(
            model_name="generationunit",
            index=django.contrib.postgres.indexes.GistIndex(
                django.contrib.postgres.indexes.OpClass("geolocation", name="gist_geography_ops"),
                condition=models.Q(location_precision="unit", status="ACTIVE"),
                name="generation_units_own_place",
            ),
        ),
        migrations.RunSQL(NEAREST, BEFORE),
    ]
