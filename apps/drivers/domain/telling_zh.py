"""A bridge in Chinese."""

from __future__ import annotations

from collections.abc import Iterator

from apps.drivers.domain.told import Cause, Told


def sentence(told: Told) -> str:
    """One sentence: the figure, its change, and what accounts for it."""
    if not told.causes:
        return f"{_head(told)}。"
    causes = "，".join(f"{each.name}占 {each.effect}" for each in told.causes)
    rest = f"，其余占 {told.rest}" if told.rest else ""
    return f"{_head(told)}，其中{causes}{rest}。"


def paragraph(told: Told) -> Iterator[str]:
    """The same as several sentences, down to the leaves, with what is stable, started, due and expected."""
    yield f"{_head(told)}。"
    if told.unsplit:
        yield told.unsplit
    yield _causes(told)
    if told.gap:
        yield f"其中 {told.gap} 与公式不符，应先查清。"
    if told.stable:
        yield f"{'、'.join(told.stable)}没有带来变化。"
    if told.started:
        yield f"已启动：{'、'.join(_started(each.title, each.owner, each.due) for each in told.started)}。"
    if told.aim:
        yield f"到{told.aim.by}的目标值为 {told.aim.goal}：{told.aim.status}，目前应为 {told.aim.due_now}。"
    if told.outlook:
        outlook = told.outlook
        yield f"预测{outlook.period}为 {outlook.value}，区间 {outlook.low} 至 {outlook.high}。"


def _head(told: Told) -> str:
    name = f"{told.name}（{told.whom}）" if told.whom else told.name
    if told.against == "target":
        return f"{name}：{told.period}为 {told.after}，较应达到的 {told.before} 相差 {told.change}"
    if told.against == "peer":
        return f"{name}：{told.period}为 {told.after}，较{told.peer or '全公司'}（{told.before}）相差 {told.change}"
    if not told.moved:
        return f"{name}：{told.period}为 {told.after}，与{told.base}相同"
    return f"{name}：{told.period}为 {told.after}，较{told.base}（{told.before}）变动 {told.change}"


def _causes(told: Told) -> str:
    if not told.causes:
        return ""
    parts = [f"{each.name}占 {each.effect}{_inside(each)}" for each in told.causes]
    if told.rest:
        count = f"其余 {told.rest_count} 项合计" if told.rest_count > 1 else "其余一项"
        parts.append(f"{count}占 {told.rest}")
    return "其中，" + "；".join(parts) + "。"


def _inside(cause: Cause) -> str:
    """Its own values, or the leaf it leads to with those."""
    leaf = cause.leaf
    if leaf is None:
        return f"（{cause.before} → {cause.after}）" if cause.before else ""
    values = f" {leaf.before} → {leaf.after}，" if leaf.before else ""
    return f"（主要是{leaf.name}{values}占 {leaf.effect}）"


def _started(title: str, owner: str, due: str) -> str:
    more = "，".join(filter(None, [owner, f"{due}到期" if due else ""]))
    return f"“{title}”（{more}）" if more else f"“{title}”"
