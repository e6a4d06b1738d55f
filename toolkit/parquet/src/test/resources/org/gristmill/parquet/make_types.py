"""Writes types-*.parquet, which ParquetTest reads: every type, with nulls, as pyarrow writes them.

usage: python make_types.py    (pyarrow 26.0.1; beside this file)
"""
import datetime as dt
import decimal
import pathlib
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

utc = dt.timezone.utc
row = {
    "boolean": (pa.bool_(), True),
    "int8": (pa.int8(), -8),
    "int32": (pa.int32(), -32),
    "uint32": (pa.uint32(), 4_000_000_000),
    "int64": (pa.int64(), -(2**60)),
    "uint64": (pa.uint64(), 2**64 - 1),
    "half": (pa.float16(), None),
    "float": (pa.float32(), 0.5),
    "double": (pa.float64(), 0.1),
    "text": (pa.string(), "Grüße\n"),
    "bytes": (pa.binary(), b"\x00\xff"),
    "decimal": (pa.decimal128(20, 3), decimal.Decimal("-12345678901234567.891")),
    "small_decimal": (pa.decimal128(5, 2), decimal.Decimal("-1.25")),
    "date": (pa.date32(), dt.date(1969, 7, 20)),
    "time": (pa.time64("us"), dt.time(12, 34, 56, 789)),
    "instant": (pa.timestamp("us", "UTC"), dt.datetime(1969, 7, 20, 20, 17, 40, 123456, utc)),
    "date_time": (pa.timestamp("ms"), dt.datetime(2026, 1, 2, 3, 4, 5, 678000)),
    "uuid": (pa.uuid(), uuid.UUID("01234567-89ab-cdef-0123-456789abcdef").bytes),
    "list": (pa.list_(pa.int32()), [1, None, 3]),
    "list_of_lists": (pa.list_(pa.list_(pa.string())), [["a"], [], None]),
    "map": (pa.map_(pa.string(), pa.float64()), [("x", 1.0), ("y", None)]),
    "struct": (pa.struct({"a": pa.int32(), "b": pa.string()}), {"a": 1, "b": None}),
    "list_of_structs": (pa.list_(pa.struct({"a": pa.int32()})), [{"a": 1}, None]),
}
columns = {name: pa.array([value, None], type=kind) for name, (kind, value) in row.items()}

columns["half"] = pa.array([np.float16(-1.5), None], type=pa.float16())
table = pa.table(columns)
here = pathlib.Path(__file__).parent
for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
    pq.write_table(table, here / f"types-{codec}.parquet", compression=codec)
pq.write_table(
    pa.table({"at": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5, 678000), None], pa.timestamp("ns"))}),
    here / "int96.parquet",
    use_deprecated_int96_timestamps=True,
)
pq.write_table(
    pa.table({"number": pa.array(range(10_000), pa.int64())}),
    here / "groups.parquet",
    row_group_size=1000,
    write_page_checksum=True,
    compression="zstd",
)
