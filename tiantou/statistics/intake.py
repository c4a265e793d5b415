"""From the bytes of a platform's file to typed lines and rejected rows, in DuckDB tables `lines` and `rejects`.

The whole of it is set-based: no row passes through Python, so that a day of a large platform closes in seconds.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _

from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.statistics import lake
from tiantou.statistics.rules import MAX_QUANTITY, MAX_UNIT_PRICE, POSSIBLE, WHOLE_ROW, Profile

MAX_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 200
#: Longest text kept of a product name or number; longer ones are rejected, not cut.
MAX_TEXT = 300
#: Text that a spreadsheet would run as a formula.
FORMULA = r"^[=+@\t\r-]"


def text_of(content: bytes, name: str, profile: Profile) -> str:
    """The file as text, in the first of the profile's encodings that fits.

    Raises: TooLarge; Invalid for what is no text in those encodings, is empty or was cut off.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(
            _("文件有 %(mb)d MB，超过 %(limit)d MB 的上限。") % {"mb": len(content) >> 20, "limit": MAX_BYTES >> 20},
            _("请按天或按周拆成几个文件，分次报送。"),
        )
    text = _from_excel(content, profile) if content[:4] == b"PK\x03\x04" else _decoded(content, profile)
    if not text.strip():
        raise Invalid(_("文件是空的。"), _("请确认导出成功，再报送一次。"), problems=[Problem("file", _("没有内容"))])
    if "\x00" in text:
        raise Invalid(
            _("文件不是文本表格。"), _("请另存为 CSV（逗号分隔）再报送。"), problems=[Problem("file", _("含有空字符"))]
        )
    if text.count('"') % 2:
        raise Invalid(
            _("文件里的引号不成对，多半是传输时被截断了。"),
            _("请重新导出并完整报送；这次一行也没有入库。"),
            problems=[Problem("file", _("引号不成对"))],
        )
    if profile.ends_with_newline and not text.endswith("\n"):
        raise Invalid(
            _("文件最后一行不完整，多半是传输时被截断了。"),
            _("请重新导出并完整报送；这次一行也没有入库。"),
            problems=[Problem("file", _("末尾没有换行"))],
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, profile: Profile) -> str:
    for encoding in profile.encodings:
        try:
            return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(
        _("文件的编码读不出来。"),
        _("请另存为 %(encodings)s 编码的 CSV。") % {"encodings": " / ".join(profile.encodings).upper()},
        problems=[Problem("file", _("编码不符"))],
    )


def _from_excel(content: bytes, profile: Profile) -> str:
    """The first sheet as delimited text; dates as the profile writes them."""
    from python_calamine import CalamineError, load_workbook

    try:
        rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=True)
    except CalamineError as fault:
        raise Invalid(
            _("这个 Excel 文件打不开。"), _("请重新保存，或另存为 CSV 再报送。"), problems=[Problem("file", str(fault))]
        ) from fault
    out = io.StringIO()
    writer = csv.writer(out, delimiter=profile.delimiter, lineterminator="\n")
    writer.writerows([_cell(value, profile) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object, profile: Profile) -> str:
    if isinstance(value, datetime | date):
        return value.strftime(profile.created_format)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@contextmanager
def staged(duck: duckdb.DuckDBPyConnection, text: str, profile: Profile, *, at: datetime) -> Iterator[int]:
    """Tables `lines` and `rejects` are filled; yields the number of rows read.

    Raises: Invalid where a needed column is missing or named twice.
    """
    header = next(csv.reader(io.StringIO(text), delimiter=profile.delimiter))
    named = {name.strip(): f"c{index}" for index, name in enumerate(header)}
    _check_header(header, named, profile)
    path = lake.root() / "tmp" / f"{uuid.uuid4().hex}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(text, encoding="utf-8", newline="")
        _read(duck, path, len(header), profile)
        _type(duck, named, profile, at)
        yield _value(duck, "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM torn)")
    finally:
        path.unlink(missing_ok=True)


def _check_header(header: list[str], named: dict[str, str], profile: Profile) -> None:
    problems = [
        Problem(name, _("表头里没有这一列"), _("请使用平台导出的原表，不要改列名。"), row=1)
        for name in [*profile.columns.values(), *(key for key in profile.line_key if key != WHOLE_ROW)]
        if name not in named
    ]
    if len(named) != len(header):
        problems.append(Problem("header", _("表头有重名的列"), _("请删去多余的一列。"), row=1))
    if len(header) > MAX_COLUMNS:
        problems.append(Problem("header", _("列太多"), _("请只保留对接方案里的列。"), row=1))
    if problems:
        raise Invalid(_("表头与“对接方案”不符，一行也没有入库。"), _("请核对选择的平台和列名。"), problems=problems)


def _read(duck: duckdb.DuckDBPyConnection, path: Path, width: int, profile: Profile) -> None:
    """Table `raw`: the rows as text, numbered as in the sheet; table `torn`: rows with too few or too many columns."""
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    delimiter, name = profile.delimiter.replace("'", "''"), str(path).replace("'", "''")
    duck.execute(
        f"CREATE TEMP TABLE unnumbered AS SELECT row_number() OVER () AS n, * FROM read_csv('{name}', header = true, "  # noqa: S608 - own path; the delimiter is quoted
        f"auto_detect = false, delim = '{delimiter}', quote = '\"', escape = '\"', columns = {{{columns}}}, "
        "nullstr = '', store_rejects = true, parallel = false, max_line_size = 1000000)"
    )
    # `line` counts records from the header on, as a spreadsheet does. A row may be reported more than once.
    duck.execute(
        "CREATE TEMP TABLE torn AS SELECT line::BIGINT AS row_no, any_value(error_type) AS error FROM reject_errors GROUP BY line"
    )
    duck.execute(
        "CREATE TEMP TABLE raw AS WITH gaps AS ("
        "SELECT row_no - j AS before, max(j) AS missing FROM (SELECT row_no, row_number() OVER (ORDER BY row_no) AS j FROM torn) "
        "GROUP BY before) "
        "SELECT n + 1 + coalesce(missing, 0) AS row_no, unnumbered.* EXCLUDE (n) "
        "FROM unnumbered ASOF LEFT JOIN gaps ON unnumbered.n >= gaps.before"
    )


def _type(duck: duckdb.DuckDBPyConnection, named: dict[str, str], profile: Profile, at: datetime) -> None:
    """Tables `lines` (sound, keyed, each once) and `rejects` (row, field, reason)."""
    texts = {
        name: f"trim(coalesce({named[profile.columns[name]]}, ''))" if name in profile.columns else "''"
        for name in POSSIBLE
    }
    keys = list(named.values()) if not profile.numbers_lines else [named[key] for key in profile.line_key]
    line_no = "''" if not profile.numbers_lines else " || '/' || ".join(f"trim(coalesce({key}, ''))" for key in keys)
    whole = " || chr(31) || ".join(f"coalesce({key}, '')" for key in keys)
    selected = ", ".join(f"{text} AS t_{name}" for name, text in texts.items())
    duck.execute(
        f"CREATE TEMP TABLE typed AS SELECT row_no, {selected}, {line_no} AS line_no, {whole} AS whole, "  # noqa: S608 - columns are c0, c1 …
        "try_cast(t_quantity AS DECIMAL(12,3)) AS quantity, try_cast(t_unit_price AS DECIMAL(12,4)) AS unit_price, "
        "try_strptime(t_created, $format) AS made, try_strptime(t_version, $format) AS updated FROM raw",
        {"format": profile.created_format},
    )
    _reject(duck, profile, at)
    _key(duck, profile)


def _reject(duck: duckdb.DuckDBPyConnection, profile: Profile, at: datetime) -> None:
    """Every fault of every row; the reasons are stable codes (`number`, `missing`, `formula` …)."""
    formula = ["order_no", "product_code", "product_name", "buyer_area", "seller", "area", "unit"]
    negative = profile.cancellation.negative_quantity
    checks = {
        "order_no:missing": "t_order_no = ''",
        "line_no:missing": f"{str(profile.numbers_lines).lower()} AND line_no = ''",
        "product_name:missing": "t_product_name = '' AND t_product_code = ''",
        "quantity:number": "quantity IS NULL",
        "quantity:zero": "quantity = 0",
        "quantity:negative": "false" if negative else "quantity < 0",
        "quantity:range": f"abs(quantity) > {MAX_QUANTITY}",
        "unit_price:number": "unit_price IS NULL",
        "unit_price:negative": "unit_price < 0",
        "unit_price:range": f"unit_price > {MAX_UNIT_PRICE}",
        "created:time": "made IS NULL",
        "created:future": "made::DATE > $today + 1",
        "created:early": "made < TIMESTAMP '1995-01-01'",
        "version:time": "t_version <> '' AND updated IS NULL",
        **{f"{name}:formula": f"regexp_matches(t_{name}, $formula)" for name in formula},
        **{f"{name}:long": f"length(t_{name}) > {MAX_TEXT}" for name in formula},
    }
    listed = ", ".join(f"CASE WHEN {test} THEN '{code}' END" for code, test in checks.items())
    duck.execute(
        "CREATE TEMP TABLE faults AS SELECT row_no, unnest(found) AS fault FROM "  # noqa: S608 - the checks above
        f"(SELECT row_no, list_filter([{listed}], lambda x: x IS NOT NULL) AS found FROM typed) WHERE len(found) > 0",
        {"today": local_date(at), "formula": FORMULA},
    )
    duck.execute(
        "CREATE TEMP TABLE rejects AS SELECT row_no, split_part(fault, ':', 1) AS field, split_part(fault, ':', 2) AS reason FROM faults "
        "UNION ALL SELECT row_no, 'row', CASE WHEN error = 'MISSING COLUMNS' THEN 'few' WHEN error = 'TOO MANY COLUMNS' THEN 'many' "
        "ELSE 'unreadable' END FROM torn"
    )


def _key(duck: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    rule = profile.cancellation
    counted = " OR ".join(f"starts_with(t_product_code, $p{i})" for i in range(len(profile.counted_prefixes))) or "true"
    duck.execute(
        "CREATE TEMP TABLE keyed AS WITH sound AS (SELECT *, "  # noqa: S608 - `counted` names parameters
        "($prefix <> '' AND starts_with(t_order_no, $prefix)) OR quantity < 0 AS returned, list_contains($statuses, t_status) AS called_off, "
        "round(abs(quantity * unit_price)::DECIMAL(24,7) * $fen::DECIMAL(12,4))::BIGINT AS amount_fen FROM typed ANTI JOIN rejects USING (row_no)) "
        "SELECT md5(concat_ws(chr(31), $platform, t_order_no, whole))::UUID AS key_id, "
        "md5(concat_ws(chr(31), $platform, t_order_no, whole, t_product_code, t_product_name, quantity, t_unit, unit_price, made, "
        "t_buyer, t_seller, t_area, t_buyer_area, t_status, updated))::UUID AS line_id, "
        "coalesce(strftime(updated, '%Y-%m-%dT%H:%M:%S.%f'), '') AS version, $platform::VARCHAR AS platform, t_order_no AS order_no, line_no, "
        "t_product_code AS product_code, t_product_name AS product_name, quantity, t_unit AS unit, $currency::VARCHAR AS currency, unit_price, "
        "CASE WHEN returned THEN 0 ELSE amount_fen END AS gross_fen, "
        "CASE WHEN returned OR called_off THEN amount_fen ELSE 0 END AS cancelled_fen, returned OR called_off AS cancelled, "
        "timezone('UTC', timezone($zone, made)) AS created_at, made::DATE AS made_on, "
        "CASE WHEN t_buyer = '' THEN NULL ELSE left(sha256($salt || sha256($salt || t_buyer)), 32)::UUID END AS buyer, "
        "coalesce(nullif(t_seller, ''), $seller) AS seller, coalesce(nullif(t_area, ''), $area) AS area, t_buyer_area AS buyer_area, "
        f"({counted}) AS counted, $demonstration::BOOLEAN AS demonstration, row_no FROM sound",
        {
            "prefix": rule.order_prefix,
            "statuses": list(rule.statuses),
            "fen": str(profile.rate * 100),
            "platform": profile.code,
            "currency": profile.currency,
            "zone": profile.zone,
            "salt": _salt(profile.code),
            "seller": profile.seller,
            "area": profile.area,
            "demonstration": profile.demonstration,
            **{f"p{i}": prefix for i, prefix in enumerate(profile.counted_prefixes)},
        },
    )
    duck.execute(
        "CREATE TEMP TABLE lines AS SELECT * FROM keyed QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY row_no) = 1"
    )


def _salt(platform: str) -> str:
    """The key of a platform's buyers: without the installation's key nobody can match a buyer number to a hash."""
    return hmac.new(settings.IDENTITY_KEY.encode(), f"lake-buyer:{platform}".encode(), hashlib.sha256).hexdigest()


def _value(duck: duckdb.DuckDBPyConnection, query: str) -> int:
    row = duck.execute(query).fetchone()
    return int(row[0]) if row else 0
