"""Names: of columns, made from what stands in a file's first row, and of files, as somebody called them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
DATASET_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = frozenset({"d"})
"""Column names that the engine writes itself (others of its own begin with an underscore)."""

LONGEST_FILENAME = 200
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, direction and zero-width marks too

# Words of Chinese headers, longest first when matched; a header made only of these gets a readable key.
_WORDS = {
    "日期": "date", "时间": "time", "年份": "year", "月份": "month", "年月": "month", "星期": "weekday",
    "下单": "order", "订单": "order", "工单": "work_order", "结算": "settled", "开单": "opened", "完工": "finished",
    "进店": "visit", "到店": "visit", "预约": "booking", "创建": "created", "更新": "updated", "支付": "paid",
    "付款": "paid", "交易": "transaction", "注册": "sign_up", "开始": "start", "结束": "end", "登记": "registered",
    "客户": "customer", "用户": "user", "会员": "member", "车主": "owner", "车辆": "vehicle", "员工": "employee",
    "技师": "technician", "顾问": "advisor", "供应商": "supplier", "商户": "merchant", "账号": "account",
    "账户": "account", "金额": "amount", "价格": "price", "单价": "unit_price", "数量": "quantity", "件数": "quantity",
    "成本": "cost", "费用": "cost", "收入": "revenue", "营收": "revenue", "利润": "profit", "毛利": "gross_profit",
    "工时": "hours", "折扣": "discount", "税额": "tax", "合计": "total", "总": "total", "实收": "received",
    "应收": "due", "里程": "mileage", "评分": "score", "得分": "score", "满意度": "satisfaction", "次数": "times",
    "时长": "duration", "人数": "people", "门店": "store", "店铺": "store", "大区": "region", "区域": "region",
    "地区": "region", "省份": "province", "城市": "city", "部门": "department", "团队": "team", "渠道": "channel",
    "来源": "source", "平台": "platform", "品牌": "brand", "车型": "model", "型号": "model", "配件": "part",
    "产品": "product", "商品": "product", "项目": "item", "服务": "service", "类别": "category", "分类": "category",
    "类型": "type", "等级": "level", "状态": "status", "性别": "gender", "年龄": "age", "名称": "name", "姓名": "name",
    "描述": "description", "备注": "note", "编号": "id", "编码": "code", "代码": "code", "标识": "id", "单号": "number",
    "号码": "number", "电话": "phone", "手机": "mobile", "地址": "address", "邮箱": "email", "车牌": "plate",
    "号": "number", "是否": "is", "保修": "warranty", "质保": "warranty", "返修": "repeat_repair", "投诉": "complaint",
}  # fmt: skip
_LONGEST_WORD = max(map(len, _WORDS))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def column_key(header: str, position: int, taken: Collection[str] = ()) -> str:
    """A name for the column headed `header`, `position` counted from 1: readable where it can be, else "col_3".

    Always fits `KEY`, and is none of `taken`.
    """
    key = _from_header(header) or f"col_{position}"
    if key in RESERVED:
        key = f"{key}_{position}"
    return _untaken(key, taken)


def dataset_key(name: str, taken: Collection[str] = ()) -> str:
    """A key for the dataset called `name`, none of `taken`."""
    key = (_from_header(name) or "data")[:40]
    return _untaken(key, taken, longest=40)


def safe_filename(name: str) -> str:
    """`name` without folders, control and invisible characters; as text only, never as a path."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(mark for mark in base if unicodedata.category(mark) not in _INVISIBLE)
    kept = kept.strip().strip(".").strip()
    if len(kept) > LONGEST_FILENAME:
        stem, dot, ending = kept.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 8 else ""
        kept = kept[: LONGEST_FILENAME - len(tail)] + tail
    return kept or "upload"


def title_from(filename: str) -> str:
    """A name for a dataset that is fed by files called like this one: the ending, dates and separators taken off."""
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|xls|xlsm)$", "", filename, flags=re.IGNORECASE)
    stem = re.sub(r"[\s_\-.]*(20\d{2}[-_.年]?\d{0,2}[-_.月]?\d{0,2}日?)", " ", stem)
    words = re.sub(r"[\s_]+", " ", stem).strip(" -_.")
    return (words[:1].upper() + words[1:])[:120]


def _from_header(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).strip()
    text = re.sub(r"\([^()]*\)", "", text).strip() or text  # a unit in brackets
    words: list[str] = []
    for chunk in re.findall(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+", text):
        if "\u3400" <= chunk[0] <= "\u9fff":
            known = _translated(chunk)
            if known is None:
                return ""
            words += known
        else:
            words.append(_ascii(chunk))
    key = "_".join(word for word in words if word)
    if key and not key[0].isalpha():
        key = f"c_{key}"
    return key[:40].rstrip("_")


def _translated(chunk: str) -> list[str] | None:
    """English words for a run of Chinese characters; None when a part of it is not known."""
    words: list[str] = []
    start = 0
    while start < len(chunk):
        for length in range(min(_LONGEST_WORD, len(chunk) - start), 0, -1):
            word = _WORDS.get(chunk[start : start + length])
            if word is not None:
                words.append(word)
                start += length
                break
        else:
            return None
    return words


def _ascii(chunk: str) -> str:
    plain = unicodedata.normalize("NFKD", chunk).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", plain).lower()).strip("_")


def _untaken(key: str, taken: Collection[str], longest: int = 41) -> str:
    number, candidate = 2, key
    while candidate in taken:
        candidate = f"{key[: longest - len(str(number)) - 1]}_{number}"
        number += 1
    return candidate
