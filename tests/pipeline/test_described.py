"""What descriptions of registrations state in words."""

import pytest

from pipeline.sources.described import described_efficiency, described_equipment, described_input_voltage, described_power_w


@pytest.mark.parametrize(
    ("text", "watts"),
    [
        ("INVERSOR FOTOVOLTAICO CONECTADO A REDE MONOFASICO 220V POTENCIA 7000W", 7000),
        ("TRIFÁSICO 40 kW", 40_000),
        ("potência 3,6kW", 3600),
        ("módulo 550Wp bifacial", 550),
        ("1.500 W", 1500),
        ("1.5 kW", 1500),
        ("SISTEMA ALL IN ONE DE 1000W E BATERIA DE 2kWh", 1000),
        ("BATERIA LFP 51.2V 5kWh", None),
        ("saída 5000W ou 6000W", None),
        ("200 W/m²", None),
        ("", None),
        (None, None),
    ],
)
def test_power(text: str | None, watts: float | None) -> None:
    assert described_power_w(text) == watts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("INVERSOR HÍBRIDO PARA SISTEMA FOTOVOLTAICO", "inversor híbrido"),
        ("Microinversor 2000W", "microinversor"),
        ("INVERSOR ON GRID COM SUPORTE A BATERIAS", "inversor híbrido"),
        ("Inversor off-grid 5 kW", "inversor off-grid"),
        ("Módulo fotovoltaico", "módulo"),
        ("Controlador de carga MPPT para bateria", "controlador de carga"),
        ("TRIFÁSICO 380V", ""),
    ],
)
def test_kind(text: str, kind: str) -> None:
    assert described_equipment(text) == kind


def test_efficiency_and_voltages() -> None:
    assert described_efficiency("SEM TRANSFORMADOR, 98,7%") == 98.7
    assert described_efficiency("97% a 98%") is None
    assert described_input_voltage("STRING, 200V~850V, TRIFÁSICO") == (200, 850)
    assert described_input_voltage("175~425V, BIFÁSICO, 15000W") == (175, 425)
    assert described_input_voltage("220V") == (None, None)
