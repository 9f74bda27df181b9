"""Judge metrics: what a model that the user names makes of a run's answers (docs/judge.md).

judge      the judge file
questions  which answers a metric can be asked about, and with what
verdicts   judged.jsonl: one line a metric and answer; summed up for report.json
session    one `bench judge`: environment, gateway, the judge's process
"""
