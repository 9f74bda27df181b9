// Which records are shown, and in which order.

const CHOICES = ["job", "part", "field", "doc_type", "language", "status", "mistake"];
const NONE = "\u0000none"; // the choice of records that have no such value

class Filters {
  constructor(page, form) {
    this.page = page;
    this.form = form;
    this.document = null; // the one whose records are shown
    this.input = (name) => form.querySelector(`#f-${name}`);
    for (const name of CHOICES) this.offer(name);
    offerDifferences(page, this.input("differs"));
    this.offerMetrics();
    form.addEventListener("reset", () => { this.document = null; });
  }

  offer(name) {
    const counted = new Map();
    for (const record of this.page.records) {
      counted.set(record[name], (counted.get(record[name]) ?? 0) + 1);
    }
    if (counted.size < 2) return;
    const select = this.input(name);
    select.closest("label").hidden = false;
    select.append(make("option", { value: "" }, "all"));
    const values = [...counted.keys()].sort((a, b) => (a === null) - (b === null) || (a < b ? -1 : 1));
    for (const value of values) {
      const said = name === "job" ? (this.page.jobs[value]?.title ?? "?") : (value ?? "none");
      const shown = name === "mistake" ? said.replaceAll("_", " ")
        : name === "part" && value === "field" ? "field of an answer" : said;
      select.append(make("option", { value: value ?? NONE },
        `${visible(shown)} (${grouped(counted.get(value))})`));
    }
  }

  offerMetrics() {
    const select = this.input("metric");
    const several = new Set(this.page.jobs.map((job) => job.headline)).size > 1
      || this.page.records.some((record) => record.answer);
    if (several) select.append(make("option", { value: "-1" }, "headline of its job"));
    this.page.metrics.forEach((metric, index) => {
      select.append(make("option", { value: index }, `${visible(metric.name)} ${metric.up ? "↑" : "↓"}`));
    });
    if (!several && this.page.jobs[0]?.headline >= 0) select.value = this.page.jobs[0].headline;
    [...select.options].forEach((option) => { option.defaultSelected = option.selected; });
    if (select.options.length === 0) select.closest("label").hidden = true;
  }

  // The metric that the record is ordered by, or undefined.
  metricOf(record) {
    const chosen = Number(this.input("metric").value || -1);
    if (chosen >= 0) return chosen;
    return record.answer ? record.scores.findIndex((score) => score !== null)
      : this.page.jobs[record.job]?.headline;
  }

  scoreOf(record) {
    return record.scores[this.metricOf(record)] ?? null;
  }

  // How far from the metric's best; records without a score come last.
  distance(record) {
    const score = this.scoreOf(record);
    if (score === null) return -Infinity;
    const metric = this.page.metrics[this.metricOf(record)];
    return metric.up ? (metric.high ?? 1) - score : score - metric.low;
  }

  found() {
    const wanted = CHOICES.map((name) => [name, this.input(name).value]).filter(([, value]) => value);
    const [from, to] = ["from", "to"].map((name) => this.input(name).valueAsNumber);
    const difference = this.input("differs").value;
    const words = this.form.querySelector("#search").value.trim().toLowerCase();
    const found = this.page.records.filter((record) =>
      wanted.every(([name, value]) => String(record[name] ?? NONE) === value)
      && (difference === "" || differs(record, difference))
      && (this.document === null || record.doc_id === this.document)
      && within(this.scoreOf(record), from, to)
      && (words === "" || hay(record).includes(words)));
    return this.ordered(found);
  }

  ordered(records) {
    const order = this.input("order").value;
    if (order === "file") return records;
    if (order === "slow") return records.sort((a, b) => (b.latency ?? -1) - (a.latency ?? -1));
    const keyed = records.map((record) => [this.distance(record), record]);
    const sign = order === "worst" ? -1 : 1;
    keyed.sort(([a, left], [b, right]) => {
      if (a === b) return left.line - right.line;
      if (a === -Infinity || b === -Infinity) return a === -Infinity ? 1 : -1;
      return sign * (a - b);
    });
    return keyed.map(([, record]) => record);
  }

  // `wanted`: what each filter by name is set to; the others are cleared. `doc` is a document's id.
  choose(wanted, doc = null) {
    this.form.reset();
    for (const [name, value] of Object.entries(wanted)) {
      if (this.input(name).options.length > 0) this.input(name).value = value;
    }
    this.document = doc;
  }
}

const within = (score, from, to) =>
  (Number.isNaN(from) || (score !== null && score >= from))
  && (Number.isNaN(to) || (score !== null && score <= to));

// What the search looks through, made once a record.
function hay(record) {
  record.hay ??= [record.id, record.doc_id, record.error, record.prediction?.text, record.value?.text,
    ...record.tags, ...record.references.map((one) => one.text)].join("\n").toLowerCase();
  return record.hay;
}
