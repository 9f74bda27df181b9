// The small facts of one record.

const saidMetric = (metric) =>
  make("bdi", { title: metric.up ? "higher is better" : "lower is better" },
    `${visible(metric.name)} ${metric.up ? "↑" : "↓"}`);

function scoreTable(page, record) {
  const rows = page.metrics
    .map((metric, index) => [metric, record.scores[index]])
    .filter(([, score]) => score !== null && score !== undefined)
    .map(([metric, score]) => scoreOf(record, page.metrics.indexOf(metric), metric, score));
  return rows.length === 0 ? make("p", { class: "quiet" }, "no score")
    : make("dl", { class: "scores" }, ...rows);
}

function scoreOf(record, at, metric, score) {
  const others = [["as it is", record.strict[at]], ["not normalised", record.raw[at]]]
    .filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${number(value)}`);
  const reason = record.reasons[at];
  return make("div", {}, make("dt", {}, saidMetric(metric)), make("dd", { class: "num" }, number(score)),
    reason ? make("dd", { class: "why" }, make("bdi", {}, reason)) : null,
    others.length > 0 ? make("dd", { class: "why" }, others.join(", ")) : null);
}

function recordFacts(record) {
  const facts = [
    ["status", record.status],
    ["mistake", record.mistake ? mistakeMark(record) : null],
    ["failure", record.errorKind],
    ["error", record.error],
    ["ended by", record.finish],
    ["latency", record.latency === null ? null : `${record.latency.toFixed(2)} s`],
    ["tokens", record.tokens === null ? null : grouped(record.tokens)],
    ["document", record.doc_id === record.id ? null : record.doc_id],
    ["one order of", record.variant],
    ["tags", record.tags.join(", ") || null],
  ];
  return make("dl", { class: "facts small" }, ...facts
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => make("div", {}, make("dt", {}, name),
      make("dd", { class: record.status === "failed" && name !== "tags" ? "bad" : null },
        make("bdi", {}, value)))));
}
