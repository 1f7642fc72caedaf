"""The agreed data model, written down by hand and independently of the models: what people query from psql and BI tools.

A line is a column: name, type ("." where the agreement leaves it open), then what it fixes of: null, not null, pk, unique,
generated, -> table. Types in PostgreSQL's short spelling.
"""

TABLES = {
    "aneel.datasets": """
        id uuid pk
        aneel_id varchar(100) unique
        title .
        description .
        url .
        modified timestamptz
        published timestamptz
        formats text[]
        category . null
        keywords text[]
        license .
        spatial .
        temporal_start date
        temporal_end date
        update_frequency .
        access_level .
        publisher_name .
        publisher_email .
        contact_name .
        contact_email .
        theme text[]
        data_quality_score numeric(3,2)
        source_api .
        resources jsonb
        raw_metadata jsonb
        last_fetched_at timestamptz
        search_vector tsvector generated
    """,
    "aneel.distributors": """
        cnpj char(14) pk
        sigla .
        name .
        aliases text[]
        state .
        valid_tariff_until date
    """,
    "aneel.municipalities": """
        ibge_code integer pk
        name .
        state .
        region .
        centroid geography(Point,4326) null
        search_name . generated
    """,
    "aneel.generation_units": """
        id bigint pk
        unit_id varchar(50) unique
        consumer_class .
        consumer_name .
        cpf_cnpj varchar(18)
        person_type .
        distributor_id char(14) not null -> aneel.distributors
        utility_company .
        municipality_id integer null -> aneel.municipalities
        municipality text
        state char(5) not null
        cep varchar(9)
        latitude numeric(10,7) null
        longitude numeric(10,7) null
        geolocation geography(Point,4326)
        location_precision .
        installed_power_kw numeric(12,3) not null
        source_type .
        compensation_modality . null
        size_class .
        tariff_subgroup .
        credited_units integer
        connection_date date null
        registration_date date null
        panel_count .
        panel_power_wp .
        panel_manufacturer .
        panel_model .
        inverter_power_kw .
        inverter_manufacturer .
        inverter_model .
        array_area_m2 .
        avg_monthly_generation_kwh .
        capacity_factor .
        status . not null
        deactivation_date date
        quality_flags text[]
        dataset_id uuid null -> aneel.datasets
        row_hash bytea
        source_run_id uuid
        raw_data jsonb null
    """,
    "aneel.tariffs": """
        id . pk
        tariff_id varchar(100) unique
        distributor_id char(14) not null -> aneel.distributors
        utility_name .
        base .
        subgroup .
        voltage_level .
        modality .
        consumer_class . null
        subclass .
        detail .
        tariff_post .
        unit .
        accessing_agent .
        tusd_value numeric(12,5)
        te_value numeric(12,5)
        tusd_brl_per_kwh . generated
        te_brl_per_kwh . generated
        total_tariff . generated
        validity daterange generated
        valid_from date
        valid_to date
        resolution_number .
        resolution_date date
        includes_icms boolean
        includes_pis_cofins boolean
        quality_flags text[]
        row_hash bytea
        source_run_id uuid
        raw_data jsonb null
    """,
    "aneel.certifications": """
        id . pk
        certificate_id . unique
        certificate_number .
        certificate_type .
        equipment_type .
        manufacturer .
        brand .
        model .
        family .
        description .
        power_rating_w .
        efficiency_percent .
        voltage_input_min_v .
        voltage_input_max_v .
        voltage_output_v .
        current_max_a .
        standards_compliance text[]
        ordinance .
        issue_date date
        expiry_date date null
        last_inspection_date date
        status .
        revocation_reason .
        certificate_url .
        test_report_url .
        dataset_id uuid -> aneel.datasets
        row_hash bytea
        source_run_id uuid
        raw_data jsonb
    """,
    "products.manufacturers": """
        id . pk
        name .
        aliases text[]
        website .
    """,
    "products.suppliers": """
        code . pk
        name .
        mapping_notes .
    """,
    "products.products": """
        id . pk
        sku . unique
        name .
        description .
        category .
        subcategory .
        manufacturer_id . -> products.manufacturers
        model .
        brand .
        specifications jsonb not null
        completeness numeric(4,3)
        missing text[]
        cost_price numeric(12,2) null
        sale_price numeric(12,2) null
        markup_percent .
        stock_quantity .
        min_stock_level .
        max_stock_level .
        reorder_point .
        status .
        certification_id . null -> aneel.certifications
        inmetro_certified boolean
        inmetro_certificate_number .
        image_urls text[]
        datasheet_url .
        manual_url .
        seo_slug . unique
        seo_title .
        seo_description .
        seo_keywords .
        medusa_product_id . null unique
        saleor_product_id . null unique
        search_vector tsvector generated
        raw_data .
    """,
    "products.prices": """
        product_id . -> products.products
        kit_id . -> products.solar_kits
        supplier_id . -> products.suppliers
        kind .
        amount .
        valid_from .
        source_run_id uuid
    """,
    "products.solar_kits": """
        id . pk
        kit_id . unique
        sku . unique
        name .
        description .
        system_type .
        power_kwp numeric(10,3) not null
        declared_power_kwp .
        inverter_power_kw .
        dc_ac_ratio . generated
        voltage_phase . null
        roof_type .
        avg_monthly_generation_kwh .
        estimated_coverage_percent .
        kit_cost . null
        installation_cost .
        documentation_cost .
        total_price . generated
        price_per_wp . generated
        regional_adjustments jsonb
        target_consumer_class .
        recommended_consumption_min_kwh .
        recommended_consumption_max_kwh .
        warranty_years .
        support_level .
        review_state .
        status .
        check_state .
        checked_at timestamptz
        completeness .
        missing text[]
        supplier_id . -> products.suppliers
        medusa_product_id . null unique
        saleor_product_id . null unique
        image_urls text[]
        technical_sheet_url .
        installation_guide_url .
        seo_slug .
        seo_title .
        seo_description .
        seo_keywords .
        search_vector tsvector generated
        raw_data .
    """,
    "products.kit_components": """
        id . pk
        kit_id . not null -> products.solar_kits
        product_id . not null -> products.products
        component_type .
        quantity integer null
        unit_price .
        total_price . generated
        display_order .
        is_optional boolean
    """,
    "products.kit_checks": """
        kit_id . not null -> products.solar_kits
        rule_id .
        outcome .
        severity .
        value .
        limit .
        margin_percent .
        unit .
        reference .
        inputs jsonb
        message .
        engine_version .
        checked_at timestamptz
    """,
    "products.site_conditions": """
        code . pk
        name .
        min_ambient_c . null
        max_cell_c . null
        temperature_source .
        irradiation_kwh_m2_day . null
        uncertainty_percent . null
        irradiation_source .
        irradiation_licence .
    """,
    "pipeline.ingestion_log": """
        id .
        run_id uuid not null
        source .
        workflow_name .
        trigger_type .
        started_at timestamptz not null
        ended_at timestamptz null
        duration_seconds . generated
        status .
        error_message .
        error_stack .
        rows_fetched .
        rows_processed .
        rows_inserted .
        rows_updated .
        rows_unchanged .
        rows_removed .
        rows_rejected .
        sources_attempted text[]
        sources_succeeded text[]
        sources_failed text[]
        api_calls .
        cache_hits .
        cache_misses .
        heartbeat_at timestamptz
        celery_task_id .
        used_fallback boolean
        data_age .
        execution_metadata jsonb
    """,
    "pipeline.source_files": """
        run_id uuid
        url .
        sha256 .
        bytes .
        etag .
        last_modified .
        fetched_at timestamptz
        archive_uri .
        published boolean
    """,
    "pipeline.rejected_rows": """
        run_id uuid
        line .
        column .
        value .
        reason .
        message .
        raw .
    """,
    "pipeline.data_quality_checks": """
        check_id .
        run_id uuid
        check_name .
        check_type .
        table_name .
        column_name .
        check_passed boolean
        blocking boolean
        records_checked .
        records_passed .
        records_failed .
        failure_rate . generated
        measured .
        threshold .
        check_query .
        failure_examples jsonb
        executed_at timestamptz not null
    """,
    "audit.change_log": """
        id .
        table_schema .
        table_name .
        record_id text
        record_label .
        operation .
        changed_fields text[]
        old_values jsonb
        new_values jsonb
        changed_by .
        change_source .
        reason .
        request_id uuid
        run_id uuid
        changed_at timestamptz not null
        prev_hash .
        entry_hash .
    """,
}

# Tables the implementation needs beside those of the agreement.
ADDED = {
    "aneel.technical_data": "modules and inverters of units as published, with their makers' spellings; joined to the units",
    "aneel.tariff_components": "what tariffs are made of: TUSD Fio B by distributor, subgroup and period",
    "aneel.tariff_flags": "the flag of each month, and what flags cost by resolution",
    "aneel.published_rows": "rows of datasets that are only declared, without a table of their own",
    "pipeline.active_runs": "one active run per source; the log is partitioned, so a unique index there cannot say it",
    "pipeline.supplier_mappings": "declarations of suppliers' lists made in the admin, without code",
    "pipeline.catalog_imports": "uploaded lists that wait for a curator's decision",
    "pipeline.catalog_import_rows": "what each record of an uploaded list would change",
    "pipeline.api_keys": "keys of integrators, hashed",
    "pipeline.changes": "outbox of the feed of changes, filled by triggers",
    "pipeline.webhook_endpoints": "addresses that are told of changes",
    "pipeline.webhook_deliveries": "what was sent to them, and what came of it",
    "pipeline.alerts": "incidents people are told about, one open of a kind and subject",
    "pipeline.alert_notices": "the messages that told of them, and what came of each",
    "pipeline.quality_reports": "a look at a source's stored rows: score, reasons, figures, anomalies",
    "pipeline.column_profiles": "what each column held at a look",
    "audit.chain_heads": "how far each month of the change log is sealed, and where it is archived",
    "audit.seal_progress": "which entries cannot be waiting for their seal any more",
    "products.saved_filters": "the curators' lists under names, of one person or of all",
    "products.duplicate_dismissals": "groups of look-alikes that somebody decided are not the same",
    "aneel.dataset_entries": "what each feed says about a dataset: a feed that is down keeps what it said last",
    "aneel.dataset_matches": "datasets that look like one, and what a person decided",
    "audit.reverts": "what an undo took back: the link between its own entries and those it undoes",
}

# Every table of these schemas carries created_at and updated_at, the latter kept by a trigger.
STAMPED_SCHEMAS = ("aneel", "products")

# (table, pattern that the definition of one of its indexes matches).
INDEXES = [
    ("aneel.datasets", r"gin \(search_vector\)"),
    ("aneel.datasets", r"gin \(.*title.* gin_trgm_ops\)"),
    ("aneel.datasets", r"gin \(keywords\)"),
    ("aneel.datasets", r"btree \(category\)"),
    ("aneel.datasets", r"btree \(modified DESC\)"),
    ("aneel.datasets", r"btree \(spatial\)"),
    ("aneel.generation_units", r"UNIQUE INDEX .* btree \(unit_id\)"),
    ("aneel.generation_units", r"btree \(state, source_type\)"),
    ("aneel.generation_units", r"btree \(municipality_id, id\)"),
    ("aneel.generation_units", r"btree \(distributor_id, id\)"),
    ("aneel.generation_units", r"btree \(consumer_class\)"),
    ("aneel.generation_units", r"btree \(installed_power_kw, id\)"),
    ("aneel.generation_units", r"btree \(connection_date DESC\)"),
    ("aneel.generation_units", r"gist \(geolocation\)"),
    ("aneel.generation_units", r"WHERE .*status"),
    ("aneel.generation_units", r"gin \(.*panel_manufacturer.* gin_trgm_ops\)"),
    ("aneel.generation_units", r"gin \(.*inverter_manufacturer.* gin_trgm_ops\)"),
    ("aneel.generation_units", r"UNIQUE INDEX .* btree \(id\)"),
    ("aneel.tariffs", r"gist \(distributor_id, .*consumer_class, modality, validity\)"),
    ("aneel.certifications", r"btree \(equipment_type, manufacturer, model, status\)"),
    ("aneel.certifications", r"gin \(.*model.* gin_trgm_ops\)"),
    ("aneel.certifications", r"UNIQUE INDEX .*certificate_number, model\)"),
    ("products.manufacturers", r"UNIQUE INDEX .*folded\("),
    ("products.products", r"gin \(specifications"),
    ("products.products", r"gin \(search_vector\)"),
    ("products.products", r"gin \(.*name.* gin_trgm_ops\)"),
    ("products.products", r"gin \(.*model.* gin_trgm_ops\)"),
    ("products.solar_kits", r"gin \(search_vector\)"),
    ("products.kit_components", r"UNIQUE INDEX .*\(kit_id, product_id, component_type\)"),
    ("pipeline.ingestion_log", r"UNIQUE INDEX .*\(run_id, started_at\)"),
]

# Column -> the values it may hold, in the agreement's own spelling.
VOCABULARIES = {
    "aneel.datasets.category": (
        "geracao_distribuida tarifas certificacoes concessoes regulacao fiscalizacao mercado transmissao qualidade"
    ),
    "aneel.datasets.source_api": "CKAN HUB_SEARCH DCAT_US DCAT_AP_2 DCAT_AP_3 RSS",
    "aneel.generation_units.location_precision": "unit municipality none",
    "aneel.generation_units.size_class": "MICRO MINI",
    "aneel.generation_units.status": "ACTIVE REMOVED",
    "aneel.tariffs.base": "APLICACAO ECONOMICA",
    "aneel.tariffs.subgroup": "A1 A2 A3 A3A A4 A4A A4B AS B B1 B2 B3 B4",
    "aneel.tariffs.unit": "MWH KW",
    "aneel.certifications.certificate_type": "INMETRO ANEEL IEC UL TUV CE",
    "products.products.category": (
        "paineis inversores baterias estruturas cabos stringboxes acessorios carregadores controladores"
    ),
    "products.products.status": "DRAFT ACTIVE INACTIVE OUT_OF_STOCK DISCONTINUED",
    "products.prices.kind": "COST SALE",
    "products.solar_kits.system_type": "ON_GRID OFF_GRID HYBRID",
    "products.solar_kits.review_state": "DRAFT IN_REVIEW PUBLISHED ARCHIVED",
    "products.solar_kits.check_state": "PASS WARN FAIL UNKNOWN STALE",
    "products.kit_checks.outcome": "PASS WARN FAIL UNKNOWN",
    "pipeline.ingestion_log.trigger_type": "scheduled manual webhook fallback",
    "pipeline.ingestion_log.status": "PENDING IN_PROGRESS SUCCESS PARTIAL FAILED ERRORED SKIPPED UNCHANGED CANCELLED",
    "pipeline.data_quality_checks.check_type": "completeness accuracy consistency validity uniqueness timeliness",
    "audit.change_log.operation": "INSERT UPDATE DELETE",
    "audit.change_log.change_source": "admin api task command system database",
}

VIEWS = {
    "aneel.v_gen_units_by_state",
    "aneel.v_latest_tariffs",
    "products.v_product_catalog",
    "products.v_kits_detailed",
    "pipeline.v_ingestion_summary",
}
MATERIALIZED_VIEW = "aneel.mv_gen_units_statistics"
ADDED_MATERIALIZED_VIEWS = {"products.mv_search_words", "products.mv_possible_duplicates", "products.mv_price_moves"}
FUNCTIONS = {
    "aneel.calculate_distance_km": 2,
    "aneel.find_nearest_units": 4,
    "products.get_kit_cost_breakdown": 1,
}
EXTENSIONS = {"postgis", "pg_trgm", "unaccent", "btree_gin", "btree_gist", "pgcrypto"}
PARTITIONED = {
    "pipeline.ingestion_log": "started_at",
    "pipeline.data_quality_checks": "executed_at",
    "audit.change_log": "changed_at",
}
