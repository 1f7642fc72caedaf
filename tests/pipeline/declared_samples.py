"""A few rows of each declared dataset, in its own format: what its test loads, and what `python -m tests.portal` serves."""

from typing import Any

#: a file of each, in its own form, and the values of its first row
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "generation_agents": (
        """\
"DatGeracaoConjuntoDados";"NumCnpj";"SigPessoa";"NomRazaoSocial";"IdcAtivo";"IdcComercializacao";"IdcDistribuicao";"IdcGeracao";"IdcTransmissao"
"2026-09-30";"02341467000120";"PJ";"AMAZONAS ENERGIA S.A";"A";"0";"1";"0";"0"
"2026-09-30";"02030715000112";"PJ";"AGÊNCIA NACIONAL DE TELECOMUNICAÇÕES";"A";"0";"1";"0";"0"
"2026-09-30";"***.456.789-**";"PF";"FULANO DE TAL";"A";"0";"0";"1";"0"
""",
        {"cnpj": "02341467000120", "name": "AMAZONAS ENERGIA S.A", "active": "A", "trades": 0, "distributes": 1, "generates": 0,
         "transmits": 0},
    ),
    "power_plants": (
        """\
"DatGeracaoConjuntoDados";"NomEmpreendimento";"IdeNucleoCEG";"CodCEG";"SigUFPrincipal";"SigTipoGeracao";"DscFaseUsina";"DscOrigemCombustivel";"DscFonteCombustivel";"DscTipoOutorga";"NomFonteCombustivel";"DatEntradaOperacao";"MdaPotenciaOutorgadaKw";"MdaPotenciaFiscalizadaKw";"MdaGarantiaFisicaKw";"IdcGeracaoQualificada";"NumCoordNEmpreendimento";"NumCoordEEmpreendimento";"DatInicioVigencia";"DatFimVigencia";"DscPropriRegimePariticipacao";"DscSubBacia";"DscMuninicpios"
"2026-09-30";"Exemplo Solar I";"37123";"UFV.RS.MG.037123-8.01";"MG";"UFV";"Operação";"Solar";"Radiação solar";"Autorização";"Radiação solar";"2021-05-01";"50000,00";"50000,00";",00";"Não";"-20,12479858";"-44,10000000";"2019-01-15";"2054-01-15";"100% para EXEMPLO SOLAR I S.A. (PIE)";"";"Pirapora - MG"
"2026-09-30";"Exemplo Eólica";"40001";"EOL.CV.BA.040001-0.01";"BA";"EOL";"Construção não iniciada";"Eólica";"Cinética do vento";"Autorização";"Cinética do vento";"";"4200,00";",00";",00";"Não";"-10,5";"-42,1";"";"";"";"";"Sento Sé - BA"
""",
        {"ceg": "UFV.RS.MG.037123-8.01", "ceg_core": "37123", "name": "Exemplo Solar I", "state": "MG", "source_type": "UFV",
         "phase": "Operação", "fuel_origin": "Solar", "fuel_source": "Radiação solar", "fuel": "Radiação solar",
         "grant": "Autorização", "operating_since": "2021-05-01", "granted_power_kw": 50000, "inspected_power_kw": 50000,
         "assured_power_kw": 0, "latitude": -20.12479858, "longitude": -44.1, "granted_from": "2019-01-15",
         "granted_until": "2054-01-15", "municipalities": "Pirapora - MG"},
    ),
}  # fmt: skip
