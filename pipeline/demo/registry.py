"""Invented registrations and data sheets of the demo's articles, so that its kits can pass, warn and fail; both say DEMO."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from aneel.choices import CertificateType, CertificationStatus
from aneel.models import Certification
from pipeline.demo.catalogue_products import DemoProduct
from products.models import Product

IN_SCOPE = {
    "paineis": "Módulo fotovoltaico",
    "inversores": "Inversor",
    "baterias": "Bateria",
    "controladores": "Controlador de carga",
}
STANDARDS = ["ABNT NBR 16149", "ABNT NBR 16150", "ABNT NBR IEC 62116"]
ORDINANCE = "Portaria INMETRO 140/2022"


def register(articles: Sequence[DemoProduct], seed: int) -> int:
    """Link nine of ten articles that need one to a registration; some end soon, a few have ended. Returns how many.

    Of those, all but one in fifteen get the address of a data sheet, without which a rule warns.
    """
    today = date.today()
    linked: dict[str, Certification] = {}
    for number, article in enumerate(articles, start=1):
        random = Random(f"{seed}:registry:{article.sku}")  # noqa: S311  (demo data)
        if article.category not in IN_SCOPE or random.random() < 0.1:
            continue
        ends = today + timedelta(
            days=random.choices([random.randint(200, 1300), random.randint(5, 55), -20], weights=[92, 5, 3])[0]
        )
        watts = article.specifications.get("power_wp")
        kilowatts = article.specifications.get("ac_power_kw")
        power = Decimal(str(watts)) if watts else Decimal(str(kilowatts)) * 1000 if kilowatts else None
        linked[article.sku] = Certification(
            certificate_id=f"INMETRO|DEMO-{number:05}|{article.model}",
            certificate_number=f"DEMO-{number:05}",
            certificate_type=CertificateType.INMETRO,
            equipment_type=IN_SCOPE[article.category],
            manufacturer=article.brand,
            brand=article.brand,
            model=article.model,
            description="Registro inventado para demonstração",
            power_rating_w=power,
            standards_compliance=STANDARDS if article.category == "inversores" else [],
            ordinance=ORDINANCE,
            issue_date=ends - timedelta(days=1460),
            expiry_date=ends,
            status=CertificationStatus.ACTIVE if ends > today else CertificationStatus.EXPIRED,
        )
    Certification.objects.bulk_create(linked.values(), ignore_conflicts=True)
    stored = Certification.objects.in_bulk([row.certificate_id for row in linked.values()], field_name="certificate_id")
    products = list(Product.objects.filter(sku__in=linked, certification=None).only("pk", "sku", "datasheet_url"))
    for product in products:
        product.certification = stored[linked[product.sku].certificate_id]
        if not product.datasheet_url and Random(f"{seed}:datasheet:{product.sku}").randrange(15):  # noqa: S311  (demo data)
            product.datasheet_url = f"https://example.org/demo/{product.sku.casefold()}.pdf"
    Product.objects.bulk_update(products, ["certification", "datasheet_url"], batch_size=500)
    return len(products)
