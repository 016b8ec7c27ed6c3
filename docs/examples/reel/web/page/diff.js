import {h} from './dom.js';

/** Lines above this number of insertions and removals are shown as replaced. */
const mostEdits = 1000;

/**
 * The shortest edits between two lists of lines, as [sign, line] with the signs ' ', '-' and '+' (Myers, "An O(ND)
 * Difference Algorithm and Its Variations", 1986).
 */
export function edits(a, b) {
  const trace = [];
  let ends = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(a.length + b.length, mostEdits); ++d) {
    const next = new Map(ends);
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && (next.get(k - 1) ?? -1) < (next.get(k + 1) ?? -1));
      let x = isDown ? next.get(k + 1) : next.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) ++x;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return backwards(a, b, [...trace, ends], d, k);
    }
    trace.push(ends);
    ends = next;
  }
  return [...a.map((line) => ['-', line]), ...b.map((line) => ['+', line])];
}

function backwards(a, b, trace, d, k) {
  const found = [];
  let x = a.length,
    y = b.length;
  for (; d > 0; --d) {
    const ends = trace[d];
    const isDown = k === -d || (k !== d && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
    const before = isDown ? k + 1 : k - 1;
    const snake = ends.get(before) + (isDown ? 0 : 1); // where the equal lines after the edit begin
    for (; x > snake; --y) found.push([' ', a[--x]]);
    found.push(isDown ? ['+', b[--y]] : ['-', a[--x]]);
    k = before;
  }
  while (x > 0) found.push([' ', a[--x]]);
  return found.reverse();
}

const classes = {' ': 'same', '-': 'remove', '+': 'insert'};

/** The lines in which two texts differ. Signs, not only colours, tell them apart. */
export function diff(before, after) {
  const lines = edits(before.split('\n'), after.split('\n'));
  return h(
    'pre',
    {class: 'diff', tabindex: 0},
    lines.map(([sign, line]) => h('span', {class: classes[sign]}, `${sign} ${line}`)),
  );
}
