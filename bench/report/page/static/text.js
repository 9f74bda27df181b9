// Building the page out of text nodes: what a model said never becomes markup.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Each unseen character as a small label in its place.
function appendText(parent, text) {
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (found.index > from) parent.append(text.slice(from, found.index));
    parent.append(make("span", { class: "code" }, codePoint(found[0])));
    from = found.index + found[0].length;
  }
  if (from < text.length) parent.append(from === 0 ? text : text.slice(from));
}

// Space that is missing or too much would not be seen in a mark.
const markedSpace = (text) =>
  /^\s+$/.test(text) ? text.replace(/\n/g, "↵\n").replace(/[ \t\u00a0]/g, "·") : text;

const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(4));
const grouped = (value) => value.toLocaleString("en");

function button(label, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}
