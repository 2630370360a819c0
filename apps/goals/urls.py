from django.urls import path

from apps.goals.views import board
from apps.goals.views import initiatives as views

app_name = "goals"
urlpatterns = [
    path("", board.initiative_list, name="list"),
    path("file/", board.export, name="export"),
    path("new/", views.new, name="new"),
    path("<uuid:initiative_id>/", views.detail, name="detail"),
    path("<uuid:initiative_id>/edit/", views.edit, name="edit"),
    path("<uuid:initiative_id>/finish/", views.finish, name="finish"),
    path("<uuid:initiative_id>/stop/", views.stop, name="stop"),
    path("<uuid:initiative_id>/reopen/", views.reopen, name="reopen"),
    path("<uuid:initiative_id>/move/", board.move, name="move"),
    path("<uuid:initiative_id>/put-back/", board.undo_move, name="put_back"),
]
