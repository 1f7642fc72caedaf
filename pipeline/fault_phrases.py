"""Words of faults: what fetching, opening and reading a file found, and what to do about it.

The codes stand where the fault is raised. English msgids are the texts of logs and commands.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pipeline.labels import reason_label
from ysh.core.said import add_phrases, in_words


def _both(found: Any, todo: Any = "") -> str:
    return " ".join(filter(None, [in_words(found), in_words(todo)]))


def _percent(share: float, digits: int = 1) -> str:
    return f"{number_format(f'{share * 100:.{digits}f}', digits)}%"


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason_label(reason)}: {in_words(count)}" for reason, count in counts.items())


def _feeds(whys: Mapping[str, Any]) -> str:
    return " ".join(f"{feed}: {in_words(why)}" for feed, why in whys.items())


FAULT_PHRASES: dict[str, Any] = {
    "found_and_todo": _both,
    "percent": _percent,
    "reasons": _reasons,
    "feeds": _feeds,
    # fetching
    "found_http": _("%(url)s answered HTTP %(status)s %(words)s."),
    "found_no_answer": _("%(url)s did not answer (%(why)s)."),
    "found_redirects": _("%(url)s redirects more than %(most)s times, at last to %(last)s."),
    "found_leaves_https": _("%(url)s leads away from HTTPS, to %(target)s."),
    "found_certificate": _("The certificate of %(host)s is not to be trusted (%(why)s)."),
    "found_no_url": _("%(url)s is no address (%(why)s)."),
    "found_bad_url": _("Expected an http or https address without user and password, found %(url)s."),
    "found_private": _("%(host)s is at %(address)s, which is not an address of the internet."),
    "found_rate": _("%(host)s was asked %(limit)s times within an hour; the next request may go out in %(seconds)s s."),
    "found_ca_bundle": _("ANEEL_CA_BUNDLE names %(file)s, which holds no readable certificates (%(why)s)."),
    "found_not_fetched": _("%(url)s could not be fetched (%(why)s; %(tried)s of %(tries)s tries)."),
    "found_wait": _(
        "%(url)s could not be fetched (%(why)s; %(tried)s of %(tries)s tries; the server asks to wait for %(seconds)s s)."
    ),
    "found_slow": _("%(url)s sends %(speed)s bytes a second; less than %(least)s is given up."),
    "found_larger": _("%(url)s is larger than %(most)s bytes (at least %(size)s)."),
    "found_not_json": _("%(url)s answered, but not with what it should (%(why)s)."),
    "found_damaged": _("%(name)s is damaged (%(why)s)."),
    "found_no_resource": _("Package %(package)s has no file named like %(part)s in %(formats)s; it has: %(there)s."),
    "found_no_address": _("%(source)s has no address of its own."),
    "found_no_file": _("No file at %(file)s."),
    "found_unreadable": _("%(file)s cannot be read (%(why)s)."),
    "found_lake_unreadable": _("%(file)s could not be read (%(why)s)."),
    "found_no_feed": _("No feed answered. %(whys)s"),
    "found_fewer_entries": _("It has %(now)s entries; %(before)s were there. Nothing of it was taken."),
    "found_some_entries": _("%(seen)s of %(all)s entries came."),
    "found_some_in_files": _("%(seen)s of %(all)s entries are in the files."),
    # why a try failed
    "why_no_tls": _("no secure connection (%(why)s)"),
    "why_changed": _("the file changed while it was fetched"),
    "why_broke_off": _("broke off after %(bytes)s bytes: %(why)s"),
    "why_broke_off_of": _("broke off after %(bytes)s of %(all)s bytes"),
    "why_page": _("expected JSON, found a page that begins with %(begin)s"),
    "why_nested": _("expected JSON, found one nested without end"),
    "why_broken_json": _("expected JSON, but it breaks off or is damaged: %(why)s"),
    # opening
    "found_empty": _("%(name)s is empty (0 bytes)."),
    "found_blank": _("%(name)s holds nothing but white space."),
    "found_blank_header": _("%(name)s is empty: nothing but white space."),
    "found_empty_zip": _("%(name)s is a ZIP archive without any file in it."),
    "found_too_large": _("%(name)s has %(size)s bytes; at most %(most)s are accepted."),
    "found_no_table": _("Expected a CSV, ZIP, GZIP or Parquet file, found %(kind)s in %(name)s. It begins with %(begin)s."),
    "found_bad_zip": _("%(name)s is a damaged or truncated ZIP archive of %(size)s bytes (%(why)s)."),
    "found_not_one": _("Expected exactly one CSV in %(name)s, found %(count)s among: %(there)s."),
    "found_encrypted": _("%(member)s in %(name)s is encrypted."),
    "found_unpacks": _("%(name)s unpacks to at least %(size)s bytes; at most %(most)s are accepted."),
    "found_bomb": _(
        "%(name)s unpacks %(times)s times its size; at most %(most)s times is accepted, because nothing but a decompression bomb "
        "does more."
    ),
    "found_not_unpacked": _("%(name)s cannot be unpacked (%(why)s)."),
    "found_unpacking_stopped": _("%(name)s is damaged or truncated: unpacking stopped after %(bytes)s bytes (%(why)s)."),
    "found_bad_parquet": _("%(name)s is a damaged or truncated Parquet file (%(why)s)."),
    "found_parquet_stopped": _("%(name)s is damaged: reading stopped after row %(row)s (%(why)s)."),
    "found_long_line": _("Line %(line)s of %(name)s is longer than %(most)s bytes."),
    "found_cut": _("%(name)s ends in the middle of line %(line)s: %(count)s of %(width)s columns, no line break."),
    "found_no_rows": _("%(name)s has no rows."),
    "found_no_records": _("%(name)s holds no records."),
    "found_only_header": _("The file has a header but no rows."),
    "found_none_wanted": _("None of the file's %(count)s rows has %(words)s in %(column)s."),
    "kind_page": _("an HTML or XML page (often the portal's error page)"),
    "kind_json": _("JSON (often the portal's error message)"),
    "kind_pdf": _("a PDF document"),
    "kind_binary": _("binary data of an unknown kind"),
    "kind_text": _("text without a header line"),
    # the header
    "found_twice": _("Column %(names)s stands more than once in the header of %(name)s."),
    "found_missing": _(
        "%(name)s lacks the column(s) %(missing)s, which %(source)s requires. Found %(count)s column(s): %(there)s."
    ),
    "found_no_break": _("%(name)s has no line break in its first %(bytes)s bytes; a header line was expected."),
    "found_no_header": _("Expected a header of column names in %(name)s, found %(begin)s."),
    "found_nul_header": _("NUL byte at position %(position)s of the header of %(name)s; text was expected."),
    # what stops a run
    "found_refused": _(
        "%(bad)s of %(all)s rows were refused (%(share)s); at most %(limit)s is accepted. Reasons: %(reasons)s. "
        "Nothing was changed."
    ),
    "found_vanished": _(
        "%(gone)s of %(all)s active rows are not in the file (%(share)s); at most %(limit)s may vanish at once. "
        "Nothing was changed."
    ),
    "found_checks": _("Blocking checks failed: %(checks)s"),
    "found_check": _("%(check)s: %(share)s bad, at most %(limit)s accepted"),
    # refused rows
    "row_value": _("%(column)s: %(expected)s was expected."),
    "row_empty": _("%(column)s is empty; %(expected)s was expected."),
    "row_nul": _("NUL byte at position %(position)s of the line; text was expected."),
    "row_nul_in": _("%(column)s holds a NUL character at position %(position)s; text was expected."),
    "row_encoding": _("Bytes that are not %(encoding)s, the encoding of the rest of the file."),
    "row_quotes": _("Quotes that do not match (%(why)s)."),
    "row_inner_quotes": _("Quotes inside a field that does not begin with one."),
    "row_fields": _("Expected %(width)s fields as in the header, found %(count)s."),
    "row_repeated": _("%(column)s stands more than once with different values; the row with the later %(kept)s was kept."),
    "row_no_object": _("Expected an object that describes a data set."),
    "row_no_title": _("Expected a title; the entry of %(feed)s has none."),
    "line": pgettext_lazy("of a file", "line"),
    "expect_length": _("at most %(most)s characters"),
    "expect_one_of": _("one of: %(words)s"),
    "expect_number": _("a number from %(low)s to %(high)s"),
    "expect_whole": _("a whole number from %(low)s to %(high)s"),
    "expect_day": _("a date as YYYY-MM-DD, from 1900 on,"),
    "expect_local_day": _("a date as DD/MM/YYYY or YYYY-MM-DD, from 1900 on,"),
    "expect_cnpj": _("a CNPJ with right check digits"),
    "expect_document": _("a masked CPF, or a CNPJ with right check digits"),
    "expect_postal_code": _("eight digits"),
    "expect_unit_code": _("a unit code such as GD.SP.000.123.456"),
    "expect_registration": _("a registration number such as 001234/2024"),
    "expect_not_before": _("a day not before %(column)s"),
    "expect_month_or_day": _("a month (DatCompetencia) or a first day (DatVigencia)"),
    "expect_state": _("one of Brazil's 27 state codes, or an IBGE code to infer it from,"),
    # what to do
    "todo_fetch": _("Fetch it again."),
    "todo_fetch_file": _("Fetch the file again."),
    "todo_fetch_source": _("Fetch it again from the source itself."),
    "todo_address": _("Check the address."),
    "todo_address_later": _("Check the address, or fetch it again later."),
    "todo_check": _("Check it."),
    "todo_path": _("Check the path."),
    "todo_permissions": _("Check the path and its permissions."),
    "todo_lake": _("Check the lake."),
    "todo_later": _("Try again later."),
    "todo_then": _("Try again then."),
    "todo_later_or_file": _("Try again later, or give a downloaded file with --file."),
    "todo_file": _("Give a local file with --file."),
    "todo_file_or_url": _("Give --file or --url."),
    "todo_private": _("If that is meant, add %(host)s to INGEST_PRIVATE_HOSTS."),
    "todo_rate": _("Wait, or raise INGEST_REQUESTS_PER_HOUR if the server's owner allows it."),
    "todo_pem": _("Let it name a PEM file."),
    "todo_intermediate": _("If its server leaves out an intermediate certificate, add that one to ANEEL_CA_BUNDLE."),
    "todo_raise_grown": _("Raise %(setting)s if the source really grew that much."),
    "todo_raise": _("Raise %(setting)s."),
    "todo_declaration": _("Correct the source's declaration."),
    "todo_unpack_one": _("Unpack it and give the one file with --file."),
    "todo_unpack": _("Unpack it first."),
    "todo_damaged": _("The file is damaged: fetch it again."),
    "todo_truncated": _("The file is truncated: fetch it again."),
    "todo_is_csv": _("Check that this is a CSV file."),
    "todo_right_file": _(
        "Check that this is the right file; if the source renamed a column, add the new name to its declaration."
    ),
    "todo_right_rows": _("Check that this is the right file, and what the source's declaration takes of it."),
    "todo_rejects": _("Look at the rejected rows of this run."),
    "todo_removals": _("If the file is an extract, run with --keep-missing; if the removals are real, with --allow-removals."),
    "todo_checks": _("Nothing was changed. Look at the run's checks."),
    "todo_hour": _("Asked again in an hour."),
}
add_phrases(FAULT_PHRASES)
