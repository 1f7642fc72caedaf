"""Create the first administrator."""

import json
import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from ysh.core.db.locks import lock_key

# Without letters and digits that are taken for one another when read aloud or typed off a screen.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 20


class Command(BaseCommand):
    """Creates a superuser with a random password when there is none, and prints the password this once."""

    help = (
        "Creates the first superuser with a random password, which is printed once and stored only as a hash. "
        "Does nothing when there is a superuser.\nExample: manage.py ensure_admin --username maria"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="admin", help="name to sign in with (default: admin)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, username: str, as_json: bool, **options: Any) -> None:
        users = get_user_model()._default_manager
        with transaction.atomic():
            self._one_at_a_time()
            existing = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
            if existing is not None:
                self._say(as_json, created=False, username=existing.get_username(), password=None)
                return
            if users.filter(username=username).exists():
                raise CommandError(
                    f"There is no active superuser, and the name {username!r} is taken by another account. "
                    "Choose another with --username, or make that account a superuser in a shell."
                )
            password = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
            users.create_superuser(username=username, email="", password=password)
        self._say(as_json, created=True, username=username, password=password)

    def _one_at_a_time(self) -> None:
        """Two first starts at once must not make two administrators."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("ensure_admin")])

    def _say(self, as_json: bool, *, created: bool, username: str, password: str | None) -> None:
        if as_json:
            self.stdout.write(json.dumps({"created": created, "username": username, "password": password}))
        elif created:
            self.stdout.write(f"Administrator created. User: {username}  Password: {password}")
            self.stdout.write("The password is shown only now: keep it.")
        else:
            self.stdout.write(f"There is an administrator already ({username}); nothing was changed.")
