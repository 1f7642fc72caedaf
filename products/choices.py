"""Closed vocabularies of the catalogue. Values are stored; labels are for people."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProductCategory(TextChoices):
    """Families of equipment; each declares its attributes in `products/rules/families.py`."""

    PANELS = "paineis", _("Solar panels")
    INVERTERS = "inversores", _("Inverters")
    BATTERIES = "baterias", _("Batteries")
    STRUCTURES = "estruturas", _("Mounting structures")
    CABLES = "cabos", _("Cables")
    STRING_BOXES = "stringboxes", _("String boxes")
    ACCESSORIES = "acessorios", _("Accessories")
    CHARGERS = "carregadores", _("Vehicle chargers")
    CONTROLLERS = "controladores", _("Charge controllers")


class ProductStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ACTIVE = "ACTIVE", _("Active")
    INACTIVE = "INACTIVE", _("Inactive")
    OUT_OF_STOCK = "OUT_OF_STOCK", _("Out of stock")
    DISCONTINUED = "DISCONTINUED", _("Discontinued")


class StockStatus(TextChoices):
    """What `products.stock_status` answers; never stored."""

    UNKNOWN = "UNKNOWN", _("Not informed")
    OUT_OF_STOCK = "OUT_OF_STOCK", _("Out of stock")
    LOW_STOCK = "LOW_STOCK", _("Low stock")
    IN_STOCK = "IN_STOCK", _("In stock")
    OVERSTOCK = "OVERSTOCK", _("Above the maximum level")


class PriceKind(TextChoices):
    COST = "COST", _("Cost (paid to the supplier)")
    SALE = "SALE", _("Sale (asked from the customer)")


class SystemType(TextChoices):
    ON_GRID = "ON_GRID", _("On-grid")
    OFF_GRID = "OFF_GRID", _("Off-grid")
    HYBRID = "HYBRID", _("Hybrid")


class VoltagePhase(TextChoices):
    """AC side of a kit's inverter: phases and line voltage. NULL while the source leaves it open."""

    MONO_127 = "MONO_127", _("Single-phase 127 V")
    MONO_220 = "MONO_220", _("Single-phase 220 V")
    BI_220 = "BI_220", _("Two-phase 127/220 V")
    TRI_220 = "TRI_220", _("Three-phase 127/220 V")
    TRI_380 = "TRI_380", _("Three-phase 220/380 V")
    TRI_600 = "TRI_600", _("Three-phase 600 V")
    TRI_800 = "TRI_800", _("Three-phase 800 V")


class RoofType(TextChoices):
    """What the kit's structure is made for. NULL while it is chosen at the order or not stated."""

    CERAMIC = "CERAMIC", _("Ceramic tile")
    FIBER_CEMENT = "FIBER_CEMENT", _("Fibre cement")
    FIBER_CEMENT_WOOD = "FIBER_CEMENT_WOOD", _("Fibre cement on wood")
    FIBER_CEMENT_METAL = "FIBER_CEMENT_METAL", _("Fibre cement on metal")
    METAL = "METAL", _("Metal sheet")
    METAL_MINI_RAIL = "METAL_MINI_RAIL", _("Metal sheet, mini rail")
    STANDING_SEAM = "STANDING_SEAM", _("Standing seam")
    SLAB = "SLAB", _("Slab")
    GROUND = "GROUND", _("Ground")
    CARPORT = "CARPORT", _("Carport")
    WITHOUT_STRUCTURE = "WITHOUT_STRUCTURE", _("Sold without structure")


class TargetConsumerClass(TextChoices):
    """Whom a kit is offered to: a subset of the consumer classes of the open data, same values."""

    RESIDENTIAL = "RESIDENTIAL", _("Residential")
    COMMERCIAL = "COMMERCIAL", _("Commercial")
    RURAL = "RURAL", _("Rural")
    INDUSTRIAL = "INDUSTRIAL", _("Industrial")
    PUBLIC_POWER = "PUBLIC_POWER", _("Public authority")


class ReviewState(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    IN_REVIEW = "IN_REVIEW", _("In review")
    PUBLISHED = "PUBLISHED", _("Published")
    ARCHIVED = "ARCHIVED", _("Archived")


class CheckOutcome(TextChoices):
    """Result of one engineering rule. Missing data is UNKNOWN, never PASS."""

    PASS = "PASS", _("Passes")
    WARN = "WARN", _("Warning")
    FAIL = "FAIL", _("Fails")
    UNKNOWN = "UNKNOWN", _("Unknown")


class CheckState(TextChoices):
    """A kit's worst outcome, or STALE when something it was computed from has changed since."""

    PASS = "PASS", _("Passes")
    WARN = "WARN", _("Warning")
    FAIL = "FAIL", _("Fails")
    UNKNOWN = "UNKNOWN", _("Unknown")
    STALE = "STALE", _("Out of date")


class CheckSeverity(TextChoices):
    """How much a rule may hold up a publication: a rule without a confirmed source stays at WARNING."""

    INFO = "INFO", _("Information")
    WARNING = "WARNING", _("Warning")
    ERROR = "ERROR", _("Error")


class ComponentType(TextChoices):
    """The part a product plays in a kit."""

    PANEL = "PANEL", _("Solar panel")
    INVERTER = "INVERTER", _("Inverter")
    MICROINVERTER = "MICROINVERTER", _("Microinverter")
    BATTERY = "BATTERY", _("Battery")
    CHARGE_CONTROLLER = "CHARGE_CONTROLLER", _("Charge controller")
    STRUCTURE = "STRUCTURE", _("Mounting structure")
    FIXING_KIT = "FIXING_KIT", _("Fixing kit")
    CABLE = "CABLE", _("Cable")
    CONNECTOR = "CONNECTOR", _("Connector")
    STRING_BOX = "STRING_BOX", _("String box")
    PROTECTION = "PROTECTION", _("AC protection")
    MONITORING = "MONITORING", _("Monitoring")
    TRANSFORMER = "TRANSFORMER", _("Transformer")
    EV_CHARGER = "EV_CHARGER", _("Vehicle charger")
    ACCESSORY = "ACCESSORY", _("Accessory")


class ValueSource(TextChoices):
    """Where a product's value comes from; stored beside the value, by attribute."""

    SUPPLIER = "SUPPLIER", _("Supplier's list")
    DATA_SHEET = "DATA_SHEET", _("Data sheet")
    PAN_FILE = "PAN_FILE", _("Module file (.PAN)")
    OND_FILE = "OND_FILE", _("Inverter file (.OND)")
    CEC_TABLE = "CEC_TABLE", _("CEC table")
    CERTIFICATE = "CERTIFICATE", _("Certificate")
    PERSON = "PERSON", _("Entered by hand")
