"""Every language says all that English says, and nothing of it in English.

Lives here: what a translation can lose on the way. That each one has the keys and the
placeholders of the English texts is checked in `test_hassfest`.
"""

from collections import Counter
import json
import re

import pytest

from custom_components.zkteco.people_fields import CONFIRMATION
from homeassistant.generated.languages import LANGUAGES

from .source import OURS, flat

# What is the same word as in English.
SAME = {
    language: set(words.split())
    for language, words in {
        "de": "Administrator Alarm Finger Firmware Host Name Normal Person Port Terminal Text",
        "fr": "Anti-passback Confirmation Date Message Minutes Mode Normal Options Port Terminal Transport Type",
        "es": "Firmware Host Normal Panel Terminal",
        "it": "Anti-passback Firmware Host",
        "nl": "Alarm Anti-passback Firmware Host Manager Terminal Transport",
        "pl": "Administrator Alarm Anti-passback Host Limit Port Terminal",
        "pt-BR": "Anti-passback Firmware Host Normal Terminal",
        "cs": "Alarm Anti-passback Firmware Limit Port Text",
        "ru": "",
        "tr": "Alarm Anti-passback Normal Panel Siren Terminal",
        "zh-Hans": "",
    }.items()
}
# These mean the same everywhere.
NAMES = re.compile(r"\{\w+\}|\b(?:ID|TCP|UDP)\b")
# Home Assistant's own buttons: it shows them in its language. All else that is bold stands
# on the screen of a device, in English.
BUTTONS = {"Submit", "Reconfigure", "Download diagnostics"}
BOLD = re.compile(r"\*\*(.+?)\*\*")
# What holds a text together, and how a line of a list begins.
MARKS = re.compile(r"\*\*|`|\]\([^)]*\)|\n\n|^- ", re.MULTILINE)
# Words that English sentences are made of, and none of the other languages.
GIVEAWAYS = re.compile(r"\b(?:the|and|with|this|which)\b", re.IGNORECASE)


def load(language: str) -> dict[str, str]:
    """Return the texts of a language."""
    path = OURS / "translations" / f"{language}.json"
    return flat(json.loads(path.read_text(encoding="utf-8")))


ENGLISH = load("en")

each_language = pytest.mark.parametrize("language", SAME)


def test_languages() -> None:
    """These languages are there, under the names that Home Assistant has for them."""
    found = {path.stem for path in (OURS / "translations").iterdir()}
    assert found == {"en", *SAME}
    assert found <= LANGUAGES


@each_language
def test_order(language: str) -> None:
    """The texts stand in the order of the English ones, so that two files can be compared."""
    assert list(load(language)) == list(ENGLISH)


@each_language
def test_marks(language: str) -> None:
    """Bold words, code, links, paragraphs and lists are where they are in English."""
    for key, text in load(language).items():
        assert Counter(MARKS.findall(text)) == Counter(MARKS.findall(ENGLISH[key])), key


@each_language
def test_screens(language: str) -> None:
    """What stands on a device's screen is called what stands there."""
    for key, text in load(language).items():
        screen = set(BOLD.findall(ENGLISH[key])) - BUTTONS
        assert screen <= set(BOLD.findall(text)), key


@each_language
def test_confirmation(language: str) -> None:
    """The words that confirm are those that the action waits for."""
    assert (
        CONFIRMATION
        in load(language)["services.clear_users.fields.confirm.description"]
    )


@each_language
def test_action_names(language: str) -> None:
    """An action that another one's text names has that name."""
    texts = load(language)
    assert (
        texts["services.set_user.name"]
        in texts["services.sync_users.fields.users.description"]
    )


@each_language
def test_nothing_is_left_in_english(language: str) -> None:
    """A text is in its language, but for the few words that are the same in both."""
    same = {
        text
        for key, text in load(language).items()
        if text == ENGLISH[key] and re.search(r"[^\W\d_]", NAMES.sub("", text))
    }
    assert same == SAME[language]
    for key, text in load(language).items():
        assert not GIVEAWAYS.search(text), key


@each_language
def test_spaces(language: str) -> None:
    """No line begins or ends with a space, and none has two of them."""
    for key, text in load(language).items():
        assert all(line == line.strip() for line in text.split("\n")), key
        assert "  " not in text, key
