// The list of records: one page of it at a time, so that 10,000 records stay light.

const PAGE = 50;

class RecordList {
  constructor(filters, open) {
    this.filters = filters;
    this.open = open;
    this.element = document.getElementById("list");
    this.records = [];
    this.start = 0;
    this.back = document.getElementById("page-back");
    this.on = document.getElementById("page-on");
    this.back.addEventListener("click", () => this.turn(this.start - PAGE));
    this.on.addEventListener("click", () => this.turn(this.start + PAGE));
  }

  show(records) {
    this.records = records;
    this.turn(0);
  }

  turn(start) {
    this.start = Math.max(0, Math.min(start, this.records.length - 1));
    this.start -= this.start % PAGE;
    const end = Math.min(this.start + PAGE, this.records.length);
    const items = this.records.slice(this.start, end).map((record) => this.item(record));
    this.element.replaceChildren(...items);
    this.element.scrollTop = 0;
    this.back.disabled = this.start === 0;
    this.on.disabled = end >= this.records.length;
    document.getElementById("page-at").textContent = this.records.length === 0
      ? "nothing found" : `${grouped(this.start + 1)}–${grouped(end)} of ${grouped(this.records.length)}`;
    this.mark();
  }

  item(record) {
    const { jobs } = this.filters.page;
    const job = jobs.length > 1 && jobs[record.job] ? visible(jobs[record.job].name) : null;
    const kinds = [record.answer?.id ?? record.field, record.doc_type].filter(Boolean).join(" · ");
    const first = (one) => (one ? visible(one.text.slice(0, 120)).replace(/\s+/g, " ") : "");
    const about = record.status === "failed" ? `failed: ${record.errorKind ?? record.error ?? ""}`
      : first(record.value) || (record.answer && record.value === null ? "(left out)" : "(empty)");
    const element = button("", () => this.open(record, true), { class: "item" });
    element.append(
      make("span", { class: "item-top" },
        make("bdi", { class: "item-id" }, record.place ?? record.id),
        make("bdi", { class: "quiet item-kind" }, kinds),
        make("span", { class: "num" }, number(this.filters.scoreOf(record)))),
      make("span", { class: "item-text" },
        job ? make("bdi", { class: "item-job" }, job) : null,
        record.mistake ? mistakeMark(record) : null,
        make("bdi", { class: record.status === "failed" ? "bad" : "quiet" }, about)),
    );
    element.dataset.line = record.line;
    return make("li", {}, element);
  }

  // Shows which record is open; with `show`, on the list's page that has it.
  mark(record = this.opened, show = false) {
    this.opened = record;
    const at = this.records.indexOf(record);
    if (show && at >= 0 && (at < this.start || at >= this.start + PAGE)) {
      this.turn(at);
      return;
    }
    for (const item of this.element.querySelectorAll("button")) {
      const is = record && Number(item.dataset.line) === record.line;
      if (is) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
      if (is && show) this.reveal(item);
    }
  }

  reveal(item) {
    const { top, bottom } = this.element.getBoundingClientRect();
    const box = item.getBoundingClientRect();
    if (box.top < top) this.element.scrollTop -= top - box.top;
    if (box.bottom > bottom) this.element.scrollTop += box.bottom - bottom;
  }

  focus() {
    this.element.querySelector("[aria-current]")?.focus();
  }

  // A record that is not listed stands where its sample's is.
  beside(record, step) {
    const own = this.records.indexOf(record);
    const at = own >= 0 ? own : this.records.findIndex((one) => record.sample.includes(one));
    return at < 0 ? this.records[0] : this.records[at + step];
  }
}
