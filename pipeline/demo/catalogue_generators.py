"""Panels and inverters of the demo catalogue: specifications that fit together electrically, as on real data sheets."""

from decimal import Decimal
from random import Random

from pipeline.demo.catalogue_article import Article, brazilian

PANEL_BRANDS = ("LONGi", "Jinko", "Canadian Solar", "Trina", "BYD", "Risen", "DMEGC", "JA Solar")
STRING_BRANDS = ("Growatt", "Sungrow", "Solis", "Huawei", "FoxESS", "Deye", "GoodWe")
MICRO_BRANDS = ("Deye", "Hoymiles", "NEP", "TSUNESS", "Enphase")
HYBRID_BRANDS = ("Deye", "Growatt", "Huawei", "GoodWe")


def panel(random: Random, position: int) -> Article:
    powers = (550, 585, 610, 575, 700, 450, 600, 555, 630, 665, 540, 620)
    power = powers[position % len(powers)]
    technology = "mono_perc" if power in (450, 540, 550, 555) else random.choice(("n_type_topcon", "n_type_topcon", "hjt"))
    efficiency = {"mono_perc": 21.1, "n_type_topcon": 22.4, "hjt": 22.8}[technology]
    large_cells = power > 600
    vmp = 38.5 + (power - 600) * 0.025 if large_cells else 41.6 + (power - 545) * 0.03
    voc = vmp * 1.195
    imp = power / vmp
    width = 1303 if large_cells else 1134
    bifacial = technology != "mono_perc"
    brand = PANEL_BRANDS[position % len(PANEL_BRANDS)]
    return Article(
        code="PAN",
        category="paineis",
        subcategory="bifacial" if bifacial else "monofacial",
        brand=brand,
        model=f"DEMO-{power}{'N' if bifacial else 'P'}{position + 1:02}",
        name=f"Módulo fotovoltaico {brand} {power} Wp {'N-Type bifacial' if bifacial else 'mono PERC'} (demonstração)",
        specifications={
            "power_wp": power,
            "cell_technology": technology,
            "bifacial": bifacial,
            "bifaciality_percent": 80 if bifacial else None,
            "cell_count": 132 if large_cells else 144,
            "efficiency_percent": efficiency,
            "voc_v": round(voc, 2),
            "vmp_v": round(vmp, 2),
            "isc_a": round(imp * 1.062, 2),
            "imp_a": round(imp, 2),
            # Every eighth data sheet lacks its temperature coefficients, so that incomplete articles are seen.
            "temp_coeff_voc_pct_per_c": None
            if position % 8 == 7
            else {"mono_perc": -0.27, "n_type_topcon": -0.25, "hjt": -0.24}[technology],
            "temp_coeff_pmax_pct_per_c": None
            if position % 8 == 7
            else {"mono_perc": -0.34, "n_type_topcon": -0.29, "hjt": -0.26}[technology],
            "temp_coeff_isc_pct_per_c": None if position % 8 == 7 else 0.045,
            "noct_c": 43,
            "max_system_voltage_v": 1500,
            "max_series_fuse_a": 35 if large_cells else 30,
            "length_mm": round(power / (efficiency * 10) / width * 1_000_000),
            "width_mm": width,
            "thickness_mm": 33 if large_cells else 30,
            "weight_kg": round(power / 20.5, 1),
            "warranty_years": 12,
            "performance_warranty_years": 30 if bifacial else 25,
        },
        cost=Decimal(power) * Decimal(random.randrange(78, 112)) / 100,
    )


def _inverter_specifications(
    kw: float, *, topology: str, phases: int, voltage: int, mppts: int, inputs: int
) -> dict[str, object]:
    """A string inverter's DC side: wide enough for a fifth more modules than its AC power, as such are sold."""
    high = phases == 3
    per_mppt = 20 * inputs if not high else 16 * inputs
    return {
        "topology": topology,
        "ac_power_kw": kw,
        "ac_voltage_v": voltage,
        "phases": phases,
        "max_dc_power_kw": round(kw * 1.5, 2),
        "max_dc_voltage_v": 1100 if high else 600,
        "mppt_min_v": 180 if high else 60,
        "mppt_max_v": 1000 if high else 550,
        "start_voltage_v": 200 if high else 80,
        "mppt_count": mppts,
        "inputs_per_mppt": inputs,
        "max_current_per_mppt_a": per_mppt,
        "max_short_circuit_current_per_mppt_a": round(per_mppt * 1.25, 1),
        "efficiency_percent": 98.4 if high else 97.6,
        "afci": True,
        "dc_switch": True,
        "dc_surge_protection": True,
        "ip_rating": "IP66",
        "weight_kg": round(8 + kw * 1.1, 1),
        "warranty_years": 10,
    }


def string(random: Random, position: int) -> Article:
    powers = (5, 3, 7.5, 6, 10, 4, 8, 2)
    kw = powers[position % len(powers)]
    brand = STRING_BRANDS[position % len(STRING_BRANDS)]
    mppts = 1 if kw <= 3 else 2
    return Article(
        code="INV",
        category="inversores",
        subcategory="string monofásico",
        brand=brand,
        model=f"DEMO-{brazilian(kw)}K-S{position + 1:02}",
        name=f"Inversor {brand} {brazilian(kw)} kW monofásico 220 V {mppts} MPPT AFCI (demonstração)",
        specifications=_inverter_specifications(
            kw, topology="string", phases=1, voltage=220, mppts=mppts, inputs=1 if kw <= 6 else 2
        ),
        cost=Decimal(str(kw)) * random.randrange(520, 690) + 900,
    )


def three_phase(random: Random, position: int) -> Article:
    powers = (15, 25, 50, 75, 20, 36, 100, 12)
    kw = powers[position % len(powers)]
    brand = STRING_BRANDS[(position + 2) % len(STRING_BRANDS)]
    mppts = 2 if kw <= 20 else 4 if kw <= 50 else 8
    return Article(
        code="INV",
        category="inversores",
        subcategory="string trifásico",
        brand=brand,
        model=f"DEMO-{kw}K-T{position + 1:02}",
        name=f"Inversor {brand} {kw} kW trifásico 380 V {mppts} MPPT AFCI (demonstração)",
        specifications=_inverter_specifications(kw, topology="string", phases=3, voltage=380, mppts=mppts, inputs=2),
        cost=Decimal(kw) * random.randrange(300, 420) + 3_500,
    )


def micro(random: Random, position: int) -> Article:
    kw, inputs = ((2.25, 4), (2.0, 4), (1.0, 2), (0.5, 1))[position % 4]
    brand = MICRO_BRANDS[position % len(MICRO_BRANDS)]
    return Article(
        code="MIC",
        category="inversores",
        subcategory="microinversor",
        brand=brand,
        model=f"DEMO-M{round(kw * 1000)}-{position + 1:02}",
        name=f"Microinversor {brand} {brazilian(kw)} kW monofásico 220 V {inputs} MPPT (demonstração)",
        specifications={
            "topology": "micro",
            "ac_power_kw": kw,
            "ac_voltage_v": 220,
            "phases": 1,
            "max_dc_power_kw": round(inputs * 0.7, 2),
            "max_dc_voltage_v": 60,
            "mppt_min_v": 16,
            "mppt_max_v": 58,
            "start_voltage_v": 22,
            "mppt_count": inputs,
            "inputs_per_mppt": 1,
            "max_current_per_mppt_a": 20,
            "max_short_circuit_current_per_mppt_a": 25,
            "efficiency_percent": 96.5,
            "afci": False,
            "ip_rating": "IP67",
            "weight_kg": round(1.2 + inputs * 0.8, 1),
            "warranty_years": 12,
        },
        cost=Decimal(str(kw)) * random.randrange(620, 760) + 150,
    )


def hybrid(random: Random, position: int) -> Article:
    kw = (5, 8, 10, 3.6)[position % 4]
    brand = HYBRID_BRANDS[position % len(HYBRID_BRANDS)]
    battery = {
        "battery_min_v": 40,
        "battery_max_v": 60,
        "max_charge_current_a": round(kw * 18),
        "max_discharge_current_a": round(kw * 20),
    }
    return Article(
        code="HIB",
        category="inversores",
        subcategory="híbrido",
        brand=brand,
        model=f"DEMO-{brazilian(kw)}K-H{position + 1:02}",
        name=f"Inversor híbrido {brand} {brazilian(kw)} kW monofásico 220 V (demonstração)",
        specifications=_inverter_specifications(kw, topology="hybrid", phases=1, voltage=220, mppts=2, inputs=1) | battery,
        cost=Decimal(str(kw)) * random.randrange(900, 1_300) + 2_000,
    )


def off_grid(random: Random, position: int) -> Article:
    kw = (3, 5)[position % 2]
    battery = {"battery_min_v": 40, "battery_max_v": 62, "max_charge_current_a": 80, "max_discharge_current_a": kw * 22}
    return Article(
        code="OFF",
        category="inversores",
        subcategory="off-grid",
        brand="Growatt",
        model=f"DEMO-{kw}K-F{position + 1:02}",
        name=f"Inversor off-grid Growatt {kw} kW monofásico 220 V (demonstração)",
        specifications=_inverter_specifications(kw, topology="off_grid", phases=1, voltage=220, mppts=1, inputs=2)
        | battery
        | {"afci": False},
        cost=Decimal(kw) * random.randrange(850, 1_100) + 600,
    )
