// Tables sort by a click on a column's head; a second click turns the order.

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("still")) return;
    const label = make("button", { type: "button", class: "sort" });
    label.append(...head.childNodes);
    head.append(label);
    label.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const numeric = [...table.tBodies[0].rows].some((row) => !Number.isNaN(valueAt(row, column)));
      const first = numeric ? "descending" : "ascending";
      const second = numeric ? "ascending" : "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", before === first ? second : first);
      sortRows(table.tBodies[0], column, head.getAttribute("aria-sort") === "ascending", numeric);
    });
  });
}

function valueAt(row, column) {
  const cell = row.cells[column];
  const said = cell?.dataset.sort ?? cell?.textContent.trim() ?? "";
  return said === "" ? NaN : Number(said);
}

function sortRows(body, column, ascending, numeric) {
  const sign = ascending ? 1 : -1;
  const textAt = (row) => row.cells[column]?.textContent.trim() ?? "";
  const order = (left, right) => {
    if (!numeric) return sign * textAt(left).localeCompare(textAt(right), "en", { numeric: true });
    const [a, b] = [valueAt(left, column), valueAt(right, column)];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
    return sign * (a - b);
  };
  body.append(...[...body.rows].sort(order));
}
