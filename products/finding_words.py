"""What stands around a finding, in the reader's language: the rule's title, its source, what it used and where that came from.

Rules speak English and know no translations; their titles and sources are looked up here by what they say.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "R01": _("Cold open-circuit voltage of a string"),
    "R01b": _("Cold open-circuit voltage where it freezes"),
    "R02": _("String voltage within the module's system voltage"),
    "R03": _("Array voltage on buildings"),
    "R04": _("Hot operating voltage reaches the MPPT window"),
    "R05": _("Cold operating voltage stays in the MPPT window"),
    "R06": _("Strings start the inverter when hot"),
    "R07": _("Operating current of an MPPT"),
    "R08": _("Short-circuit current of an MPPT"),
    "R08b": _("Short-circuit current of bifacial modules"),
    "R09": _("Modules of a string are alike"),
    "R10": _("The modules can be laid out"),
    "R11": _("String fuses"),
    "R12": _("DC/AC ratio (sizing factor)"),
    "R12b": _("Modules' power within the inverters' largest DC power"),
    "R13": _("Modules fit the microinverters' inputs"),
    "R13a": _("Cold voltage of a module on a microinverter"),
    "R13b": _("Short-circuit current of a module on a microinverter"),
    "R13c": _("Module's power on a microinverter"),
    "R13d": _("Trunk cable and end caps of the microinverters"),
    "R13e": _("Microinverters on one AC branch"),
    "R13f": _("Short-circuit current of a bifacial module on a microinverter"),
    "R14": _("Inverter fits the grid"),
    "R14b": _("AC power on a single-phase connection"),
    "R15": _("Structure for every module"),
    "R15b": _("Structure for the kit's roof"),
    "R15c": _("Module's frame fits the clamps"),
    "R15d": _("Clamps for every module"),
    "R16": _("DC switch and surge protection"),
    "R16a": _("String box and surge protection for the array's voltage"),
    "R16b": _("Solar cable in two colours"),
    "R16c": _("Connectors for every string"),
    "R17": _("Voltage drop of the DC cable"),
    "R17b": _("Current of the DC cable"),
    "R18": _("Battery and kind of inverter"),
    "R18a": _("Battery voltage in the inverter's window"),
    "R18b": _("Battery bears the inverter's current"),
    "R18c": _("Battery and inverter speak the same protocol"),
    "R18d": _("Usable energy of the batteries"),
    "R18e": _("Charge controller bears the modules' current or power"),
    "R18f": _("Charge controller bears a module's cold voltage"),
    "R18g": _("Charge controller and battery of one voltage"),
    "R19": _("INMETRO registration"),
    "R20": _("Arc-fault protection (AFCI) of the inverter"),
    "R21": _("Content of the energy label (ENCE)"),
    "R22": _("Micro or mini generation"),
    "R23": _("Fast track of the connection (up to 7.5 kW)"),
    "R24": _("Standards of a grid-tied inverter"),
    "R25": _("A module's values agree with each other"),
    "R25k": _("Power in the title equals the parts' sum"),
    "R26": _("Age of the price"),
    "R26a": _("Product still offered, with a data sheet"),
    "R26b": _("Margin of the sale price"),
}

REFERENCES: dict[str, Any] = {
    "ABNT NBR 16690 and IEC 62548: array maximum voltage": _("ABNT NBR 16690 and IEC 62548: array maximum voltage"),
    "IEC 61730: maximum system voltage on the module's label": _("IEC 61730: maximum system voltage on the module's label"),
    "IEC 62548: arrays on buildings up to 1000 V DC": _("IEC 62548: arrays on buildings up to 1000 V DC"),
    "Inverter data sheet: MPPT voltage range; IEC 62548": _("Inverter data sheet: MPPT voltage range; IEC 62548"),
    "Inverter data sheet: MPPT voltage range": _("Inverter data sheet: MPPT voltage range"),
    "Inverter data sheet: start-up voltage": _("Inverter data sheet: start-up voltage"),
    "Inverter data sheet: maximum input current": _("Inverter data sheet: maximum input current"),
    "IEC 62548: design factor 1.25; inverter data sheet": _("IEC 62548: design factor 1.25; inverter data sheet"),
    "IEC 62548: strings in parallel of the same voltage": _("IEC 62548: strings in parallel of the same voltage"),
    "Limits of R01, R02, R04, R06 and R08": _("Limits of R01, R02, R04, R06 and R08"),
    "ABNT NBR 16690, 5.3.9; IEC 60269-6 (gPV), ABNT NBR IEC 60947-2 or 60898-2 (DC breakers)": _(
        "ABNT NBR 16690, 5.3.9; IEC 60269-6 (gPV), ABNT NBR IEC 60947-2 or 60898-2 (DC breakers)"
    ),
    "IEC 62548-1: rear irradiance of bifacial modules; inverter data sheet": _(
        "IEC 62548-1: rear irradiance of bifacial modules; inverter data sheet"
    ),
    "IEC 62548-1: rear irradiance of bifacial modules; microinverter data sheet": _(
        "IEC 62548-1: rear irradiance of bifacial modules; microinverter data sheet"
    ),
    "PRODIST module 3: connection by installed power; the distributor's own standard": _(
        "PRODIST module 3: connection by installed power; the distributor's own standard"
    ),
    "Practice: two rails, two clamps between neighbours, four at the ends of a row": _(
        "Practice: two rails, two clamps between neighbours, four at the ends of a row"
    ),
    "Practice; editable thresholds": _("Practice; editable thresholds"),
    "Inverter data sheet: maximum DC power or overload": _("Inverter data sheet: maximum DC power or overload"),
    "Microinverter data sheet; canalsolar.com.br: number of modules of a microinverter": _(
        "Microinverter data sheet; canalsolar.com.br: number of modules of a microinverter"
    ),
    "Microinverter data sheet: maximum DC voltage": _("Microinverter data sheet: maximum DC voltage"),
    "IEC 62548: design factor 1.25; microinverter data sheet": _("IEC 62548: design factor 1.25; microinverter data sheet"),
    "Microinverter data sheet: module power": _("Microinverter data sheet: module power"),
    "canalsolar.com.br: how microinverters are connected": _("canalsolar.com.br: how microinverters are connected"),
    "Microinverter data sheet: units per branch": _("Microinverter data sheet: units per branch"),
    "PRODIST module 3; inverter data sheet: grid connection": _("PRODIST module 3; inverter data sheet: grid connection"),
    "Structure data sheet": _("Structure data sheet"),
    "Structure data sheet: clamp range": _("Structure data sheet: clamp range"),
    "ABNT NBR 16690: disconnection and overvoltage protection on the DC side": _(
        "ABNT NBR 16690: disconnection and overvoltage protection on the DC side"
    ),
    "ABNT NBR 16690: rated voltages on the DC side": _("ABNT NBR 16690: rated voltages on the DC side"),
    "ABNT NBR 16612 (cables), ABNT NBR 16690": _("ABNT NBR 16612 (cables), ABNT NBR 16690"),
    "Practice: one pair at each end of a string": _("Practice: one pair at each end of a string"),
    "ABNT NBR 16690 and practice: 1 to 3 %": _("ABNT NBR 16690 and practice: 1 to 3 %"),
    "ABNT NBR 16612; IEC 62548": _("ABNT NBR 16612; IEC 62548"),
    "Inverter data sheet: topology": _("Inverter data sheet: topology"),
    "Inverter data sheet: battery voltage range": _("Inverter data sheet: battery voltage range"),
    "Battery data sheet: maximum discharge current": _("Battery data sheet: maximum discharge current"),
    "Makers' compatibility lists": _("Makers' compatibility lists"),
    "Battery data sheet": _("Battery data sheet"),
    "Controller data sheet": _("Controller data sheet"),
    "Controller data sheet: maximum PV voltage": _("Controller data sheet: maximum PV voltage"),
    "Controller data sheet: system voltage": _("Controller data sheet: system voltage"),
    "Portaria INMETRO 140/2022, with 515/2023": _("Portaria INMETRO 140/2022, with 515/2023"),
    "Portaria INMETRO 515/2023, in force since 1 December 2024 for new inverters": _(
        "Portaria INMETRO 515/2023, in force since 1 December 2024 for new inverters"
    ),
    "Portaria INMETRO 140/2022: the label's content with every offer": _(
        "Portaria INMETRO 140/2022: the label's content with every offer"
    ),
    "Lei 14.300/2022, art. 1º; ANEEL: installed power is AC power": _(
        "Lei 14.300/2022, art. 1º; ANEEL: installed power is AC power"
    ),
    "REN ANEEL 1.098/2024, art. 73-A": _("REN ANEEL 1.098/2024, art. 73-A"),
    "PRODIST module 3; ABNT NBR 16149, 16150, NBR IEC 62116": _("PRODIST module 3; ABNT NBR 16149, 16150, NBR IEC 62116"),
    "Data quality; STC: 1000 W/m²": _("Data quality; STC: 1000 W/m²"),
    "Data quality": _("Data quality"),
    "Catalogue": _("Catalogue"),
}

# What the rules ask for or work out that is no attribute of a product.
INPUT_LABELS: dict[str, Any] = {
    "registration": _("INMETRO registration"),
    "inverter": _("inverter"),
    "inverters": _("inverters"),
    "microinverters": _("number of microinverters"),
    "layout": _("a layout of the modules"),
    "structure": _("structure"),
    "grid": _("phases and voltage of the grid"),
    "price_date": _("date of the price"),
    "small_parts": _("cables, connectors and fixings"),
    "connectors": _("connectors"),
    "solar_cable": _("solar cable"),
    "trunk_cable": _("trunk cable"),
    "battery": _("battery"),
    "string_box": _("string box"),
    "gpv_fuses": _("gPV fuses"),
    "fuses": _("gPV fuses"),
    "batteries": _("batteries"),
    "cable_run_m": _("assumed cable run (m)"),
    "charge_controllers": _("charge controllers"),
    "connection_limit_kw": _("usual limit of the connection"),
    "end_clamps": _("end clamps"),
    "mid_clamps": _("mid clamps"),
    "rear_irradiance_percent": _("irradiance behind the module"),
    "cold_region_c": _("temperature where it freezes"),
    "cost_brl": _("cost"),
    "datasheet_url": _("data sheet"),
    "declared_power_kwp": _("power in the title"),
    "expires_on": _("end of the registration"),
    "layouts": _("layouts that work"),
    "max_cell_temperature_c": _("hottest cell"),
    "min_temperature_c": _("lowest temperature"),
    "module_models": _("module models"),
    "modules": _("number of modules"),
    "modules_in_series": _("modules in series"),
    "registered_model": _("model of the registration"),
    "roof_type": _("roof"),
    "sale_brl": _("sale price"),
    "status": _("status"),
    "stated_registration": _("registration the product states"),
    "stock": _("stock"),
    "string_boxes": _("string boxes"),
    "strings": _("strings"),
    "strings_per_mppt": _("strings per MPPT"),
    "trunk_parts": _("parts for the trunk"),
    "voltage_factor_by_table": _("voltage factor by the table"),
    "standards": _("standards"),
}

SOURCES: dict[str, Any] = {
    "specifications": _("specifications"),
    "kit": _("the kit"),
    "site": _("site conditions"),
    "default": _("default value"),
    "rule": _("the rule"),
    "registry": _("INMETRO's registry"),
    "prices": _("price history"),
}


def rule_title(rule_id: str) -> str:
    """What a rule looks at; "" for a rule that is no more."""
    return str(TITLES.get(rule_id, ""))


def reference_text(reference: str) -> str:
    """A finding's source in the active language; as stored when the rules no longer cite it."""
    return str(REFERENCES.get(reference, reference))


def source_text(source: str) -> str:
    """Where a value came from, in words; an address or a document as it is."""
    plain, mark, rest = source.partition(" (not usable)")
    text = str(SOURCES.get(plain, plain))
    return text + " (" + gettext("not usable") + ")" + rest if mark else text
