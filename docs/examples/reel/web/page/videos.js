import {get, query} from './client.js';
import {h, number, section, state, table, time} from './dom.js';

const firstLine = (text) => (text ?? '').trim().split('\n').at(-1);

export function videoTable(caption, videos, withErrors = false) {
  const columns = [
    {title: 'State', kind: 'state', cell: (one) => state(one.status)},
    {title: 'Topic', cell: (one) => h('a', {href: `#/videos/${encodeURIComponent(one.$id)}`}, one.topic || one.$id)},
    {title: 'Scenes', kind: 'number wide', cell: (one) => number(one.scene_count)},
    {title: 'Done', kind: 'number wide', cell: (one) => `${number(one.progress)} %`},
    {title: 'Created', kind: 'time wide', cell: (one) => time(one.created_at)},
  ];
  if (withErrors) columns.splice(2, 2, {title: 'Error', kind: 'wide', cell: (one) => firstLine(one.error_message)});
  return table(caption, columns, videos);
}

const names = ['search', 'status', 'since', 'before'];

/** A day of the form as a time of the API. */
const timeOf = (day) => (/^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00`).toISOString() : '');

export function videos({parameters, sections}) {
  const values = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? '']));
  const go = (extra) => {
    location.hash = `#/videos${query({...values, ...extra})}`;
  };
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    location.hash = `#/videos${query(Object.fromEntries(names.map((name) => [name, form.get(name)])))}`;
  };
  const field = (name, label, input) => h('div', {}, h('label', {for: `filter-${name}`}, label), input);
  const input = (name, type) => h('input', {id: `filter-${name}`, name, type, value: values[name]});
  const form = (store) =>
    h(
      'form',
      {class: 'filter', role: 'search', on: {submit}},
      field('search', 'Words of the topic', input('search', 'search')),
      field(
        'status',
        'State',
        h(
          'select',
          {id: 'filter-status', name: 'status'},
          h('option', {value: ''}, 'any'),
          store.statuses.map((one) =>
            h('option', {value: one, selected: one === values.status}, one.replaceAll('_', ' ')),
          ),
        ),
      ),
      field('since', 'Created since', input('since', 'date')),
      field('before', 'Before', input('before', 'date')),
      h('button', {type: 'submit'}, 'Filter'),
      h(
        'button',
        {
          type: 'button',
          class: 'plain',
          on: {
            click: () => {
              location.hash = '#/videos';
            },
          },
        },
        'Clear',
      ),
    );
  return {
    title: () => 'Videos',
    concerns: (container) => container === 'videos',
    load: () =>
      get(
        `videos${query({
          ...values,
          since: timeOf(values.since),
          before: timeOf(values.before),
          after: parameters.get('after'),
          limit: 25,
        })}`,
      ),
    render(page, store) {
      sections.put('title', '', () => h('h1', {}, 'Videos'));
      sections.put('filter', '', () => section('Filter', form(store)));
      sections.put('list', page, () =>
        section(
          page.total === null ? 'All' : `${number(page.total)} ${page.total === 1 ? 'video' : 'videos'}`,
          videoTable('The newest first', page.videos),
          h(
            'div',
            {class: 'actions'},
            h(
              'button',
              {
                type: 'button',
                id: 'first',
                class: 'plain',
                disabled: !parameters.get('after'),
                on: {click: () => go({})},
              },
              'First page',
            ),
            h(
              'button',
              {type: 'button', id: 'next', disabled: !page.next, on: {click: () => go({after: page.next})}},
              'Next page',
            ),
          ),
        ),
      );
    },
  };
}
