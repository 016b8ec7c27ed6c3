// Elements are made by functions, never from markup: every string of the store becomes a text node or an attribute.

const svgSpace = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') for (const [event, call] of Object.entries(value)) element.addEventListener(event, call);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, checked(name, value));
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** An address leads to this server or to a part of the page. */
function checked(name, value) {
  if ((name === 'href' || name === 'src') && !/^(#|\/(?!\/))/.test(value))
    throw new Error(`not an address here: ${value}`);
  return String(value);
}

/** An element: h('a', {href: '#/'}, 'Overview'). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

/** Sections of a page by key. One is built again only if its data has changed, so that a film keeps playing. */
export class Sections {
  #root;
  #known = new Map();
  constructor(root) {
    this.#root = root;
  }
  put(key, data, build) {
    const text = JSON.stringify(data ?? null);
    const known = this.#known.get(key);
    if (known && known.text === text) return;
    const element = build(data) || h('div', {hidden: true});
    if (known) {
      for (const one of known.element.querySelectorAll('details[open][id]'))
        element.querySelector(`#${CSS.escape(one.id)}`)?.setAttribute('open', '');
      const focused = known.element.contains(document.activeElement) ? document.activeElement.id : '';
      known.element.replaceWith(element);
      if (focused) document.getElementById(focused)?.focus();
    } else {
      this.#root.append(element);
    }
    this.#known.set(key, {text, element});
  }
}

export const state = (name) =>
  h(
    'span',
    {class: `state state-${/^\w+$/.test(name) ? name : 'unknown'}`},
    name ? name.replaceAll('_', ' ') : 'no state',
  );

const format = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
export function time(text) {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? '' : h('time', {datetime: date.toISOString()}, format.format(date));
}

const numbers = new Intl.NumberFormat();
export const number = (value) => numbers.format(value ?? 0);

export function size(bytes) {
  let value = bytes ?? 0;
  for (const unit of ['bytes', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024) return `${unit === 'bytes' ? value : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** Marks a lower bound. */
export const atLeast = (text, isPartial) => (isPartial ? `≥ ${text}` : text);

/** Seconds as `1 h 5 min`, `12.5 s`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 48 * 60) return `${Math.round(minutes / 1440)} days`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

/** A table; a column is {title, cell(row), kind}, a kind is a class of its cells. */
export function table(caption, columns, rows) {
  if (rows.length === 0) return h('p', {class: 'empty'}, 'None');
  return h(
    'div',
    {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    h(
      'table',
      {},
      h('caption', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((one) => h('th', {scope: 'col', class: one.kind}, one.title)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            columns.map((one) => h('td', {class: one.kind}, one.cell(row))),
          ),
        ),
      ),
    ),
  );
}

export const facts = (pairs) =>
  h(
    'dl',
    {class: 'facts'},
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );

export const tiles = (pairs) =>
  h(
    'dl',
    {class: 'tiles'},
    pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );

export const section = (title, ...children) => h('section', {}, h('h2', {}, title), ...children);

export const log = (text) => h('pre', {class: 'log', tabindex: 0}, text);
