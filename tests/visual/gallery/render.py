"""Renders the gallery: every page piece in one language and theme, without a database."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

from django.core.paginator import Paginator
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.urls import set_urlconf
from django.utils import translation

from tests.visual.gallery import forms, pieces

PAGES = ("home", "pieces", "setup", "public", "error", "screen", "work")


def menu(zh: bool) -> list[dict]:
    words = [
        ("compass", "北极星", "North Star", ""),
        ("binary-tree", "指标树", "Metric tree", ""),
        ("chart-line", "指标", "Metrics", ""),
        ("target-arrow", "目标", "Targets", ""),
        ("database-import", "数据", "Data", "set"),
        ("users", "团队与成员", "People", "set"),
        ("settings", "设置", "Settings", "set"),
    ]
    group = "配置" if zh else "Set-up"
    return [
        {
            "url": "#",
            "icon": icon,
            "label": chinese if zh else english,
            "current": icon == "compass",
            "group": group if where else "",
        }
        for icon, chinese, english, where in words
    ]


def context(page: str, language: str, theme: str) -> dict:
    zh = language == "zh-hans"
    request = RequestFactory().get("/")
    if theme in ("light", "dark"):
        request.COOKIES["theme"] = theme
    return {
        "request": request,
        "zh": zh,
        "menu": menu(zh),
        "messages": [],
        "workspace": SimpleNamespace(
            name="恒通汽车 · 售后" if zh else "Hengtong Auto After-sales", currency="CNY", language=language
        ),
        "actor": SimpleNamespace(name="张伟 · 售后总监" if zh else "Zhang Wei · Director"),
        "hero": pieces.hero(zh),
        "goal": pieces.goal(zh),
        "trend": pieces.trend(zh),
        "bars": pieces.bars(zh),
        "root": pieces.tree(zh),
        "outline": pieces.outline(zh),
        "form": forms.wrong_form(),
        "clean_form": forms.EveryField(),
        "file_form": forms.FileForm(),
        "page": Paginator(range(1234), 50).page(7),
        "issues": [{"where": "第 12 行,金额", "message": "“一千二”不是数字。"}],
        "works": [
            {
                "key": "1",
                "title": "正在计算 Computing",
                "state": "running",
                "done": 31200,
                "total": 69659,
                "message": "读取 cdnow.csv",
                "poll_url": "/quiet/",
            },
            {
                "key": "2",
                "title": "等待中 Waiting",
                "state": "waiting",
                "done": 0,
                "total": None,
                "message": "前面还有 1 项",
                "poll_url": "/quiet/",
            },
            {
                "key": "3",
                "title": "已完成 Done",
                "state": "done",
                "done": 69659,
                "total": 69659,
                "message": "8 个指标已更新",
                "end_url": "#",
                "end_label": "查看北极星",
            },
            {
                "key": "4",
                "title": "失败 Failed",
                "state": "failed",
                "done": 12,
                "total": 100,
                "message": "第 3 列不是日期。请改正后重新上传。",
            },
        ],
        "importing": {"title": "Importing", "state": "waiting", "message": "Waiting", "poll_url": "/poll/"},
        "refusal": {
            "message": "开始与结束的目标值相同。" if zh else "Start and end are equal.",
            "status": 422,
            "issues": [{"where": "目标值", "message": "写一个与起点不同的值。"}],
        },
        "tabs": [
            {"label": "全部 All", "url": "#", "current": True, "count": 12},
            {"label": "已归档 Archived", "url": "#", "current": False},
        ],
        "items": [
            ("负责人 Owner", "李娜"),
            ("口径 Definition", "消费额合计 / 客户数"),
            ("数据集 Data set", "orders.csv"),
        ],
        "terms": [{"text": "年消费频次", "href": "#"}, {"op": "×"}, {"text": "单次消费额"}],
        "crumbs": [("指标树" if zh else "Metric tree", "#"), ("售后 ARPU" if zh else "ARPU", "#")],
        "steps": [
            {"label": "上传" if zh else "Upload", "state": "done", "url": "#"},
            {"label": "字段映射" if zh else "Mapping", "state": "current"},
            {"label": "检查" if zh else "Check", "state": "todo"},
            {"label": "完成" if zh else "Done", "state": "todo"},
        ],
    }


@cache
def engine() -> DjangoTemplates:
    """The product's templates and the gallery's, without context processors (they ask the database)."""
    here = Path(__file__).resolve().parent
    folders = [here.parents[2] / "templates", here / "templates"]
    return DjangoTemplates({"NAME": "gallery", "DIRS": folders, "APP_DIRS": True, "OPTIONS": {}})


def progress(*, done: bool) -> str:
    """The piece that long work answers with when it is asked again."""
    work = {"title": "Importing", "state": "done" if done else "running", "done": 100 if done else 50, "total": 100}
    work |= {"message": "Finished" if done else "Half of the rows", "poll_url": "/poll/"}
    return engine().get_template("components/progress.html").render({"work": work})


def render(page: str, language: str, theme: str = "light") -> str:
    """One page of the gallery as HTML."""
    set_urlconf("tests.visual.gallery.urls")
    with translation.override(language):
        return engine().get_template(f"gallery/{page}.html").render(context(page, language, theme))
