import {s} from './dom.js';

const rowHeight = 26,
  labelWidth = 126,
  valueWidth = 70,
  width = 340;

/** Horizontal bars; a row is [label, value, text]. The same numbers are in the label of the drawing. */
export function bars(title, rows) {
  const most = Math.max(1, ...rows.map(([, value]) => value));
  const room = width - labelWidth - valueWidth;
  const spoken = rows.map(([label, , text]) => `${label}: ${text}`).join(', ');
  return s(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${rows.length * rowHeight}`,
      role: 'img',
      'aria-label': `${title}. ${spoken}`,
    },
    rows.map(([label, value, text], i) =>
      s(
        'g',
        {transform: `translate(0 ${i * rowHeight})`},
        s('text', {x: 0, y: 17}, label),
        s('rect', {class: 'track', x: labelWidth, y: 5, width: room, height: 16, rx: 3}),
        s('rect', {
          x: labelWidth,
          y: 5,
          width: value === 0 ? 0 : Math.max(2, (room * value) / most),
          height: 16,
          rx: 3,
        }),
        s('text', {class: 'value', x: width, y: 17, 'text-anchor': 'end'}, text),
      ),
    ),
  );
}

/**
 * Columns over time: completed videos, and failed ones on top of them. A column is {start, completed, failed}; `label`
 * makes a text of a start.
 */
export function columns(title, list, label) {
  const height = 120,
    head = 20,
    foot = 20;
  const most = Math.max(1, ...list.map((one) => one.completed + one.failed));
  const step = width / Math.max(1, list.length);
  const tall = (value) => ((height - head - foot) * value) / most;
  const [completed, failed] = ['completed', 'failed'].map((name) => list.reduce((sum, one) => sum + one[name], 0));
  const column = (one, i) => {
    const done = tall(one.completed),
      lost = tall(one.failed),
      x = i * step + 0.5,
      base = height - foot;
    return s(
      'g',
      {},
      s('title', {}, `${label(one.start)}: ${one.completed} completed, ${one.failed} failed`),
      s('rect', {x, y: base - done, width: Math.max(1, step - 1), height: done}),
      s('rect', {class: 'failed', x, y: base - done - lost, width: Math.max(1, step - 1), height: lost}),
    );
  };
  return s(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${title}: ${completed} completed, ${failed} failed, at most ${most} at once`,
    },
    s('rect', {x: 0, y: 2, width: 10, height: 10}),
    s('text', {x: 15, y: 12}, `${completed} completed`),
    s('rect', {class: 'failed', x: 130, y: 2, width: 10, height: 10}),
    s('text', {x: 145, y: 12}, `${failed} failed`),
    s('line', {x1: 0, y1: height - foot, x2: width, y2: height - foot}),
    list.map(column),
    list.length > 0 && [
      s('text', {x: 0, y: height - 5}, label(list[0].start)),
      s('text', {x: width, y: height - 5, 'text-anchor': 'end'}, label(list.at(-1).start)),
    ],
  );
}
