"""Who may see holders: a permission of its own (LGPD)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('aneel', '0002_schema'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='generationunit',
            options={'ordering': ['id'], 'permissions': [('view_personal_data', "Can see holders' names, documents and postal codes")], 'verbose_name': 'generation unit', 'verbose_name_plural': 'generation units'},
        ),
    ]
