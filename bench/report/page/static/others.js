// The same sample in other jobs. An answer that two jobs gave byte for byte is one object here (see
// bench/report/page/rows.py), so that texts that this page cuts are told apart as well.

const others = (record) => record.sample.filter((one) => one.job !== record.job);

const identical = (one, other) => one.status === "answered" && other.status === "answered"
  && one.prediction === other.prediction;

// Whether the record is shown for a choice of the filter: "any", "none", or a pair of jobs "0-2". A
// pair shows a sample once, the first job's record, and no fields of answers: it counts answers.
function differs(record, choice) {
  const beside = others(record);
  if (choice === "any") return beside.some((one) => !identical(record, one));
  if (choice === "none") return beside.length > 0 && beside.every((one) => identical(record, one));
  if (record.answer) return false;
  const [first, second] = choice.split("-").map(Number);
  const inJob = (job) => beside.find((one) => one.job === job);
  if (record.job === first) return !inJob(second) || !identical(record, inJob(second));
  return record.job === second && !inJob(first);
}

function offerDifferences(page, select) {
  if (!page.records.some((record) => others(record).length > 0)) return;
  select.closest("label").hidden = false;
  select.append(make("option", { value: "" }, "all"));
  const nameOf = (job) => page.jobs[job].name;
  const choices = [["any", "differ between jobs"], ["none", "the same in all jobs"],
    ...page.pairs.map(([one, other]) => [`${one}-${other}`, `${nameOf(one)} ≠ ${nameOf(other)}`])];
  for (const [value, said] of choices) {
    const found = page.records.filter((record) => differs(record, value)).length;
    select.append(make("option", { value }, `${visible(said)} (${grouped(found)})`));
  }
}

// The record of this sample in the next job; undefined where there is none.
function inNextJob(record) {
  const beside = others(record);
  return beside.find((one) => one.job > record.job) ?? beside[0];
}

function otherJobs(page, record, openOther) {
  const beside = others(record);
  if (beside.length === 0) return null;
  const listed = make("ul", {}, ...beside.map((one, index) =>
    otherJob(page, record, one, beside.slice(0, index).find((before) => identical(before, one)), openOther)));
  return make("section", { class: "others", "aria-labelledby": "others-title" },
    make("h4", { id: "others-title" }, "The same sample in other jobs"),
    listed.querySelector("del, ins, u") === null ? null : make("p", { class: "quiet told" },
      "Struck out: in the answer above alone. Underlined: in the other job's alone."),
    listed);
}

// `before` is another job of the list that said the same: the text stands there.
function otherJob(page, record, other, before, openOther) {
  const nameOf = (one) => visible(page.jobs[one.job].name);
  const same = identical(record, other) || before !== undefined;
  const comparable = record.prediction !== null && other.prediction !== null;
  const marks = same || !comparable ? null : compared(record.prediction.text, other.prediction.text);
  const told = before && !identical(record, other) ? `the same as ${nameOf(before)}`
    : toldOfOther(record, other, marks);
  const opener = button(make("bdi", {}, nameOf(other)), () => openOther(other), { class: "link opener" });
  return make("li", {},
    make("div", { class: "other-top" }, opener,
      make("span", { class: other.status === "failed" ? "bad" : "quiet" }, other.status),
      make("bdi", { class: same ? "quiet" : "tagged" }, told),
      ...scoresOf(page, other)),
    same || other.prediction === null ? null : block(other.prediction, marks?.both),
    other.value === other.prediction || other.value === null ? null
      : make("div", {}, make("h5", {}, "value taken from it"), block(other.value)),
    other.error === null ? null : make("p", { class: "bad told" }, make("bdi", {}, other.error)));
}

function toldOfOther(record, other, marks) {
  if (identical(record, other)) return "identical";
  if (other.status === "failed") return other.errorKind ?? "no answer";
  if (record.prediction === null) return "this record has no answer to compare";
  if (marks === null) return "too different to mark the differences";
  const cut = record.prediction.cut || other.prediction.cut;
  if (marks.missing + marks.added > 0) {
    const counts = [[marks.missing, "missing"], [marks.added, "more"]].filter(([n]) => n > 0)
      .map(([n, said]) => `${grouped(n)} character${n === 1 ? "" : "s"} ${said}`);
    return counts.join(", ") + (cut ? ", as far as this page has the texts" : "");
  }
  if (cut) return "differs beyond what this page has of the texts";
  return marks.both.some(([kind]) => kind === "soft") ? "differs in letter case" : "differs in space";
}

function scoresOf(page, record) {
  return page.metrics
    .map((metric, index) => [metric, record.scores[index]])
    .filter(([, score]) => score !== null && score !== undefined)
    .map(([metric, score]) => make("span", { class: "other-score" }, saidMetric(metric), " ",
      make("b", {}, number(score))));
}
