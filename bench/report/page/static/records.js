// The compact rows (bench/report/page/rows.py) as records. A text is {text, length}: its beginning
// in this page, and how many characters records.jsonl has. `sample` holds the records of one sample,
// where several jobs were asked it. `answer` is what a field of an extraction belongs to, and `fields`
// are those of an answer.

const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu;

const codePoint = (character) =>
  `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

const visible = (text) => text.replace(UNSEEN, (found) => `⟨${codePoint(found)}⟩`);

function readRecords() {
  const page = JSON.parse(document.getElementById("rows").textContent);
  const words = page.words.map(visible);
  const records = [];
  const word = (number) => (number < 0 ? null : words[number]);
  const textOf = (value) => {
    if (value === null) return null;
    return typeof value === "string"
      ? { text: value, length: value.length, cut: false }
      : { text: value[0], length: value[1], cut: true };
  };
  const record = (row, index) => {
    const [job, id, doc, type, field, language, tags, references, accepted, prediction, value,
      answered, scores, mistake, errorKind, error, finish, tokens, latency, prompt, images,
      first, more = {}] = row;
    const whole = more.p === undefined ? null : records[more.p];
    const said = typeof references === "number" ? records[references].references : references.map(textOf);
    const answer = typeof prediction !== "number" ? textOf(prediction)
      : prediction < 0 ? records[-1 - prediction].prediction : said[prediction];
    const made = {
      line: index + 1,
      job,
      id: whole ? whole.id + visible(id) : visible(id),
      place: whole ? visible(id.replace(/^#/, "")) : null,
      doc_id: whole?.doc_id ?? visible(doc === 0 ? id : doc),
      doc_type: word(type),
      field: word(field),
      language: word(language),
      part: whole ? "field" : "answer",
      answer: whole,
      fields: [],
      variant: more.v === undefined ? null : word(more.v),
      answerable: more.n === undefined,
      reasons: Object.fromEntries(Object.entries(more.r ?? {}).map(([at, one]) => [at, word(one).replaceAll("_", " ")])),
      strict: more.s ?? {},
      raw: more.w ?? {},
      tags: whole?.tags ?? tags.map(word),
      references: said,
      accepted,
      prediction: answer,
      value: value === 0 ? answer : textOf(value),
      status: answered ? "answered" : "failed",
      scores,
      mistake: word(mistake),
      errorKind: word(errorKind),
      error: whole?.error ?? (error === 0 ? null : visible(error)),
      finish: whole?.finish ?? word(finish),
      tokens: whole?.tokens ?? tokens,
      latency: whole?.latency ?? latency,
      prompt: whole?.prompt ?? (prompt < 0 ? null : words[prompt]),
      images: whole?.images ?? images.map((one) => (one < 0 ? { why: words[-2 - one] } : picture(page.pictures[one]))),
      sample: records[first]?.sample ?? [],
    };
    if (first >= 0) made.sample.push(made);
    whole?.fields.push(made);
    records.push(made);
  };
  const picture = ([src, width, height]) => ({ src, width, height });
  page.rows.forEach(record);
  return { ...page, records, rows: null };
}
