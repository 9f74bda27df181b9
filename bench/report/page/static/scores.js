// The small facts of one record.

const saidMetric = (metric) =>
  make("bdi", { title: metric.up ? "higher is better" : "lower is better" },
    `${visible(metric.name)} ${metric.up ? "↑" : "↓"}`);

function scoreTable(page, record) {
  const rows = page.metrics
    .map((metric, index) => [metric, record.scores[index]])
    .filter(([, score]) => score !== null && score !== undefined)
    .map(([metric, score]) =>
      make("div", {}, make("dt", {}, saidMetric(metric)), make("dd", { class: "num" }, number(score))));
  return rows.length === 0 ? make("p", { class: "quiet" }, "no score")
    : make("dl", { class: "scores" }, ...rows);
}

function recordFacts(record) {
  const facts = [
    ["status", record.status],
    ["mistake", record.mistake?.replaceAll("_", " ")],
    ["failure", record.errorKind],
    ["error", record.error],
    ["ended by", record.finish],
    ["latency", record.latency === null ? null : `${record.latency.toFixed(2)} s`],
    ["tokens", record.tokens === null ? null : grouped(record.tokens)],
    ["document", record.doc_id === record.id ? null : record.doc_id],
    ["tags", record.tags.join(", ") || null],
  ];
  return make("dl", { class: "facts small" }, ...facts
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => make("div", {}, make("dt", {}, name),
      make("dd", { class: record.status === "failed" && name !== "tags" ? "bad" : null },
        make("bdi", {}, value)))));
}
