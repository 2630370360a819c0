from django.urls import include, path

from apps.goals.views import (
    alignment,
    board,
    checkins,
    cycles,
    goals,
    meetings,
    objective_form,
    objectives,
    review,
    talk,
    templates,
)
from apps.goals.views import initiatives as views

app_name = "goals"
actions = [
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
okr = [
    path("", goals.mine, name="mine"),
    path("company/", goals.company, name="company"),
    path("all/", goals.everything, name="everything"),
    path("teams/<uuid:team_id>/", goals.team, name="team"),
    path("people/<uuid:person_id>/", goals.person, name="person"),
    path("alignment/", alignment.tree, name="alignment"),
    path("alignment/<uuid:cycle_id>/<uuid:objective_id>/", alignment.alignment_branch, name="alignment_branch"),
    path("review/", review.review, name="review"),
    path("review/<uuid:cycle_id>/file/", review.review_file, name="review_file"),
    path("objectives/new/", objective_form.new, name="new_objective"),
    path("objectives/<uuid:objective_id>/", objectives.detail, name="objective"),
    path("objectives/<uuid:objective_id>/edit/", objective_form.edit, name="edit_objective"),
    path("objectives/<uuid:objective_id>/drop/", objectives.drop, name="drop_objective"),
    path("objectives/<uuid:objective_id>/take-up/", objectives.take_up, name="take_up_objective"),
    path("objectives/<uuid:objective_id>/hand-over/", objectives.hand_over, name="hand_over"),
    path("objectives/<uuid:objective_id>/move/<slug:way>/", objectives.move, name="move_objective"),
    path("objectives/<uuid:objective_id>/weights/<slug:way>/", objectives.balance, name="balance"),
    path("objectives/<uuid:objective_id>/score/", objectives.score, name="score_objective"),
    path("objectives/<uuid:objective_id>/follow/", objectives.follow, name="follow"),
    path("key-results/<uuid:key_result_id>/take-up/", objectives.take_up_key_result, name="take_up_key_result"),
    path("steps/<uuid:milestone_id>/", objectives.step, name="step"),
    path("cycles/", cycles.cycle_list, name="cycles"),
    path("cycles/new/", cycles.new, name="new_cycle"),
    path("cycles/<uuid:cycle_id>/", cycles.cycle, name="cycle"),
    path("cycles/<uuid:cycle_id>/edit/", cycles.edit, name="edit_cycle"),
    path("cycles/<uuid:cycle_id>/delete/", cycles.delete, name="delete_cycle"),
    path("cycles/<uuid:cycle_id>/close/", cycles.close, name="close_cycle"),
    path("cycles/<uuid:cycle_id>/reopen/", cycles.reopen, name="reopen_cycle"),
    path("cycles/<uuid:cycle_id>/copy/", cycles.copy, name="copy_cycle"),
    path("cycles/<uuid:cycle_id>/template/", templates.save, name="save_cycle_template"),
    path("cycles/templates/<uuid:template_id>/", templates.edit, name="cycle_template"),
    path("cycles/templates/<uuid:template_id>/delete/", templates.delete, name="delete_cycle_template"),
]
urlpatterns = [path("actions/", include(actions)), path("goals/", include(okr))]

check_ins = (
    [
        path("", checkins.mine, name="mine"),
        path("cadence/", meetings.cadence, name="company_cadence"),
        path("teams/<uuid:team_id>/", meetings.team, name="team"),
        path("teams/<uuid:team_id>/cadence/", meetings.cadence, name="cadence"),
        path("teams/<uuid:team_id>/meetings/", meetings.begin, name="begin_meeting"),
        path("meetings/<uuid:meeting_id>/", meetings.meeting, name="meeting"),
        path("said/<uuid:checkin_id>/correct/", checkins.correct, name="correct"),
        path("objectives/<uuid:objective_id>/", talk.activity, name="activity"),
        path("objectives/<uuid:objective_id>/comments/", talk.comment, name="comment"),
        path("objectives/<uuid:objective_id>/follow/", talk.follow, name="follow"),
        path("objectives/<uuid:objective_id>/people/", talk.people, name="people"),
        path("comments/<uuid:comment_id>/", talk.edit_comment, name="edit_comment"),
        path("comments/<uuid:comment_id>/delete/", talk.delete_comment, name="delete_comment"),
        path("<uuid:key_result_id>/", checkins.one, name="one"),
    ],
    "checkins",
)
"""What people say about goals: `/check-ins/…`."""
