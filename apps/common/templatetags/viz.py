"""Small server-drawn marks: {% load viz %}. SVG attributes only, so that the strict CSP holds.

A tone is one of good, warn, bad, none (and brand for a neutral meter). Colour never stands alone: a status is a shape,
a word and a colour; a change is an arrow, a sign and a colour.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import charts, formats

register = template.Library()

TONES = ("good", "warn", "bad", "none", "info", "brand")
TONE_ICON = {
    "good": "circle-check-filled",
    "warn": "alert-triangle-filled",
    "bad": "alert-octagon-filled",
    "none": "circle-dashed",
    "info": "info-circle",
}


def _known(tone: str) -> str:
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"“{tone}” is not a tone; use one of {', '.join(TONES)}.")
    return tone


@register.simple_tag
def ico(name: str, classes: str = "") -> SafeString:
    """{% ico "compass" "ico-lg" %}: an icon of the sprite (static/src/icons.txt), hidden from screen readers."""
    return _ico(_sprite(settings.STATIC_URL), name, classes)


@lru_cache(maxsize=8)
def _sprite(_base: str) -> str:
    """Where the icons are. Kept: joining addresses is dear where a page has a thousand icons."""
    return static("dist/icons.svg")


@lru_cache(maxsize=1024)
def _ico(sprite: str, name: str, classes: str) -> SafeString:
    """Kept: a large tree shows the same few icons a thousand times."""
    return format_html(
        '<svg class="ico {}" width="18" height="18" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        sprite,
        name,
    )


@register.simple_tag
def status(tone: str, label: str) -> SafeString:
    """{% status "warn" _("Slightly behind") %}: shape, word and colour in a pill."""
    return format_html('<span class="status status-{}">{}{}</span>', _known(tone), ico(TONE_ICON[tone]), label)


@register.simple_tag
def status_icon(tone: str, label: str) -> SafeString:
    """The shape alone, where the word stands elsewhere or there is no room; the word is its accessible name."""
    return _status_icon(_sprite(settings.STATIC_URL), _known(tone), label)


@lru_cache(maxsize=1024)
def _status_icon(sprite: str, tone: str, label: str) -> SafeString:
    return format_html(
        '<svg class="ico tone-{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
        tone,
        label,
        sprite,
        TONE_ICON[tone],
    )


@register.simple_tag
def delta(value: formats.Number | None, text: str | None = None, better: str = "up") -> SafeString:
    """{% delta change text better="down" %}: which way a figure went, and whether that is good.

    `text` is the size of the change as it should be read (Style.change); without it the plain number. `better` says
    what is good for this metric: "up", "down" or "" (neither).
    """
    if value is None:
        return format_html('<span class="delta delta-none">{}</span>', formats.DASH)
    written = formats.signed(text if text is not None else formats.plain(abs(value)), value)
    if value == 0:
        return format_html('<span class="delta delta-none num">{}</span>', written)
    head = _delta_head(_sprite(settings.STATIC_URL), value > 0, better, get_language())
    return mark_safe(f"{head}{conditional_escape(written)}</span>")  # noqa: S308 - tags of ours


@lru_cache(maxsize=64)
def _delta_head(sprite: str, up: bool, better: str, _language: str | None) -> SafeString:
    """What stands before the size of a change: an arrow, and whether that is good."""
    arrow = _ico(sprite, "arrow-up-right" if up else "arrow-down-right", "")
    if not better:
        return format_html('<span class="delta delta-none num">{}', arrow)
    good = up == (better == "up")
    return format_html(
        '<span class="delta delta-{} num">{}<span class="visually-hidden">{} </span>',
        "good" if good else "bad",
        arrow,
        _("better") if good else _("worse"),
    )


def _share(value: formats.Number) -> str:
    """A share in percent, clamped to the bar, with a point whatever the language."""
    return f"{max(Decimal(0), min(Decimal(100), Decimal(str(value)))):.2f}"


@register.simple_tag
def meter(
    done: formats.Number, tone: str = "brand", label: str = "", today: formats.Number | None = None, thin: bool = False
) -> SafeString:
    """{% meter 46.2 "warn" label today=50 %}: fill = done, tick = where we should be today; both in percent (0-100)."""
    tick = mark_safe("")
    if today is not None:
        tick = format_html(
            '<svg x="{}%" width="6" overflow="visible">'
            '<rect class="tick-edge" x="-2" y="-25%" width="4" height="150%" rx="2"></rect>'
            '<rect class="tick" x="-1" y="-25%" width="2" height="150%" rx="1"></rect></svg>',
            _share(today),
        )
    fill = mark_safe("")
    if done > 0:
        fill = format_html('<rect class="{}" width="{}%" height="100%" rx="5"></rect>', _known(tone), _share(done))
    return format_html(
        '<svg class="meter {}" role="img" aria-label="{}"><rect class="track" width="100%" height="100%" rx="5"></rect>'
        "{}{}</svg>",
        "meter-thin" if thin else "",
        label,
        fill,
        tick,
    )


@register.simple_tag
def ring(share: formats.Number, tone: str, label: str, text: str | None = None, of: str = "") -> SafeString:
    """{% ring 78 "warn" label text="78" of="/ 100" %}: a ring filled to `share` percent with a figure inside."""
    return format_html(
        '<svg class="ring" viewBox="0 0 116 116" role="img" aria-label="{}">'
        '<circle class="track" cx="58" cy="58" r="50"></circle>'
        '<circle class="{}" cx="58" cy="58" r="50" pathLength="100" stroke-dasharray="{} 100" stroke-linecap="round"'
        ' transform="rotate(-90 58 58)"></circle><text x="58" y="{}" text-anchor="middle">{}</text>'
        '<text class="of" x="58" y="83" text-anchor="middle">{}</text></svg>',
        label,
        _known(tone),
        _share(share),
        66 if of else 69,
        formats.plain(share) if text is None else text,
        of,
    )


@register.simple_tag
def sparkline(values: Sequence[formats.Number | None] | None) -> SafeString:
    """{% sparkline node.series %}: the last values as a thin line; a gap where a value is missing. Decoration only."""
    known = [(i, float(v)) for i, v in enumerate(values or ()) if v is not None]
    if len(known) < 2:
        return mark_safe("")
    low, high = min(v for _i, v in known), max(v for _i, v in known)
    step, span = 60 / (len(values or ()) - 1), (high - low) or 1.0
    path, previous = [], None
    for i, value in known:
        x, y = f"{2 + i * step:.1f}", f"{22 - (value - low) / span * 20:.1f}"
        path.append(f"{'L' if previous == i - 1 else 'M'}{x} {y}")
        previous = i
    return mark_safe(  # noqa: S308 - figures only
        f'<svg class="spark" viewBox="0 0 64 24" aria-hidden="true"><path d="{"".join(path)}"></path>'
        f'<circle cx="{x}" cy="{y}" r="2.6"></circle></svg>'
    )


@register.inclusion_tag("components/chart.html")
def chart(figure: charts.Figure, size: str = "", scale: str = "") -> dict:
    """{% chart figure %}: canvas, accessible name, and the same figures as a table; size "s", "l" or none.

    The page loads charts.js: {% block scripts %}{% charts_js %}{% endblock %}.
    """
    return {
        "figure": figure,
        "id": f"chart-{figure.key}",
        "size": f"chart-{size}" if size else "",
        "scale": scale,
        "data": _painted(figure),
        "table": charts.table(figure),
    }


def _painted(figure: charts.Figure) -> dict:
    """What charts.js paints."""
    found = {"option": charts.option(figure), "ticks": charts.tick_texts(figure)}
    narrow = charts.narrow_option(figure)
    return {**found, "narrow": narrow} if narrow else found


@register.simple_tag
def charts_js() -> SafeString:
    """The script that paints charts; only on pages that have one."""
    return format_html('<script type="module" src="{}"></script>', static("dist/charts.js"))


@register.filter
def share_of(part: formats.Number | None, whole: formats.Number | None) -> Decimal:
    """{{ done|share_of:total }}: the percentage, for a meter; 0 where there is no whole."""
    return Decimal(str(part or 0)) / Decimal(str(whole)) * 100 if whole else Decimal(0)
