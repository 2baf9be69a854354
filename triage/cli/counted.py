"""Numbers of things, as a person would say them."""


def counted(number: int, thing: str) -> str:
    """Return a number with its noun: ``1 thread``, ``1,200 threads``.

    Args:
        thing: One of them; the plural has an s.
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
