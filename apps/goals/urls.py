from django.urls import path

from apps.goals.views import alignment, board, review
from apps.goals.views import initiatives as views

app_name = "goals"
urlpatterns = [
    path("", board.initiative_list, name="list"),
    path("file/", board.export, name="export"),
    path("alignment/", alignment.tree, name="alignment"),
    path("alignment/<uuid:cycle_id>/<uuid:objective_id>/", alignment.alignment_branch, name="alignment_branch"),
    path("review/", review.review, name="review"),
    path("review/<uuid:cycle_id>/file/", review.review_file, name="review_file"),
    path("new/", views.new, name="new"),
    path("<uuid:initiative_id>/", views.detail, name="detail"),
    path("<uuid:initiative_id>/edit/", views.edit, name="edit"),
    path("<uuid:initiative_id>/finish/", views.finish, name="finish"),
    path("<uuid:initiative_id>/stop/", views.stop, name="stop"),
    path("<uuid:initiative_id>/reopen/", views.reopen, name="reopen"),
    path("<uuid:initiative_id>/move/", board.move, name="move"),
    path("<uuid:initiative_id>/put-back/", board.undo_move, name="put_back"),
]
