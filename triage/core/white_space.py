"""White space taken out of whole texts: what ``str.split`` does, without a string for every word.

Nearly every text holds blanks and line feeds only; then replacing them is several times faster. A text
that holds any other white space is split.
"""

#: White space of every script but blank and line feed; none lies further up. Every other line break is in it.
_RARE = tuple(char for char in map(chr, range(0x3001)) if char.isspace() and char not in " \n")
_RARE_ASCII = tuple(filter(str.isascii, _RARE))


def single_blanks(text: str) -> str:
    """Return the words of the text with one blank between them: ``" ".join(text.split())``."""
    if _has_rare(text):
        return " ".join(text.split())
    text = text.replace("\n", " ")
    # Every turn halves the longest run of blanks.
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def unspaced_lines(text: str) -> list[str]:
    """Return the lines of the text without any white space; blank lines are left out."""
    if _has_rare(text):
        lines = ["".join(line.split()) for line in text.splitlines()]
    else:
        lines = text.replace(" ", "").split("\n")
    return [line for line in lines if line]


def _has_rare(text: str) -> bool:
    return any(map(text.__contains__, _RARE_ASCII if text.isascii() else _RARE))
