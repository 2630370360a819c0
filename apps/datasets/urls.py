from django.urls import path

from apps.datasets import views

app_name = "datasets"
urlpatterns = [
    path("", views.dataset_list, name="list"),
    path("new/", views.new_upload, name="new"),
    path("arriving/<slug:fingerprint>/", views.arriving, name="arriving"),
    path("<uuid:dataset_id>/", views.dataset_detail, name="detail"),
    path("<uuid:dataset_id>/versions/", views.versions, name="versions"),
    path("<uuid:dataset_id>/versions/<int:number>/restore/", views.restore, name="restore"),
    path("<uuid:dataset_id>/name/", views.rename, name="rename"),
    path("<uuid:dataset_id>/rates/", views.rate_days, name="rate_days"),
    path("quality/", views.overview, name="overview"),
    path("<uuid:dataset_id>/quality/", views.quality, name="quality"),
    path("<uuid:dataset_id>/rhythm/", views.set_rhythm, name="rhythm"),
    path("<uuid:dataset_id>/checks/new/", views.new_check, name="new_check"),
    path("<uuid:dataset_id>/checks/<uuid:check_id>/end/", views.end_check, name="end_check"),
    path("<uuid:dataset_id>/removal/", views.removal, name="removal"),
    path("<uuid:dataset_id>/removal/keep/", views.keep_for, name="keep_for"),
    path("<uuid:dataset_id>/removal/delete/", views.delete_dataset, name="delete"),
    path("<uuid:dataset_id>/removal/undo/", views.put_back_dataset, name="put_back"),
    path("uploads/<uuid:upload_id>/delete/", views.delete_upload, name="delete_upload"),
    path("uploads/<uuid:upload_id>/undo/", views.put_back_upload, name="put_back_upload"),
    path("uploads/<uuid:upload_id>/purge/", views.purge_upload, name="purge_upload"),
    path("uploads/<uuid:upload_id>/", views.upload_detail, name="upload"),
    path("uploads/<uuid:upload_id>/columns/", views.columns, name="columns"),
    path("uploads/<uuid:upload_id>/reading/", views.reading, name="reading"),
    path("uploads/<uuid:upload_id>/load/", views.load, name="load"),
    path("uploads/<uuid:upload_id>/apply/", views.apply, name="apply"),
    path("uploads/<uuid:upload_id>/again/", views.again, name="again"),
    path("uploads/<uuid:upload_id>/discard/", views.discard, name="discard"),
    path("uploads/<uuid:upload_id>/file/", views.original, name="file"),
    path("uploads/<uuid:upload_id>/rejected/", views.rejects, name="rejects"),
    path("uploads/<uuid:upload_id>/rejected/file/", views.rejects_file, name="rejects_file"),
    path("uploads/<uuid:upload_id>/rejected/returned/", views.returned, name="returned"),
]
