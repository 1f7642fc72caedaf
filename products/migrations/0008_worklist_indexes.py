"""Work lists that hold most of the catalogue (all prices raised at once) are walked by name: a row asks whether it is among them."""

from django.db import migrations

_VIEWS = {"possible_duplicates": "mv_possible_duplicates", "price_moves": "mv_price_moves"}
_OF = {"kit": "kit_id", "product": "product_id"}
_INDEXES = {
    f"{name}_of_{owner}": f"products.{view} ({column}) WHERE {column} IS NOT NULL"
    for name, view in _VIEWS.items()
    for owner, column in _OF.items()
}


class Migration(migrations.Migration):
    dependencies = [("products", "0007_parts_walk")]
    operations = [
        migrations.RunSQL(f"CREATE INDEX {name} ON {where}", f"DROP INDEX products.{name}") for name, where in _INDEXES.items()
    ]
