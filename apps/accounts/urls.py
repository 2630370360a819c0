"""People, teams, one's own profile: `/people/…`. The doors to sign in are allauth's (`apps.accounts.account_urls`)."""

from django.urls import path

from apps.accounts.views import changes, invitations, people, profile, teams

app_name = "accounts"
urlpatterns = [
    path("", people.people, name="people"),
    path("roles/", people.roles, name="roles"),
    path("me/", profile.profile, name="profile"),
    path("changes/", changes.changes, name="changes"),
    path("changes/file/", changes.changes_file, name="changes_file"),
    path("invite/", invitations.invite, name="invite"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/send-again/", invitations.send_again, name="send_invitation_again"),
    path("invitations/<uuid:invitation_id>/withdraw/", invitations.withdraw, name="withdraw_invitation"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.add, name="add_team"),
    path("teams/<uuid:team_id>/", teams.team, name="team"),
    path("teams/<uuid:team_id>/archive/", teams.archive, name="archive_team"),
    path("teams/<uuid:team_id>/restore/", teams.restore, name="restore_team"),
    path("teams/<uuid:team_id>/members/", teams.add_member, name="add_member"),
    path("memberships/<uuid:membership_id>/last-day/", teams.end_membership, name="end_membership"),
    path("memberships/<uuid:membership_id>/remove/", teams.remove_membership, name="remove_membership"),
    path("<uuid:user_id>/", people.person, name="person"),
    path("<uuid:user_id>/deactivate/", people.deactivate, name="deactivate"),
    path("<uuid:user_id>/reactivate/", people.reactivate, name="reactivate"),
    path("<uuid:user_id>/reset-second-step/", people.reset_second_factor, name="reset_second_factor"),
]
