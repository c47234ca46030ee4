"""Small pieces of HTML that Python draws: icons, badges, times.

Invariant: everything from outside is escaped by format_html; nothing carries a style attribute.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.ui.badges import badge

_STEPS = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
)


def icon_html(name: str, css: str = "") -> SafeString:
    """A symbol of static/icons.svg; it says nothing to a screen reader, the word beside it does."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("icons.svg"),
        name,
    )


def badge_html(kind: str, value: object, word: str = "") -> SafeString:
    """Tone, icon and word of a status; `word` replaces the table's own."""
    shown = badge(kind, value)
    return format_html(
        '<span class="badge-status badge-{}">{}<span>{}</span></span>',
        shown.tone,
        icon_html(shown.icon),
        word or shown.word,
    )


def now() -> datetime:
    """The console's clock: UTC, moved by SYNCLINE_CLOCK_OFFSET as the workers' clock is."""
    return timezone.now() + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)


def ago(moment: datetime, at: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, `just now` within ten seconds."""
    seconds = (at - moment).total_seconds()
    distance = abs(seconds)
    if distance < 10:
        return "just now"
    unit, size = next(((u, s) for u, s in _STEPS if distance >= s), ("second", 1))
    count = int(distance // size)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def absolute(moment: datetime) -> str:
    """`22 Nov 2026, 10:00:12 EET`, in the reader's zone."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y, %H:%M:%S} {local.tzname()}"


def time_html(moment: datetime | None, form: str = "relative") -> SafeString:
    """A moment: relative with the absolute on hover, or the other way round (`absolute`)."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', "never")
    relative, full = ago(moment, now()), absolute(moment)
    shown, hover = (full, relative) if form == "absolute" else (relative, full)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), hover, shown)


def span(seconds: float | None) -> str:
    """A length of time: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 days`."""
    if seconds is None:
        return "–"  # noqa: RUF001 - the dash of an empty cell
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s".removesuffix(" 0 s")
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60} min".removesuffix(" 0 min")
    return f"{whole // 86_400} days"
