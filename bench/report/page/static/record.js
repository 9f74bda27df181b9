// One record: its page, what was expected and what came, with the differences marked.

const EMPTY = "(empty)";

function recordView(page, record, move, openOther) {
  const kinds = [page.jobs.length > 1 ? visible(page.jobs[record.job]?.title ?? "") : null,
    record.field, record.doc_type, record.language].filter(Boolean);
  return [
    make("header", {},
      make("h3", { id: "record-title", tabindex: "-1" }, make("bdi", {}, record.id)),
      make("p", { class: "quiet" }, make("bdi", {}, kinds.join(" · ")), kinds.length ? " · " : "",
        `line ${grouped(record.line)} of records.jsonl`),
      make("div", { class: "moves" },
        button("Previous", () => move(-1), { class: "before", "aria-keyshortcuts": "k" }),
        button("Next", () => move(1), { class: "after", "aria-keyshortcuts": "j" }),
        button("Close", () => move(0), { class: "close", "aria-keyshortcuts": "Escape" }))),
    make("div", { class: "two" },
      make("div", { class: "pictures" }, ...pictures(record)),
      make("div", { class: "said" },
        asked(record), wholeAnswer(record, openOther), fieldTable(page, record, openOther),
        ...texts(record), scoreTable(page, record), recordFacts(record),
        otherOrders(page, record, openOther), otherJobs(page, record, openOther))),
  ];
}

function pictures(record) {
  if (record.images.length === 0) return [make("p", { class: "lost" }, "No page image on record.")];
  return record.images.map((image, index) => {
    if (image.why) return make("p", { class: "lost" }, `No page image: ${image.why}.`);
    const shown = make("img", { loading: "lazy", decoding: "async", src: image.src,
      width: image.width, height: image.height, alt: `page ${index + 1} of document ${record.doc_id}` });
    const zoom = button(shown, () => {
      zoom.setAttribute("aria-pressed", String(zoom.classList.toggle("large")));
    }, { class: "zoom", "aria-pressed": "false", title: "larger, smaller" });
    shown.addEventListener("error", () =>
      zoom.replaceWith(make("p", { class: "lost" }, "No page image: report_images/ is not beside this page.")));
    return zoom;
  });
}

function asked(record) {
  if (record.prompt === null) return null;
  return make("details", { class: "asked" }, make("summary", {}, "asked"),
    make("p", { dir: "auto" }, record.prompt));
}

// An extraction's two texts stand below its fields, to be opened.
function texts(record) {
  const nodes = saidTexts(record);
  return record.fields.length === 0 ? nodes
    : [make("details", {}, make("summary", {}, "reference and answer as JSON"), ...nodes)];
}

function saidTexts(record) {
  const answer = record.value;
  const marks = answer === null ? null : closest(record.references, answer);
  const reference = marks?.reference ?? record.references[0] ?? null;
  const others = record.references.filter((one) => one !== reference);
  const nodes = [make("div", { class: "pair" },
    pane("reference", reference, marks?.left, record.answerable ? "None." : "Nothing: it is not on the document."),
    pane(record.answer || answer === record.prediction ? "answer" : "value taken from the answer",
      answer, marks?.right, record.answer && record.status === "answered" ? "Left out." : "None."))];
  nodes.push(make("p", { class: "quiet told" }, told(record, reference, marks)));
  if (others.length > 0) {
    nodes.push(make("details", {}, make("summary", {}, `also accepted: ${record.accepted - 1}`),
      ...others.map((one) => block(one)),
      record.accepted > record.references.length
        ? make("p", { class: "quiet" }, "The rest is in records.jsonl.") : null));
  }
  if (record.prediction !== null && answer !== record.prediction && !record.answer) {
    nodes.push(make("details", {}, make("summary", {}, "the whole answer"), block(record.prediction)));
  }
  return nodes;
}

// The reference that takes the fewest edits, as a metric would choose it.
function closest(references, answer) {
  let best = null;
  for (const reference of references.slice(0, 5)) {
    const marks = compared(reference.text, answer.text);
    const edits = marks === null ? Infinity : marks.missing + marks.added;
    if (best === null || edits < best.edits) best = { ...marks, reference, edits };
    if (edits === 0) break;
  }
  return best;
}

function told(record, reference, marks) {
  if (!record.answerable) return "The right answer is that the document does not have it.";
  if (reference === null) return "There is no reference: this answer has no score.";
  if (record.value === null) return "There is no answer to compare.";
  if (marks.edits === Infinity) return "Too different to mark the differences.";
  const soft = marks.right.some(([kind]) => kind === "soft");
  const cut = reference.cut || record.value.cut ? " Compared as far as this page has the texts." : "";
  if (marks.edits === 0) return `${soft ? "They differ in letter case alone." : "No difference but, perhaps, kinds of space."}${cut}`
    .replace(/^No difference.*?\./, reference.text === record.value.text ? "The same." : "They differ in space alone.");
  const characters = (n) => `${grouped(n)} character${n === 1 ? "" : "s"}`;
  return `${characters(marks.missing)} missing, ${characters(marks.added)} too much`
    + `${soft ? ", letter case dotted" : ""}.${cut}`;
}

function pane(title, said, parts, none = "None.") {
  return make("section", { "aria-label": title }, make("h4", {}, title),
    said === null ? make("p", { class: "lost" }, none) : block(said, parts));
}

const MARKS = { missing: "del", added: "ins", soft: "u" };

function block(said, parts = [["same", said.text]]) {
  const element = make("div", { class: "text", dir: "auto" });
  for (const [kind, text] of parts) {
    const mark = kind in MARKS ? make(MARKS[kind]) : element;
    appendText(mark, kind in MARKS ? markedSpace(text) : text);
    if (mark !== element) element.append(mark);
  }
  if (said.text === "") element.append(make("span", { class: "quiet" }, EMPTY));
  if (!said.cut) return element;
  const note = `Cut here: ${grouped(said.text.length)} of ${grouped(said.length)} characters. `
    + "The full text is in records.jsonl.";
  return make("div", {}, element, make("p", { class: "cut" }, note));
}
