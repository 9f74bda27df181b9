// Puts the parts together: opening, keys, and the address that remembers the opened record.

const page = readRecords();
const form = document.getElementById("filters");
const browser = document.getElementById("browser");
const panel = document.getElementById("record");
const empty = panel.firstElementChild;
const filters = new Filters(page, form);
const narrow = window.matchMedia("(max-width: 800px)");
let current;
let closed = false; // by hand: then nothing opens itself any more

const list = new RecordList(filters, (record, byHand) => open(record, byHand));

function open(record, byHand) {
  if (!record) return;
  current = record;
  panel.replaceChildren(...recordView(page, record, move, openOther));
  panel.querySelector(".before").disabled = !list.beside(record, -1);
  panel.querySelector(".after").disabled = !list.beside(record, 1);
  panel.scrollTop = 0;
  list.mark(record, true);
  if (!byHand) return;
  closed = false;
  browser.classList.add("open");
  history.replaceState(null, "", `#record-${record.line}`);
  const at = list.records.indexOf(record);
  document.getElementById("spoken").textContent =
    `${record.id}${at < 0 ? "" : `, ${at + 1} of ${list.records.length}`}, ${record.status}`;
  if (narrow.matches) {
    document.getElementById("record-title").focus({ preventScroll: true });
    browser.scrollIntoView();
  }
}

function openOther(record) {
  if (!record) return;
  const inList = list.element.contains(document.activeElement);
  open(record, true);
  if (inList) list.focus();
  else document.getElementById("record-title").focus({ preventScroll: true });
}

function close() {
  closed = true;
  browser.classList.remove("open");
  panel.replaceChildren(empty);
  history.replaceState(null, "", "#records");
  list.focus();
  current = undefined;
  list.mark(null);
}

function move(step) {
  if (step === 0) {
    close();
    return;
  }
  const inside = panel.contains(document.activeElement) && document.activeElement.className;
  const inList = list.element.contains(document.activeElement);
  open(current ? list.beside(current, step) : list.records[0], true);
  if (inside) (panel.querySelector(`.${inside}:enabled`) ?? document.getElementById("record-title")).focus();
  if (inList) list.focus();
}

function refresh() {
  list.show(filters.found());
  const cut = page.records.length && page.longest < 20000
    ? ` Texts are cut at ${grouped(page.longest)} characters in this page, and searched so far.` : "";
  const fields = page.records.filter((record) => record.answer).length;
  const divided = fields === 0 ? ""
    : `: ${grouped(page.records.length - fields)} answers and ${grouped(fields)} of their fields`;
  const only = filters.document === null ? "" : ` Those of document ${filters.document}.`;
  document.getElementById("shown").textContent =
    `${grouped(list.records.length)} of ${grouped(page.records.length)} records${divided}.${only}${cut}`;
  if (!closed && !narrow.matches && !browser.classList.contains("open")) open(list.records[0], false);
}

let waiting;
for (const kind of ["input", "change"]) {
  form.addEventListener(kind, () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 100);
  });
}
form.addEventListener("reset", () => setTimeout(refresh));
form.addEventListener("submit", (event) => event.preventDefault());

for (const link of document.querySelectorAll("[data-filter], [data-doc]")) {
  link.addEventListener("click", () => {
    const { job, filter, value, field, doc } = link.dataset;
    filters.choose({ job, ...(filter && { [filter]: value }), ...(field !== undefined && { field }) }, doc);
    browser.classList.remove("open");
    refresh();
    document.getElementById("records").scrollIntoView();
    document.getElementById("records").focus({ preventScroll: true });
  });
}

const KEYS = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else if (current) close();
  } else if (!typing && event.key === "/") {
    event.preventDefault();
    document.getElementById("search").focus();
  } else if (!typing && event.key === "o" && current) {
    openOther(inNextJob(current));
  } else if (!typing && arrowed(event)) {
    event.preventDefault();
    move(arrowed(event));
  }
});

// Up and down belong to the list; elsewhere they scroll. Wide tables scroll sideways themselves.
function arrowed(event) {
  const inList = list.element.contains(event.target);
  if (inList && event.key === "ArrowDown") return 1;
  if (inList && event.key === "ArrowUp") return -1;
  if (event.key.startsWith("Arrow") && event.target.closest(".wide")) return 0;
  return KEYS[event.key] ?? 0;
}

function openAddressed() {
  const line = Number(/^#record-(\d+)$/.exec(location.hash)?.[1]);
  const record = page.records[line - 1];
  if (record && record !== current) {
    open(record, true);
    browser.scrollIntoView();
  }
}

// The pictures stand once in the page, in its rows.
for (const place of document.querySelectorAll("[data-picture]")) {
  const picture = page.pictures[place.dataset.picture];
  if (picture) place.append(make("img", { loading: "lazy", decoding: "async", src: picture[0], alt: "" }));
}
document.querySelectorAll("table.sortable").forEach(sortable);
window.addEventListener("hashchange", openAddressed);
refresh();
openAddressed();
