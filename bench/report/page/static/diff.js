// Which characters differ: first words (Myers, "An O(ND) difference algorithm", 1986), then the
// characters inside words that were replaced. Letter case and kinds of space are soft differences.

const MOST_EDITS = 1200; // words; beyond that two texts have nothing to compare, and time is up
const MOST_IN_WORDS = 400; // characters of a replaced stretch that is compared inside

const wordsOf = (text) => text.match(/\p{L}[\p{L}\p{M}]*|\p{N}+|\s+|[^]/gu) ?? [];
const alike = (text) => (/^\s+$/.test(text) ? " " : text.toLowerCase());

// The fewest steps from a to b: [kind, item of a, item of b]; null beyond `limit` edits.
function steps(a, b, limit) {
  const keysA = a.map(alike);
  const keysB = b.map(alike);
  const most = Math.min(limit, a.length + b.length);
  let reach = new Int32Array(2 * most + 3);
  const trail = [];
  for (let edits = 0; edits <= most; edits += 1) {
    trail.push(reach.slice(most - edits, most + edits + 3));
    for (let k = -edits; k <= edits; k += 2) {
      const at = k + most + 1;
      const down = k === -edits || (k !== edits && reach[at - 1] < reach[at + 1]);
      let x = down ? reach[at + 1] : reach[at - 1] + 1;
      while (x < a.length && x - k < b.length && keysA[x] === keysB[x - k]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - k >= b.length) return walkedBack(a, b, trail);
    }
  }
  return null;
}

function walkedBack(a, b, trail) {
  const path = [];
  let x = a.length;
  let y = b.length;
  for (let edits = trail.length - 1; edits >= 0; edits -= 1) {
    const reach = (k) => trail[edits][k + edits + 1];
    const k = x - y;
    const down = k === -edits || (k !== edits && reach(k - 1) < reach(k + 1));
    const beforeX = edits === 0 ? 0 : reach(down ? k + 1 : k - 1);
    const beforeY = edits === 0 ? 0 : beforeX - (down ? k + 1 : k - 1);
    while (x > beforeX && y > beforeY) path.push(["same", a[(x -= 1)], b[(y -= 1)]]);
    if (edits > 0) path.push(down ? ["added", "", b[(y -= 1)]] : ["missing", a[(x -= 1)], ""]);
  }
  return path.reverse();
}

// {left, right, both: [[kind, text]], missing, added}, or null where they are too different to mark.
function compared(reference, answer) {
  const path = steps(wordsOf(reference), wordsOf(answer), MOST_EDITS);
  if (path === null) return null;
  const result = { left: [], right: [], both: [], missing: 0, added: 0 };
  let gone = "";
  let come = "";
  const settle = () => {
    for (const step of inside(gone, come)) place(result, step);
    gone = "";
    come = "";
  };
  for (const step of path) {
    if (step[0] === "same") {
      settle();
      place(result, step);
    } else {
      gone += step[1];
      come += step[2];
    }
  }
  settle();
  return result;
}

function inside(gone, come) {
  const whole = [["missing", gone, ""], ["added", "", come]];
  if (!gone || !come || gone.length + come.length > MOST_IN_WORDS) return whole;
  const path = steps([...gone], [...come], MOST_IN_WORDS);
  const same = path.filter(([kind]) => kind === "same").length;
  return 4 * same >= gone.length + come.length ? path : whole;
}

function place(result, [kind, left, right]) {
  const soft = kind === "same" && left !== right && left.trim() !== "";
  add(result.left, soft ? "soft" : kind, left);
  add(result.right, soft ? "soft" : kind, right);
  add(result.both, soft ? "soft" : kind, kind === "missing" ? left : right);
  if (kind === "missing") result.missing += [...left].length;
  if (kind === "added") result.added += [...right].length;
}

function add(parts, kind, text) {
  if (!text) return;
  const last = parts.at(-1);
  if (last && last[0] === kind) last[1] += text;
  else parts.push([kind, text]);
}
