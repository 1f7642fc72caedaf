"""Closed vocabularies of the open data. Values are stored; labels are for people."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ConsumerClass(TextChoices):
    """Consumer class of a unit (REN ANEEL 1.000/2021, art. 174 ff.)."""

    RESIDENTIAL = "RESIDENTIAL", _("Residential")
    RESIDENTIAL_LOW_INCOME = "RESIDENTIAL_LOW_INCOME", _("Residential, low income")
    COMMERCIAL = "COMMERCIAL", _("Commercial")
    RURAL = "RURAL", _("Rural")
    INDUSTRIAL = "INDUSTRIAL", _("Industrial")
    PUBLIC_POWER = "PUBLIC_POWER", _("Public authority")
    PUBLIC_SERVICE = "PUBLIC_SERVICE", _("Public service")
    PUBLIC_LIGHTING = "PUBLIC_LIGHTING", _("Street lighting")
    OWN_CONSUMPTION = "OWN_CONSUMPTION", _("Distributor's own consumption")


class SourceType(TextChoices):
    """Kind of plant, in ANEEL's own codes (SigTipoGeracao)."""

    UFV = "UFV", _("Solar (UFV)")
    EOL = "EOL", _("Wind (EOL)")
    CGH = "CGH", _("Mini hydro (CGH)")
    PCH = "PCH", _("Small hydro (PCH)")
    UHE = "UHE", _("Hydro (UHE)")
    UTE = "UTE", _("Thermal (UTE)")
    UTN = "UTN", _("Nuclear (UTN)")
    CGU = "CGU", _("Undi-electric (CGU)")


class CompensationModality(TextChoices):
    """How the credits are used (Lei 14.300/2022, art. 1º)."""

    OWN_UNIT = "OWN_UNIT", _("Local self-consumption")
    REMOTE_SELF_CONSUMPTION = "REMOTE_SELF_CONSUMPTION", _("Remote self-consumption")
    SHARED = "SHARED", _("Shared generation")
    CONDOMINIUM = "CONDOMINIUM", _("Condominium (several units)")


class SizeClass(TextChoices):
    """Micro up to 75 kW, mini above (Lei 14.300/2022, art. 1º, XI and XIII)."""

    MICRO = "MICRO", _("Microgeneration")
    MINI = "MINI", _("Minigeneration")


class PersonType(TextChoices):
    PF = "PF", _("Natural person")
    PJ = "PJ", _("Company")


class LocationPrecision(TextChoices):
    """Where a unit's point comes from."""

    UNIT = "unit", _("The unit's own coordinates")
    MUNICIPALITY = "municipality", _("Centre of its municipality")
    NONE = "none", _("No location")


class UnitStatus(TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    REMOVED = "REMOVED", _("Removed from the source")


class TariffSubgroup(TextChoices):
    """Supply voltage subgroups of the tariff structure (PRORET, module 7)."""

    A1 = "A1", "A1 (>= 230 kV)"
    A2 = "A2", "A2 (88-138 kV)"
    A3 = "A3", "A3 (69 kV)"
    A3A = "A3A", "A3a (30-44 kV)"
    A4 = "A4", "A4 (2,3-25 kV)"
    A4A = "A4A", "A4a"
    A4B = "A4B", "A4b"
    AS = "AS", _("AS (underground)")
    B = "B", "B"
    B1 = "B1", _("B1 (residential)")
    B2 = "B2", _("B2 (rural)")
    B3 = "B3", _("B3 (other classes)")
    B4 = "B4", _("B4 (street lighting)")


class TariffBase(TextChoices):
    """What a published tariff is for: charged to consumers, or the economic base of the revision."""

    APPLICATION = "APLICACAO", _("Application")
    ECONOMIC = "ECONOMICA", _("Economic base")


class TariffUnit(TextChoices):
    MWH = "MWH", "R$/MWh"
    KW = "KW", "R$/kW"


class TariffFlagColour(TextChoices):
    """Tariff flags (REN ANEEL 1.000/2021; water scarcity: CREG resolution 3/2021)."""

    GREEN = "VERDE", _("Green")
    YELLOW = "AMARELA", _("Yellow")
    RED_1 = "VERMELHA_P1", _("Red, level 1")
    RED_2 = "VERMELHA_P2", _("Red, level 2")
    SCARCITY = "ESCASSEZ", _("Water scarcity")


class FlagRecord(TextChoices):
    MONTH = "MONTH", _("Flag of a month")
    RATE = "RATE", _("Rate by resolution")


class CertificateType(TextChoices):
    INMETRO = "INMETRO", "INMETRO"
    ANEEL = "ANEEL", "ANEEL"
    IEC = "IEC", "IEC"
    UL = "UL", "UL"
    TUV = "TUV", "TÜV"
    CE = "CE", "CE"


class CertificationStatus(TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    EXPIRED = "EXPIRED", _("Expired")
    SUSPENDED = "SUSPENDED", _("Suspended")
    REVOKED = "REVOKED", _("Revoked")
    PENDING = "PENDING", _("Pending")


class DatasetCategory(TextChoices):
    DISTRIBUTED_GENERATION = "geracao_distribuida", _("Distributed generation")
    TARIFFS = "tarifas", _("Tariffs")
    CERTIFICATIONS = "certificacoes", _("Certifications")
    CONCESSIONS = "concessoes", _("Concessions")
    REGULATION = "regulacao", _("Regulation")
    INSPECTION = "fiscalizacao", _("Inspection")
    MARKET = "mercado", _("Market")
    TRANSMISSION = "transmissao", _("Transmission")
    QUALITY = "qualidade", _("Quality of supply")


class SourceApi(TextChoices):
    """The feed a dataset's metadata came from."""

    CKAN = "CKAN", "CKAN"
    HUB_SEARCH = "HUB_SEARCH", "ArcGIS Hub Search"
    DCAT_US = "DCAT_US", "DCAT-US 1.1"
    DCAT_AP_2 = "DCAT_AP_2", "DCAT-AP 2.1.1"
    DCAT_AP_3 = "DCAT_AP_3", "DCAT-AP 3.0.0"
    RSS = "RSS", "RSS 2.0"


class EnrichedBy(TextChoices):
    """What worked out a dataset's category, keywords, summary and relevance."""

    RULES = "RULES", _("Rules")
    MODEL = "MODEL", _("Language model")


class MatchDecision(TextChoices):
    """Whether two datasets that look alike are one."""

    PROPOSED = "PROPOSED", _("To be decided")
    CONFIRMED = "CONFIRMED", _("The same")
    DENIED = "DENIED", _("Different")
