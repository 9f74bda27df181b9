(() => {
"use strict";
const key = (row, column) => {
  const cell = row.cells[column];
  if (cell.dataset.v === undefined) return cell.textContent.trim();
  return cell.dataset.v === "" ? null : Number(cell.dataset.v);
};
const compare = (a, b) => {
  if (a === null || b === null) return (a === null) - (b === null);
  return typeof a === "number" ? a - b : a.localeCompare(b);
};
for (const button of document.querySelectorAll(".board th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows];
    rows.sort((one, two) => {
      const [a, b] = [key(one, head.cellIndex), key(two, head.cellIndex)];
      if (a === null || b === null) return compare(a, b);
      return down ? compare(b, a) : compare(a, b);
    });
    body.append(...rows);
  });
}
const selects = [...document.querySelectorAll(".narrow select")];
const narrow = () => {
  const [task, level, harness] = selects.map((one) => one.value);
  let boards = 0;
  for (const board of document.querySelectorAll(".board")) {
    let rows = 0;
    for (const row of board.querySelectorAll("tbody tr")) {
      row.hidden = harness !== "" && row.dataset.harness !== harness;
      rows += !row.hidden;
    }
    board.hidden = (task !== "" && board.dataset.task !== task) || (level !== "" && board.dataset.level !== level) || rows === 0;
    boards += !board.hidden;
  }
  document.getElementById("shown").textContent = `${boards} shown`;
};
for (const one of selects) one.addEventListener("change", narrow);
document.querySelector(".narrow").addEventListener("submit", (event) => event.preventDefault());
narrow();
})();
