"""answers.csv: the raw answers, for people. Byte-exact values are in records.jsonl, and so are the
fields of an extraction: here its answer stands once, whole.

A spreadsheet reads what looks like a number or a formula as one; this file keeps the answers as
they came, so open it with all columns as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bench.schema import Record

COLUMNS = (
    *("job", "id", "doc_id", "doc_type", "field"),
    *("language", "status", "error", "reference", "prediction"),
)


def answers_csv(records: Sequence[Record]) -> str:
    whole = [record for record in records if record.part_of is None]
    metrics = list(dict.fromkeys(name for record in whole for name in record.scores))
    file = io.StringIO(newline="")
    # Lines end as RFC 4180 says. Before Python 3.13 csv quotes a return only where it ends lines.
    writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([*COLUMNS, *metrics])
    for record in whole:
        scores = [record.scores.get(name) for name in metrics]
        writer.writerow(
            [
                *(record.job, record.id, record.doc_id, record.doc_type, record.field),
                *(record.language, record.status, record.error_kind),
                " | ".join(record.references),
                record.prediction,
                *(
                    None if score is None or score.value is None else score.value
                    for score in scores
                ),
            ]
        )
    return file.getvalue()
