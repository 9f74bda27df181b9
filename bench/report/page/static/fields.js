// An extraction's answer field by field, and a classification's answers in other orders.

const mistakeMark = (record) => make("span", { class: "tagged" },
  make("i", { class: `dot k-${record.mistake}`, "aria-hidden": "true" }),
  record.mistake.replaceAll("_", " "));

const MOST_FIELDS = 300; // of one answer

function fieldTable(page, record, openOther) {
  if (record.fields.length === 0) return null;
  const shown = record.fields.slice(0, MOST_FIELDS);
  const scored = page.metrics.map((metric, at) => [metric, at])
    .filter(([, at]) => shown.some((one) => one.scores[at] !== null && one.scores[at] !== undefined));
  const head = make("tr", {}, ...["field", "reference", "answer"].map((name) => make("th", { scope: "col" }, name)),
    ...scored.map(([metric]) => make("th", { scope: "col", class: "num" }, saidMetric(metric))));
  const rows = shown.map((one) => make("tr", { class: one.mistake ? "wrong" : isRight(page, one) ? "right" : null },
    make("th", { scope: "row" }, button(breaking(one.place), () => openOther(one), { class: "link" })),
    make("td", {}, inCell(one.references[0], one.answerable ? "none" : "not on the document")),
    make("td", { class: "given" }, inCell(one.value, one.status === "failed" ? "failed" : "left out"),
      one.mistake ? make("div", {}, mistakeMark(one)) : null),
    ...scored.map(([, at]) => make("td", { class: "num", title: one.reasons[at] ?? null }, number(one.scores[at])))));
  const wrong = record.fields.filter((one) => one.mistake).length;
  const cut = record.fields.length > MOST_FIELDS
    ? ` The first ${MOST_FIELDS} stand here; the others are in the list.` : "";
  return make("section", { class: "fields", "aria-labelledby": "fields-title" },
    make("h4", { id: "fields-title" }, "Its fields"),
    make("p", { class: "quiet told" },
      `${grouped(wrong)} of ${grouped(record.fields.length)} with a mistake.${cut}`),
    make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Its fields" },
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
}

// A name that may break behind its dots and underscores, and nowhere else.
const breaking = (name) => make("bdi", {},
  ...name.split(/(?<=[._])/).flatMap((piece) => [piece, make("wbr")]));

function isRight(page, record) {
  return page.metrics.some((metric, at) => {
    const score = record.scores[at];
    return score !== null && score !== undefined && score === (metric.up ? metric.high : metric.low);
  });
}

function inCell(said, none) {
  if (!said) return make("span", { class: "quiet" }, none);
  if (said.text === "") return make("span", { class: "quiet" }, EMPTY);
  const element = make("bdi", { dir: "auto" });
  appendText(element, said.text.slice(0, 200));
  if (said.text.length > 200 || said.cut) element.append("…");
  return element;
}

// To the answer that a field is of.
function wholeAnswer(record, openOther) {
  if (!record.answer) return null;
  return make("p", { class: "told" }, "A field of ",
    button(make("bdi", {}, record.answer.id), () => openOther(record.answer), { class: "link" }),
    record.status === "answered" && record.value === null ? "; the answer leaves it out." : "");
}

function otherOrders(page, record, openOther) {
  if (record.variant === null) return null;
  const beside = page.records.filter((one) =>
    one.job === record.job && one.variant === record.variant && one !== record);
  if (beside.length === 0) return null;
  return make("section", { class: "others", "aria-labelledby": "orders-title" },
    make("h4", { id: "orders-title" }, "The same sample with its options in other orders"),
    make("ul", {}, ...beside.map((one) => make("li", {}, make("div", { class: "other-top" },
      button(make("bdi", {}, one.id), () => openOther(one), { class: "link opener" }),
      one.status === "failed" ? make("span", { class: "bad" }, one.errorKind ?? "failed")
        : inCell(one.value, "names no class"),
      one.value?.text === record.value?.text && one.status === record.status
        ? make("span", { class: "quiet" }, "the same") : null)))));
}
