"""What goes with panels and inverters in the demo catalogue: batteries, structures, cables, protection and the like."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from pipeline.demo.catalogue_article import Article, brazilian

BATTERY_BRANDS = ("BYD", "Growatt", "Deye", "Pylontech")
PARTS_BRAND = "Demonstração"
PROTECTION_BRAND = "Clamper"

ROOFS = {
    "CERAMIC": "telhado cerâmico",
    "FIBER_CEMENT": "fibrocimento",
    "METAL": "telha metálica",
    "SLAB": "laje",
    "GROUND": "solo",
    "STANDING_SEAM": "telha zipada",
}


def battery(random: Random, position: int) -> Article:
    kwh = (5.12, 10.24)[position % 2]
    brand = BATTERY_BRANDS[position % len(BATTERY_BRANDS)]
    capacity_ah = round(kwh * 1000 / 51.2)
    return Article(
        code="BAT",
        category="baterias",
        subcategory="lítio 48 V",
        brand=brand,
        model=f"DEMO-B{capacity_ah}-{position + 1:02}",
        name=f"Bateria de lítio {brand} {brazilian(kwh)} kWh 51,2 V (demonstração)",
        specifications={
            "chemistry": "lifepo4",
            "nominal_voltage_v": 51.2,
            "capacity_ah": capacity_ah,
            "capacity_kwh": kwh,
            "depth_of_discharge_percent": 90,
            "max_charge_current_a": capacity_ah // 2,
            "max_discharge_current_a": capacity_ah,
            "cycles": 6000,
            "efficiency_percent": 95,
            "protocol": "CAN/RS485",
            "weight_kg": round(kwh * 9.2, 1),
            "warranty_years": 10,
        },
        cost=Decimal(str(kwh)) * random.randrange(1_450, 1_900),
    )


def structure(random: Random, position: int) -> Article:
    roof = list(ROOFS)[position % len(ROOFS)]
    modules = 4 if position < len(ROOFS) else 2
    return Article(
        code="EST",
        category="estruturas",
        subcategory=ROOFS[roof],
        brand=PARTS_BRAND,
        model=f"DEMO-E{modules}-{position + 1:02}",
        name=f"Estrutura de fixação {ROOFS[roof]} {modules} módulos (demonstração)",
        specifications={
            "roof_type": roof,
            "material": "galvanised_steel" if roof == "GROUND" else "aluminium",
            "module_count": modules,
            "module_thickness_min_mm": 30,
            "module_thickness_max_mm": 40,
            "rail_length_mm": 2400,
            "max_wind_speed_m_per_s": 45,
            "warranty_years": 12,
        },
        cost=Decimal(modules) * random.randrange(62, 95) * (3 if roof == "GROUND" else 1),
    )


def cable(colour: str, label: str) -> Callable[[Random, int], Article]:
    def make(random: Random, position: int) -> Article:
        section = (4, 6)[position % 2]
        return Article(
            code="CAB",
            category="cabos",
            subcategory="solar",
            brand=PARTS_BRAND,
            model=f"DEMO-C{section}{colour[0].upper()}{position + 1:02}",
            name=f"Cabo solar {section} mm² {label} rolo de 25 m (demonstração)",
            specifications={
                "purpose": "dc_solar",
                "section_mm2": section,
                "conductor": "copper",
                "colour": colour,
                "length_m": 25,
                "rated_voltage_v": 1800,
                "rated_current_a": {4: 55, 6: 70}[section],
                "standard": "ABNT NBR 16612",
            },
            cost=Decimal(section) * random.randrange(28, 36),
        )

    return make


def other_cable(purpose: str, label: str, length: int, section: int) -> Callable[[Random, int], Article]:
    def make(random: Random, position: int) -> Article:
        return Article(
            code="CAB",
            category="cabos",
            subcategory=label,
            brand=PARTS_BRAND,
            model=f"DEMO-{purpose.upper()}{position + 1:02}",
            name=f"Cabo {label} {section} mm² {length} m (demonstração)",
            specifications={
                "purpose": purpose,
                "section_mm2": section,
                "conductor": "copper",
                "length_m": length,
                "rated_voltage_v": 1000,
                "rated_current_a": section * 6,
            },
            cost=Decimal(length * section) * random.randrange(90, 140) / 100,
        )

    return make


def accessory(purpose: str, label: str, brand: str, cost: int, **specifications: object) -> Callable[[Random, int], Article]:
    def make(random: Random, position: int) -> Article:
        return Article(
            code="ACE",
            category="acessorios",
            subcategory=label,
            brand=brand,
            model=f"DEMO-{purpose[:3].upper()}{position + 1:02}",
            name=f"{label} (demonstração)",
            specifications={"purpose": purpose, **specifications},
            cost=Decimal(cost) * random.randrange(90, 125) / 100,
        )

    return make


def string_box(random: Random, position: int) -> Article:
    inputs, outputs = ((2, 1), (4, 2), (4, 4))[position % 3]
    return Article(
        code="SBX",
        category="stringboxes",
        subcategory="corrente contínua",
        brand=PROTECTION_BRAND,
        model=f"DEMO-SB{inputs}{outputs}-{position + 1:02}",
        name=f"String box {PROTECTION_BRAND} {inputs} entradas {outputs} saídas 1040 V (demonstração)",
        specifications={
            "string_inputs": inputs,
            "outputs": outputs,
            "max_dc_voltage_v": 1040,
            "max_current_a": 32,
            "surge_protection_class": "II",
            "surge_protection_voltage_v": 1040,
            "dc_switch": True,
            "ip_rating": "IP65",
        },
        cost=Decimal(inputs) * random.randrange(140, 210) + 120,
    )


def charger(random: Random, position: int) -> Article:
    kw, phases, current = ((7.4, 1, 32), (22, 3, 32))[position % 2]
    return Article(
        code="CAR",
        category="carregadores",
        subcategory="wallbox",
        brand="Growatt",
        model=f"DEMO-EV{round(kw)}-{position + 1:02}",
        name=f"Carregador veicular Growatt {brazilian(kw)} kW tipo 2 (demonstração)",
        specifications={
            "power_kw": kw,
            "ac_voltage_v": 220 if phases == 1 else 380,
            "phases": phases,
            "current_a": current,
            "plug": "type_2",
            "plug_count": 1,
            "cable_length_m": 5,
            "ocpp": True,
            "ip_rating": "IP65",
            "warranty_years": 3,
        },
        cost=Decimal(str(kw)) * random.randrange(120, 190) + 1_800,
    )


def controller(random: Random, position: int) -> Article:
    current = (40, 60, 100)[position % 3]
    return Article(
        code="CTL",
        category="controladores",
        subcategory="MPPT",
        brand=PARTS_BRAND,
        model=f"DEMO-MP{current}-{position + 1:02}",
        name=f"Controlador de carga MPPT {current} A 48 V (demonstração)",
        specifications={
            "technology": "mppt",
            "rated_current_a": current,
            "system_voltage_v": 48,
            "max_pv_voltage_v": 150,
            "max_pv_power_w": current * 52,
            "efficiency_percent": 97,
            "battery_chemistries": "LiFePO4, chumbo-ácido",
            "warranty_years": 5,
        },
        cost=Decimal(current) * random.randrange(18, 26),
    )
