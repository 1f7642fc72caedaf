"""What is logged, and for how long: one line a model. A test fails for a model without one."""

from ysh.core.audit_policy import AuditPolicy, exempt

_OWN_LOG = "is itself a log, append-only, of machines"
_MACHINERY = "Django's own machinery, follows from code and migrations"

AUDIT_POLICIES: dict[str, AuditPolicy] = {
    # --- open data: what a run adds is accounted for by its count, what it changes or removes row by row
    "aneel.Certification": AuditPolicy(label="certificate_id", left_out=("row_hash", "raw_data", "source_run_id")),
    "aneel.Dataset": AuditPolicy(
        label="title",
        left_out=(
            "search_vector",
            "raw_metadata",
            "last_fetched_at",
            "provenance",
            "conflicts",
            "source_run_id",
            "enrichment_hash",
            "enriched_at",
        ),
        personal=("contact_name", "contact_email"),
    ),
    "aneel.DatasetEntry": exempt("what each feed says, archived as fetched; the datasets that are made of it are logged"),
    "aneel.DatasetMatch": AuditPolicy(
        watched=("decision", "decided_by", "decided_at", "reason"),
        inserts="none",
        deletes=False,
        why="proposals are computed at every load; what a person decides of them is logged",
    ),
    "aneel.Distributor": AuditPolicy(label="name"),
    "aneel.GenerationUnit": AuditPolicy(
        label="unit_id",
        left_out=(
            "geolocation",
            "row_hash",
            "source_fingerprint",
            "raw_data",
            "source_run_id",
            # joined from aneel.TechnicalData, where their changes are logged
            "array_area_m2",
            "inverter_manufacturer",
            "inverter_model",
            "inverter_power_kw",
            "panel_count",
            "panel_manufacturer",
            "panel_model",
            "panel_power_wp",
            "quality_flags",
        ),
        personal=("consumer_name", "cpf_cnpj", "cep"),
        inserts="run",
        why="millions of rows a load; the archived file has them",
        keep_months=24,
    ),
    "aneel.Municipality": AuditPolicy(
        label="name", left_out=("centroid",), inserts="none", why="filled from a file that is shipped with the code"
    ),
    "aneel.Tariff": AuditPolicy(
        label="tariff_id",
        left_out=("quality_flags", "row_hash", "raw_data", "source_run_id"),
        inserts="run",
        why="hundreds of thousands of rows a load; the archived file has them",
        keep_months=60,
    ),
    "aneel.TariffComponent": AuditPolicy(
        label="component_id",
        left_out=("row_hash", "raw_data", "source_run_id"),
        inserts="run",
        why="tens of thousands of rows a load; the archived file has them",
        keep_months=60,
    ),
    "aneel.TariffFlag": AuditPolicy(label="flag_id", left_out=("row_hash", "raw_data", "source_run_id")),
    "aneel.TechnicalData": AuditPolicy(
        label="unit_code",
        left_out=("row_hash", "source_fingerprint", "raw_data", "source_run_id"),
        inserts="run",
        why="millions of rows a load; the archived file has them",
        keep_months=24,
    ),
    "aneel.PublishedRow": AuditPolicy(
        label="row_key",
        left_out=("row_hash", "raw_data", "source_run_id"),
        inserts="run",
        why="tens of thousands of rows a load; the archived file has them",
        keep_months=24,
    ),
    "aneel.GenerationUnitStatistics": exempt("a materialized view: computed"),
    # --- the catalogue
    "products.Manufacturer": AuditPolicy(label="name"),
    "products.Supplier": AuditPolicy(label="name"),
    "products.Product": AuditPolicy(label="sku", left_out=("search_vector",), typed=True),
    "products.SolarKit": AuditPolicy(label="kit_id", left_out=("search_vector", "checked_at"), typed=True),
    "products.KitComponent": AuditPolicy(),
    "products.KitCheck": AuditPolicy(
        watched=("override_reason", "override_author", "override_at", "override_expires_at"),
        inserts="none",
        deletes=False,
        why="computed, replaced at every run of the rules; what a person decides there, an override, is logged",
    ),
    "products.SiteConditions": AuditPolicy(label="name"),
    "products.Price": exempt("append-only: its rows are their own history, with author and run"),
    "products.DuplicateDismissal": AuditPolicy(),
    "products.SavedFilter": exempt("a person's own view of a list, no data"),
    "products.PossibleDuplicate": exempt("a materialized view: computed"),
    "products.PriceMove": exempt("a materialized view: computed"),
    "products.SearchWord": exempt("computed: how often a word stands in the catalogue"),
    # --- ingestion
    "pipeline.IngestionRun": AuditPolicy("run", "one entry a run that adds rows, with the count; its own row has the rest"),
    "pipeline.SupplierMapping": AuditPolicy(label="supplier_code"),
    "pipeline.CatalogImport": exempt("an upload's preview; what is applied of it is logged row by row"),
    "pipeline.CatalogImportRow": exempt("an upload's preview; what is applied of it is logged row by row"),
    "pipeline.ActiveRun": exempt("kept by a trigger on the runs"),
    "pipeline.SourceFile": exempt(_OWN_LOG),
    "pipeline.RejectedRow": exempt(_OWN_LOG),
    "pipeline.DataQualityCheck": exempt(_OWN_LOG),
    "pipeline.Alert": exempt(_OWN_LOG),
    "pipeline.AlertNotice": exempt(_OWN_LOG),
    "pipeline.QualityReport": exempt(_OWN_LOG),
    "pipeline.ColumnProfile": exempt(_OWN_LOG),
    "pipeline.Change": exempt("the outbox of the feed of changes: it repeats what the log of the tables it follows holds"),
    # --- integrations
    "pipeline.ApiKey": AuditPolicy(
        label="name", left_out=("last_used_at",), personal=("hashed_key", "previous_hashed_key", "prefix")
    ),
    "pipeline.WebhookEndpoint": AuditPolicy(label="name", left_out=("window_low", "window_high", "last_id")),
    "pipeline.WebhookDelivery": exempt(_OWN_LOG),
    "audit.ChangeLogEntry": exempt("the change log does not log itself; its chain of hashes guards it"),
    "audit.ChainHead": exempt("guards the log; checked against its copies outside of the database"),
    "audit.SealProgress": exempt("how far the log is sealed"),
    "audit.Revert": exempt("written once for each undo, whose own entries name it by request"),
    # --- people and their rights
    "auth.User": AuditPolicy(
        label="username", left_out=("last_login",), personal=("password", "first_name", "last_name", "email")
    ),
    "auth.Group": AuditPolicy(label="name"),
    "auth.User_groups": AuditPolicy(),
    "auth.User_user_permissions": AuditPolicy(),
    "auth.Group_permissions": AuditPolicy(),
    "auth.Permission": exempt(_MACHINERY),
    "contenttypes.ContentType": exempt(_MACHINERY),
    "sessions.Session": exempt("one a browser, rewritten at every visit; holds what must not be logged"),
    "admin.LogEntry": exempt("Django's own log of the admin, whose place this log takes"),
    "gis.PostGISGeometryColumns": exempt("a view of PostGIS"),
    "gis.PostGISSpatialRefSys": exempt("PostGIS's own table of projections"),
    # --- schedules
    "django_celery_beat.PeriodicTask": AuditPolicy(label="name", left_out=("last_run_at", "total_run_count", "date_changed")),
    "django_celery_beat.CrontabSchedule": AuditPolicy(),
    "django_celery_beat.IntervalSchedule": AuditPolicy(),
    "django_celery_beat.ClockedSchedule": AuditPolicy(),
    "django_celery_beat.SolarSchedule": AuditPolicy(label="event"),
    "django_celery_beat.PeriodicTasks": exempt("tells beat that something changed, nothing else"),
}
