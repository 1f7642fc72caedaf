"""dd/mm/aaaa everywhere: Django's own long form does not fit a column. A day never parts from its time."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y\u00a0H:i"
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y\u00a0H:i"
