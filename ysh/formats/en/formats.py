"""ISO dates: 11/12 reads as two different days in English."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d\u00a0H:i"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d\u00a0H:i"
