"""The manual: the README and the pages that it leads to."""

import re
from typing import Final

from tests.source import ROOT

_README: Final = ROOT / "README.md"

PAGES: Final = {
    path: path.read_text(encoding="utf-8")
    for path in (
        _README,
        *(
            ROOT / page
            for page in re.findall(
                r"^\| \[.*\]\((docs/\w+\.md)\)",
                _README.read_text("utf-8"),
                re.MULTILINE,
            )
        ),
    )
}
"""What each page says: the README, and those in its table of contents."""
MANUAL: Final = "\n".join(PAGES.values())


def headings(page: str) -> list[str]:
    """Return the headings of a page, with their marks."""
    without_code = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ .*", without_code, re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Return what links to the headings of a page end with."""
    return {
        re.sub(r"[^\w -]", "", heading.lstrip("#").strip().lower()).replace(" ", "-")
        for heading in headings(page)
    }
