"""Records of exchange as files: JSON and XML, written and read. Hostile XML is refused before it is understood."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from lxml import etree

from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.quality.rules import exchange as rules

MOST_BYTES = 5 * 1024 * 1024
NAMESPACE = "https://tiantou.example/exchange/1"
XML, JSON = "application/xml", "application/json"


@cache
def shape() -> rules.Shape:
    """The shape in force."""
    return rules.shape(yaml.safe_load((Path(__file__).parent / "exchange.yaml").read_text(encoding="utf-8")))


def as_json(record: rules.Record, about: dict[str, Any]) -> bytes:
    """The record as JSON, with what it is about before it."""
    return json.dumps({**about, **rules.plain(record, shape())}, ensure_ascii=False, indent=1).encode()


def as_xml(record: rules.Record, about: dict[str, Any]) -> bytes:
    """The record as XML: our element names, the standard's term in `term`."""
    plain = rules.plain(record, shape())
    root = etree.Element(
        _tag("record"), {"standard": plain["standard"], "version": plain["version"]}, {None: NAMESPACE}
    )
    for name, value in about.items():
        etree.SubElement(root, _tag(name)).text = str(value)
    for part, single, fields in (("subjects", "subject", shape().subject), ("links", "link", shape().link)):
        group = etree.SubElement(root, _tag(part))
        for row in plain[part]:
            element = etree.SubElement(group, _tag(single))
            for field in fields:
                values = row.get(field.name, [])
                for value in values if isinstance(values, list) else [values]:
                    text = str(value).lower() if isinstance(value, bool) else str(value)
                    etree.SubElement(element, _tag(field.name), {"term": field.term}).text = text
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def read(content: bytes, media: str) -> rules.Record:
    """The record in a file. Raises: TooLarge; Invalid with every fault, by row and field."""
    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
    xml = "xml" in media or content.lstrip()[:1] == b"<"
    record, faults = rules.checked(_from_xml(content) if xml else _from_json(content), shape())
    if faults:
        raise Invalid(_("记录有问题，什么都没有保存。"), problems=[_problem(fault) for fault in faults[:500]])
    return record


def _from_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid(problems=[Problem("file", _("这不是 JSON。"), _("用 UTF-8 编码的 JSON。"))]) from None


def _from_xml(content: bytes) -> Any:
    """Plain data of an XML record. Nothing outside is read, no entity is resolved, and a DOCTYPE is refused."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    broken = Problem("file", _("这不是完好的 XML。"), _("用导出的文件对照检查。"))
    # Looked for before the parser sees it: entities of an internal subset would be expanded while it reads.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
        raise Invalid(problems=[Problem("file", _("XML 里有 DOCTYPE 或实体，拒绝读取。"), _("去掉 DOCTYPE 和实体。"))])
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise Invalid(problems=[broken]) from None
    lists = {field.name for field in shape().link if field.type == "list"}
    found: dict[str, Any] = {}
    for part in ("subjects", "links"):
        group = next((each for each in root if _name(each) == part), None)
        found[part] = [_row(each, lists) for each in group] if group is not None else None
    return found


def _row(element: Any, lists: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for each in element:
        name, text = _name(each), (each.text or "").strip()
        if name in lists:
            row.setdefault(name, []).append(text)
        else:
            row[name] = text
    return row


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _problem(fault: rules.Fault) -> Problem:
    words = {
        "shape": (_("形状不对。"), _("对照字段说明。")),
        "too long": (_("太长。"), _("分成几条记录。")),
        "missing": (_("没有填写。"), _("请填写。")),
        "not known": (_("没有这个字段。"), _("对照字段说明。")),
        "unknown": (_("主体信息里没有这个编号。"), _("先在主体信息里写明。")),
        "not yes or no": (_("应为 true 或 false。"), _("对照字段说明。")),
        "no such link": (_("没有这个环节。"), _("写生产、收购、储存、运输或加工对应的代码。")),
        "no text": (_("不是文字，或太长。"), _("最多 300 个字，不能有控制字符。")),
        "no number": (_("不是大于 0 的数。"), _("按公斤填写。")),
        "no time": (_("不是时间。"), _("例如 2026-11-20T08:30:00+08:00。")),
        "no time zone": (_("时间没有时区。"), _("例如 2026-11-20T08:30:00+08:00。")),
    }
    part = {"subjects": _("主体"), "links": _("环节")}.get(fault.part, "")
    return Problem(" ".join(filter(None, [part, fault.term])), *words[fault.code], fault.row)
