"""Import / Export / Backups."""

from django.urls import path

from dashboard.data import backups, exports, imports, restores, views

app_name = "data"
urlpatterns = [
    path("", views.index, name="index"),
    path("export/prospects/", exports.prospects, name="export"),
    path("export/suppressions/", exports.suppressed, name="suppressions"),
    path("import/", imports.upload, name="upload"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/start/", imports.start, name="start_import"),
    path("backups/new/", backups.create, name="new_backup"),
    path("backups/<int:pk>/", backups.compare, name="backup"),
    path("backups/<int:pk>/download/", backups.download, name="download"),
    path("backups/<int:pk>/restore/", restores.choose, name="restore"),
    path("restores/<int:run>/", restores.preview, name="restore_preview"),
    path("restores/<int:run>/start/", restores.start, name="start_restore"),
]
