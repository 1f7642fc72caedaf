"""What the migrations create beside the models' tables: a declaration for the data dictionary, by name.

A test holds every line against the database's catalogs, so a migration that adds an object is not complete without it.
"""

from dataclasses import dataclass

from ysh.core.audit_policy import AuditPolicy


@dataclass(frozen=True, slots=True)
class View:
    """A view. `columns`: name and type of each, in order, separated by a comma and a blank."""

    name: str
    columns: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Function:
    """An SQL function. `signature` as PostgreSQL's regprocedure prints it, with its schema."""

    signature: str
    returns: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A row trigger. `fires`: BEFORE or AFTER and the events, in the order PostgreSQL prints them."""

    table: str
    name: str
    fires: str
    function: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the cluster that cannot log in; an administrator grants it to those that can."""

    name: str
    meaning: str


# Table -> column it is partitioned by, in months of UTC.
PARTITIONED = {
    "audit.change_log": "changed_at",
    "pipeline.data_quality_checks": "executed_at",
    "pipeline.ingestion_log": "started_at",
}

MATERIALIZED_VIEWS = {
    "products.mv_possible_duplicates": "unique index mv_possible_duplicates_key (key), "
    "indexes possible_duplicates_of_kit (kit_id where not null), "
    "possible_duplicates_of_product (product_id where not null); refreshed CONCURRENTLY every hour",
    "products.mv_price_moves": "unique index mv_price_moves_key (key), "
    "indexes price_moves_of_kit (kit_id where not null), "
    "price_moves_of_product (product_id where not null); refreshed CONCURRENTLY every hour, after imports",
    "products.mv_search_words": "unique index mv_search_words_word (word); refreshed CONCURRENTLY every hour, after imports",
    "aneel.mv_gen_units_statistics": "unique index mv_gen_units_statistics_key (key); refreshed CONCURRENTLY after loads, daily",
}

# (table, column) -> what deleting the referenced row does in the database; NO ACTION elsewhere.
ON_DELETE = {
    ("products.kit_components", "kit_id"): "CASCADE",
    ("products.kit_components", "product_id"): "RESTRICT",
    ("products.kit_checks", "kit_id"): "CASCADE",
    ("products.prices", "product_id"): "RESTRICT",
    ("products.prices", "kit_id"): "RESTRICT",
}

# Table -> columns ysh_readonly may not read; () for the whole table. Personal data (LGPD), and what we pay.
WITHHELD: dict[str, tuple[str, ...]] = {
    "aneel.generation_units": ("consumer_name", "cpf_cnpj", "cep", "row_hash", "source_fingerprint", "raw_data"),
    "aneel.datasets": ("contact_name", "contact_email", "conflicts", "corrections", "raw_metadata"),
    "aneel.dataset_entries": (),
    "audit.change_log": (),
    "audit.chain_heads": (),
    "audit.reverts": (),
    "pipeline.catalog_import_rows": (),
    "pipeline.catalog_imports": (),
    "audit.seal_progress": (),
    "pipeline.data_quality_checks": ("failure_examples",),
    "pipeline.alert_notices": (),
    "pipeline.alerts": (),
    "pipeline.api_keys": (),
    "pipeline.rejected_rows": (),
    "pipeline.supplier_mappings": (),
    "pipeline.webhook_deliveries": (),
    "pipeline.webhook_endpoints": (),
    "products.duplicate_dismissals": (),
    "products.mv_price_moves": (),
    "products.prices": (),
    "products.products": ("cost_price", "markup_percent", "raw_data"),
    "products.saved_filters": (),
    "products.solar_kits": ("raw_data",),
}

ROLES = (
    Role("ysh_admin", "everything on the four schemas and Django's own tables"),
    Role("ysh_api", "reads and writes data; only reads and inserts into audit.change_log, audit.reverts and products.prices"),
    Role("ysh_readonly", "reads the four schemas but for personal data, change log and purchase prices; nothing of Django's own"),
)

VIEWS = (
    View(
        "aneel.v_gen_units_by_state",
        "state char(5), unit_count bigint, power_sum_kw numeric, power_avg_kw numeric, power_min_kw numeric, power_max_kw "
        "numeric",
        "totals by state, from the materialized view",
    ),
    View(
        "aneel.v_latest_tariffs",
        "id bigint, tariff_id varchar(100), distributor_id char(14), utility_name varchar(120), base varchar(10), "
        "subgroup varchar(4), voltage_level varchar(40), modality varchar(60), consumer_class varchar(80), subclass "
        "varchar(120), detail varchar(80), tariff_post varchar(40), unit varchar(3), accessing_agent varchar(120), "
        "tusd_value numeric(12,5), te_value numeric(12,5), tusd_brl_per_kwh numeric(14,8), te_brl_per_kwh numeric(14,8), "
        "total_tariff numeric(14,8), valid_from date, valid_to date, resolution_number varchar(120), resolution_date date",
        "the tariff in force last for each distributor, subgroup, modality, class and post",
    ),
    View(
        "pipeline.v_ingestion_summary",
        "source varchar(60), runs bigint, good_runs bigint, bad_runs bigint, last_started_at timestamptz, last_success_at "
        "timestamptz, avg_duration_seconds numeric, rows_inserted numeric, rows_updated numeric, rows_removed numeric, "
        "rows_rejected numeric",
        "runs of the last 30 days by source",
    ),
    View(
        "products.v_kits_detailed",
        "id bigint, kit_id varchar(100), sku varchar(100), name varchar(300), description text, system_type varchar(8), "
        "power_kwp numeric(10,3), declared_power_kwp numeric(10,3), inverter_power_kw numeric(10,3), dc_ac_ratio "
        "numeric(14,4), voltage_phase varchar(10), roof_type varchar(20), avg_monthly_generation_kwh numeric(14,2), "
        "estimated_coverage_percent numeric(7,2), kit_cost numeric(12,2), installation_cost numeric(12,2), "
        "documentation_cost numeric(12,2), total_price numeric(14,2), price_per_wp numeric(16,4), regional_adjustments "
        "jsonb, target_consumer_class varchar(24), recommended_consumption_min_kwh numeric(12,2), "
        "recommended_consumption_max_kwh numeric(12,2), warranty_years smallint, support_level varchar(30), review_state "
        "varchar(9), status varchar(12), check_state varchar(7), checked_at timestamptz, completeness numeric(4,3), "
        "missing text[], supplier_id varchar(40), supplier varchar(120), image_urls text[], technical_sheet_url "
        "varchar(500), installation_guide_url varchar(500), seo_slug varchar(200), component_count bigint, components "
        "json, created_at timestamptz, updated_at timestamptz",
        "every kit with its components as json, in the order of display",
    ),
    View(
        "products.v_product_catalog",
        "id bigint, sku varchar(100), name varchar(300), description text, category varchar(20), subcategory varchar(60), "
        "manufacturer_id bigint, manufacturer varchar(120), brand varchar(120), model varchar(200), specifications jsonb, "
        "completeness numeric(4,3), missing text[], sale_price numeric(12,2), status varchar(12), stock_quantity integer, "
        "stock_status text, inmetro_certified boolean, inmetro_certificate_number varchar, certificate_expiry_date date, "
        "image_urls text[], datasheet_url varchar(500), manual_url varchar(500), seo_slug varchar(200), created_at "
        "timestamptz, updated_at timestamptz",
        "products on sale with stock status and INMETRO state, without purchase prices",
    ),
)

FUNCTIONS = (
    Function("public.folded(text)", "text", "lower case, without accents: how names are compared and searched"),
    Function("public.immutable_unaccent(text)", "text", "without accents; usable in indexes and generated columns"),
    Function("public.is_cnpj(text)", "boolean", "whether a text is a CNPJ, alphanumeric too, with right check digits"),
    Function("public.touch_updated_at()", "trigger", "sets updated_at"),
    Function(
        "public.weighted_tsvector(text,text[],text)", "tsvector", "search vector: Portuguese, without accents, weights A, B, C"
    ),
    Function(
        "aneel.calculate_distance_km(text,text)", "double precision", "geodesic distance (km) between two units, by unit code"
    ),
    Function(
        "aneel.find_nearest_units(double precision,double precision,integer,double precision)",
        "TABLE(id bigint, unit_id character varying, distance_km double precision)",
        "active units nearest to latitude and longitude; at most so many, at most so many km away",
    ),
    Function("aneel.set_geolocation()", "trigger", "derives geolocation and location_precision from coordinates or municipality"),
    Function("pipeline.track_active_run()", "trigger", "keeps active_runs, and so refuses a second active run of a source"),
    Function(
        "products.catalogue_tsvector(text,text[],text)",
        "tsvector",
        "search vector of a product or kit, with its quantities",
    ),
    Function("products.certificate_in_force(text,text,date)", "boolean", "whether they say INMETRO and in force today"),
    Function("products.derive_inmetro_certified()", "trigger", "keeps products.inmetro_certified when its certification changes"),
    Function("products.follow_certification()", "trigger", "keeps products.inmetro_certified when the certificate changes"),
    Function(
        "products.get_kit_cost_breakdown(text)",
        "TABLE(item text, quantity integer, unit_price numeric, total numeric, share numeric)",
        "what a kit's total price (R$) is made of, by kit_id; shares add up to 1",
    ),
    Function("products.is_inmetro_certified(bigint)", "boolean", "whether the certification is INMETRO's and in force today"),
    Function("products.quantity_words(text)", "text", "quantities of a text in one spelling each: 6,1 kWp gives q6100w"),
    Function("products.derive_kit_powers(bigint[])", "void", "sets the kits' power (kWp, kW AC) to the sums over their parts"),
    Function("products.follow_certification_in_kits()", "trigger", "kits of a changed certificate's products are out of date"),
    Function("products.follow_kit_components()", "trigger", "kits with changed parts: powers, and out of date"),
    Function("products.follow_prices()", "trigger", "kits with a new price are out of date"),
    Function("products.follow_products()", "trigger", "kits of changed products: powers, and out of date"),
    Function("products.follow_site_conditions()", "trigger", "every kit is out of date when the country's temperatures change"),
    Function("products.mark_kits_stale(bigint[])", "bigint", "says that these kits are out of date; how many were not before"),
    Function("products.stale_on_change()", "trigger", "a kit whose own checked columns change is out of date"),
    Function("products.refresh_inmetro_certified()", "bigint", "brings inmetro_certified up to today; how many products changed"),
    Function("products.refuse_price_change()", "trigger", "refuses to change or delete a price"),
    Function(
        "products.stock_status(integer,integer,integer,integer)", "text", "UNKNOWN, OUT_OF_STOCK, LOW_STOCK, OVERSTOCK, IN_STOCK"
    ),
    Function("audit.close_month(date,bigint,timestamp with time zone)", "boolean", "lets no entry be added to a month any more"),
    Function(
        "audit.entry_digest(audit.change_log,bytea,bigint,bytea)", "bytea", "hash of an entry in its place of the month's chain"
    ),
    Function("audit.first_hash(date)", "bytea", "what stands before a month's first entry"),
    Function("audit.personal_digest(audit.change_log)", "bytea", "salted digest of what may name a person in an entry"),
    Function("audit.seal(integer)", "bigint", "chains the entries committed since the last call, at most so many; how many"),
    Function("audit.acting()", "record", "who acts, through what and why, as the transaction was told"),
    Function("audit.log_row()", "trigger", "an entry for a row inserted outside of runs, where runs are counted"),
    Function("audit.log_run()", "trigger", "one entry with the count of rows a run inserted"),
    Function("audit.log_statement()", "trigger", "an entry in the change log for each row that really changed"),
    Function("audit.log_update_products_products()", "trigger", "as log_statement(), comparing the columns of this table"),
    Function("audit.log_update_products_solar_kits()", "trigger", "as log_statement(), comparing the columns of this table"),
    Function("audit.log_truncate()", "trigger", "one entry for a table that is emptied"),
    Function("audit.logged_values(jsonb,text[],text[])", "jsonb", "a row as the log keeps it: personal values masked"),
    Function("audit.record_label(text,jsonb)", "text", "what people call a row that is nothing without others"),
    Function("pipeline.record_certification_changes()", "trigger", "tells the feed of changes of certifications"),
    Function("pipeline.record_kit_changes()", "trigger", "tells the feed of changes of published kits"),
    Function("pipeline.record_kit_part_changes()", "trigger", "tells the feed that a published kit's parts changed"),
    Function("pipeline.record_price_changes()", "trigger", "tells the feed of sale prices of what is on sale"),
    Function("pipeline.record_product_changes()", "trigger", "tells the feed of changes of products on sale"),
    Function("audit.erase(text)", "bigint", "blanks a person's data in sealed entries"),
    Function("audit.refuse_change()", "trigger", "refuses to change or delete an entry; logs an erasure of personal data"),
    Function("audit.without(jsonb,text)", "jsonb", "a row of the log without the values that hold a text"),
)

_STAMPED = {
    "aneel": (
        "certifications",
        "dataset_entries",
        "dataset_matches",
        "datasets",
        "distributors",
        "generation_units",
        "municipalities",
        "published_rows",
        "tariff_components",
        "tariff_flags",
        "tariffs",
        "technical_data",
    ),
    "products": (
        "duplicate_dismissals",
        "kit_checks",
        "kit_components",
        "manufacturers",
        "prices",
        "products",
        "site_conditions",
        "saved_filters",
        "solar_kits",
        "suppliers",
    ),
    "pipeline": ("catalog_imports", "supplier_mappings"),
}


def log_triggers(table: str, policy: AuditPolicy | None) -> tuple[Trigger, ...]:
    """The change log's triggers on a table with that policy."""
    if policy is None or policy.granularity != "row":
        return ()
    row = "an entry in the change log for each row"
    updates = f"audit.log_update_{table.replace('.', '_')}" if policy.typed else "audit.log_statement"
    found = [Trigger(table, "log_update", "AFTER UPDATE", updates, row)]
    if policy.inserts == "row":
        found.append(Trigger(table, "log_insert", "AFTER INSERT", "audit.log_statement", row))
    elif policy.inserts == "run":
        found.append(Trigger(table, "log_insert", "AFTER INSERT", "audit.log_row", "an entry for a row inserted outside of runs"))
    if policy.deletes:
        found.append(Trigger(table, "log_delete", "AFTER DELETE", "audit.log_statement", row))
        found.append(Trigger(table, "log_truncate", "BEFORE TRUNCATE", "audit.log_truncate", "an entry with the count of rows"))
    return tuple(found)


_FEED = {
    "aneel.certifications": ("record_certification_changes", ("INSERT", "UPDATE", "DELETE")),
    "products.kit_components": ("record_kit_part_changes", ("INSERT", "UPDATE", "DELETE")),
    "products.prices": ("record_price_changes", ("INSERT",)),
    "products.products": ("record_product_changes", ("INSERT", "UPDATE", "DELETE")),
    "products.solar_kits": ("record_kit_changes", ("INSERT", "UPDATE", "DELETE")),
}

TRIGGERS = (
    *(
        Trigger(
            table,
            f"record_changes_{event.lower()}",
            f"AFTER {event}",
            f"pipeline.{function}",
            "rows of pipeline.changes, once a statement; ysh.changes_quiet keeps it still",
        )
        for table, (function, events) in _FEED.items()
        for event in events
    ),
    *(
        Trigger(f"{schema}.{table}", "touch_updated_at", "BEFORE UPDATE", "public.touch_updated_at", "updated_at = now()")
        for schema, tables in _STAMPED.items()
        for table in tables
    ),
    Trigger("pipeline.ingestion_log", "log_run", "AFTER UPDATE OF status", "audit.log_run", "an entry with the rows inserted"),
    Trigger(
        "aneel.certifications",
        "follow_certification",
        "AFTER UPDATE OF certificate_type, status, expiry_date",
        "products.follow_certification",
        "products.inmetro_certified follows",
    ),
    Trigger(
        "aneel.generation_units",
        "geolocation_on_insert",
        "BEFORE INSERT",
        "aneel.set_geolocation",
        "when written without a point",
    ),
    Trigger(
        "aneel.generation_units",
        "geolocation_on_update",
        "BEFORE UPDATE OF latitude, longitude, municipality_id",
        "aneel.set_geolocation",
        "when one of them changes and the point does not",
    ),
    Trigger("audit.change_log", "append_only", "BEFORE DELETE", "audit.refuse_change", "append-only"),
    Trigger("audit.change_log", "append_only_update", "BEFORE UPDATE", "audit.refuse_change", "but for seal and erasure"),
    Trigger("pipeline.ingestion_log", "track_active_run_delete", "AFTER DELETE", "pipeline.track_active_run", "frees the source"),
    Trigger(
        "pipeline.ingestion_log",
        "track_active_run_insert",
        "AFTER INSERT",
        "pipeline.track_active_run",
        "takes the source, or fails",
    ),
    Trigger(
        "pipeline.ingestion_log",
        "track_active_run_update",
        "AFTER UPDATE OF status",
        "pipeline.track_active_run",
        "takes or frees it",
    ),
    Trigger(
        "aneel.certifications",
        "follow_certification_in_kits",
        "AFTER UPDATE",
        "products.follow_certification_in_kits",
        "when what the rules read of it changes",
    ),
    Trigger(
        "products.kit_components", "follow_parts_delete", "AFTER DELETE", "products.follow_kit_components", "once a statement"
    ),
    Trigger(
        "products.kit_components", "follow_parts_insert", "AFTER INSERT", "products.follow_kit_components", "once a statement"
    ),
    Trigger(
        "products.kit_components", "follow_parts_update", "AFTER UPDATE", "products.follow_kit_components", "once a statement"
    ),
    Trigger("products.prices", "follow_in_kits", "AFTER INSERT", "products.follow_prices", "once a statement"),
    Trigger("products.products", "follow_in_kits", "AFTER UPDATE", "products.follow_products", "once a statement"),
    *(
        Trigger(
            "products.site_conditions",
            f"follow_in_kits_{event.lower()}",
            f"AFTER {event}",
            "products.follow_site_conditions",
            "the country's row only",
        )
        for event in ("DELETE", "INSERT", "UPDATE")
    ),
    Trigger(
        "products.solar_kits",
        "stale_on_change",
        "BEFORE UPDATE",
        "products.stale_on_change",
        "when a column the rules read changes and check_state does not",
    ),
    Trigger("products.prices", "append_only", "BEFORE DELETE OR UPDATE", "products.refuse_price_change", "append-only"),
    Trigger(
        "products.products",
        "derive_inmetro_certified",
        "BEFORE INSERT OR UPDATE OF certification_id, inmetro_certified",
        "products.derive_inmetro_certified",
        "derived, whatever is written",
    ),
)
