"""Page pieces with a body: {% load ui %}. Pieces without one are included from templates/components/."""

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

THEMES = ("light", "dark")
NOTICE_ICON = {"info": "info-circle", "good": "circle-check", "warn": "alert-triangle", "bad": "alert-octagon-filled"}


@register.simple_tag(takes_context=True)
def theme_attributes(context: template.Context, lock: str = "") -> SafeString:
    """The theme on <html>: the person's choice from the cookie, so that the first paint is right.

    `lock` ("dark" on the big screen) fixes it.
    """
    if lock:
        return format_html('data-bs-theme="{}" data-theme-choice="locked"', lock)
    request = context.get("request")
    chosen = request.COOKIES.get("theme") if request is not None else None
    if chosen in THEMES:
        return format_html('data-bs-theme="{0}" data-theme-choice="{0}"', chosen)
    return SafeString('data-bs-theme="light" data-theme-choice="auto"')


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    *,
    id: str = "",
    icon: str = "",
    hint: str = "",
    link: str = "",
    link_text: str = "",
    span: int = 12,
    classes: str = "",
    end: str = "",
) -> SafeString:
    """{% card _("Data behind this page") link=url link_text=_("Upload") span=5 %} … {% endcard %}

    A titled section of the 12-column grid. `end` is ready HTML for the right of its head, instead of a link.
    """
    return render_to_string(
        "components/card.html",
        {
            "content": content,
            "title": title,
            "id": id,
            "icon": icon,
            "hint": hint,
            "link": link,
            "link_text": link_text,
            "span": span,
            "classes": classes,
            "end": end,
        },
    )


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "") -> SafeString:
    """{% notice "warn" _("3 rows were rejected") %} what to do {% endnotice %}: tone info, good, warn or bad."""
    if tone not in NOTICE_ICON:
        raise template.TemplateSyntaxError(f"“{tone}” is not a notice; use one of {', '.join(NOTICE_ICON)}.")
    return render_to_string(
        "components/notice.html", {"content": content, "tone": tone, "title": title, "icon": NOTICE_ICON[tone]}
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str, *, wide: bool = False) -> SafeString:
    """{% dialog "filters" _("Filter rows") %} … {% enddialog %}, opened by <button data-opens="filters">."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title, "wide": wide})


@register.inclusion_tag("components/confirm.html", takes_context=True)
def confirm(
    context: template.Context, id: str, title: str, text: str, action: str, button: str, *, danger: bool = True
) -> dict:
    """{% confirm "remove-3" title text action=url button=_("Remove") %}: asks first, then POSTs to `action`."""
    return {
        "id": id,
        "title": title,
        "text": text,
        "action": action,
        "button": button,
        "danger": danger,
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def initial(name: object) -> str:
    """The first letter of a name, for a round badge."""
    text = str(name or "").strip()
    return text[:1].upper() or "·"


@register.filter
def field_kind(field: object) -> str:
    """What a bound form field's widget is: text, select, textarea, check, checks, radios, file or hidden."""
    widget = field.field.widget  # type: ignore[attr-defined]
    kind = getattr(widget, "input_type", "")
    if getattr(widget, "is_hidden", False):
        return "hidden"
    if type(widget).__name__ in {"RadioSelect", "CheckboxSelectMultiple"}:
        return "radios" if kind == "radio" else "checks"
    return {"checkbox": "check", "select": "select", "file": "file"}.get(kind, kind or "text")


@register.simple_tag
def pages_of(page: Page) -> list[int | None]:
    """The page numbers to offer: the ends and the neighbours; None for a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.filter
def fields_in_error(form: BaseForm) -> int:
    """How many of a form's fields have an error."""
    return sum(bool(field.errors) for field in form)
