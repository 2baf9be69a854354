"""Dates and times as quote headers write them, in any script: enough to see that one is there."""

import re

from triage.core.zones.languages import DAY_AND_MONTH_STEMS

#: The beginning of the name of a day or a month, for use inside a pattern.
DAY_OR_MONTH = "(?:" + "|".join(sorted(map(re.escape, DAY_AND_MONTH_STEMS), key=len, reverse=True)) + ")"
CLOCK = re.compile(r"\d{1,2}\s?[:.hH]\s?\d{2}|\d{1,2}\s?[時时시]")
DAY = re.compile(
    r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}|(?<!\d)(?:19|20|25|\u0662\u0660|\u06f1[\u06f3\u06f4]|\u06f2\u06f0)\d\d(?!\d)|\d{1,2}\s?[月월]"
    rf"|\d{{1,2}}-[a-z]{{3}}|(?<!\w){DAY_OR_MONTH}[a-z]{{0,6}}\.?,?\s{{1,2}}\d{{1,2}}(?!\d)",
    re.IGNORECASE,
)
DAY_AND_CLOCK = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s{1,4}(?:at\s|um\s)?\d{1,2}[:.]\d{2}", re.IGNORECASE
)
DAY_AT_END = re.compile(r"\bon\s+\d{1,4}[./-]\d{1,2}[./-]\d{2,4}$", re.IGNORECASE)
