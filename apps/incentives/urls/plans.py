from django.urls import path

from apps.incentives.views import editor, own, plans

patterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/new/<slug:start>/", plans.new, name="new_plan"),
    path("plans/<slug:key>/", plans.plan, name="plan"),
    path("plans/<slug:key>/edit/", editor.edit, name="edit"),
    path("plans/<slug:key>/discard/", plans.discard, name="discard_draft"),
    path("plans/<slug:key>/next/", plans.begin_version, name="begin_version"),
    path("plans/<slug:key>/<int:number>/", plans.version, name="version"),
    path("plans/<slug:key>/<int:number>/propose/", plans.propose, name="propose"),
    path("plans/<slug:key>/<int:number>/try/", plans.try_out, name="try_plan"),
    path("plans/<slug:key>/<int:number>/back/", plans.send_back, name="send_back"),
    path("plans/<slug:key>/<int:number>/publish/", plans.publish, name="publish"),
    path("plans/<slug:key>/<int:number>/end/", plans.end, name="end_plan"),
    path("mine/<slug:key>/<int:number>/", own.read, name="read"),
]
