from django.urls import path

from apps.incentives.views import balances, ledger, review, run_acts, run_people, runs, why

patterns = [
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.new, name="new_run"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/calculate/", run_acts.calculate, name="calculate"),
    path("runs/<uuid:run_id>/delete/", run_acts.delete, name="delete_run"),
    path("runs/<uuid:run_id>/team/", review.review, name="review"),
    path("runs/<uuid:run_id>/why/", why.ask_why, name="ask_why"),
    path("runs/<uuid:run_id>/why/file/", why.why_file, name="why_file"),
    path("runs/<uuid:run_id>/pools/", run_people.pools, name="run_pools"),
    path("runs/<uuid:run_id>/people/<uuid:participant_id>/", run_people.person, name="calculation"),
    path("runs/<uuid:run_id>/act/<slug:name>/", run_acts.act, name="act"),
    path("runs/<uuid:run_id>/withdraw/<slug:name>/", run_acts.withdraw, name="withdraw_proposal"),
    path("runs/<uuid:run_id>/adjust/", run_acts.adjust, name="adjust"),
    path("runs/<uuid:run_id>/decide/", run_acts.decide, name="decide"),
    path("runs/<uuid:run_id>/rate/", run_acts.rate, name="rate"),
    path("runs/<uuid:run_id>/let/", run_acts.let, name="let_check"),
    path("adjustments/<uuid:adjustment_id>/approve/", run_acts.approve_adjustment, name="approve_adjustment"),
    path("adjustments/<uuid:adjustment_id>/withdraw/", run_acts.withdraw_adjustment, name="withdraw_adjustment"),
    path("decisions/<uuid:decision_id>/approve/", run_acts.approve_decision, name="approve_decision"),
    path("decisions/<uuid:decision_id>/withdraw/", run_acts.take_decision_back, name="withdraw_decision"),
    path("corrections/<uuid:correction_id>/", run_acts.correction, name="correction"),
    path("balances/", balances.balances, name="balances"),
    path("balances/<uuid:waiver_id>/approve/", balances.approve, name="approve_waiver"),
    path("balances/<uuid:waiver_id>/withdraw/", balances.withdraw, name="withdraw_waiver"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/proof/", ledger.proof, name="proof"),
]
