"""Choosing the North Star, under /choose/."""

from django.urls import path

from apps.choosing.views import announcement, guide, library, mapping, north_star, sheet

app_name = "choosing"
urlpatterns = [
    path("", north_star.north_star, name="north_star"),
    path("guide/", guide.guide, name="guide"),
    path("library/", library.library, name="library"),
    path("library/<slug:key>/", library.template, name="template"),
    path("library/<slug:key>/use/", mapping.use, name="use"),
    path("made/<uuid:adoption_id>/undo/", mapping.undo, name="undo"),
    path("tests/<slug:key>/", sheet.sheet, name="sheet"),
    path("announcement/", announcement.announcement, name="announcement"),
    path("announcement/<int:number>/", announcement.version, name="announcement_version"),
    path("announcement/edit/", announcement.edit, name="edit_announcement"),
    path("announcement/<int:number>/read/", announcement.read, name="acknowledge"),
]
