"""Which option answers what a service asks for: services speak of what is asked, not of options."""

OPTIONS = {
    "not_acknowledged": "--acknowledge",
    "acknowledge_preview": "--acknowledge",
    "acknowledge_skip": "--acknowledge-skip",
    "acknowledge_errors": "--acknowledge-errors",
    "no_field_named": "--opted-out-field",
    "mapped_already": "leave --opted-out-field out",
}


def with_option(words: str, code: str) -> str:
    """The words, and the option by which the command answers them, where one does."""
    option = OPTIONS.get(code)
    return f"{words} ({option})" if option else words
