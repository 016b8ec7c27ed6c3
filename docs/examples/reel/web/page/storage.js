import {bars} from './charts.js';
import {get, query} from './client.js';
import {atLeast, h, number, section, size, table, time} from './dom.js';

/** All buckets, or the files of one. */
export function storage({id, parameters, sections}) {
  return id ? bucket(id, parameters, sections) : buckets(sections);
}

function buckets(sections) {
  const columns = [
    {title: 'Bucket', cell: (one) => h('a', {href: `#/storage/${encodeURIComponent(one.id)}`}, one.id)},
    {title: 'Files', kind: 'number', cell: (one) => atLeast(number(one.files), one.is_partial)},
    {title: 'Size', kind: 'number', cell: (one) => atLeast(size(one.bytes), one.is_partial)},
    {title: 'New in 24 h', kind: 'number', cell: (one) => atLeast(size(one.new_bytes), one.is_partial)},
  ];
  let ids = []; // none: not loaded yet
  return {
    title: () => 'Storage',
    concerns: (container) => ids.length === 0 || ids.includes(container),
    async load() {
      const {buckets: list} = await get('statistics');
      ids = list.map((one) => one.id);
      return list;
    },
    render(list) {
      sections.put('title', '', () => h('h1', {}, 'Storage'));
      sections.put('chart', list, () =>
        section(
          'Size',
          bars(
            'Size',
            list.map((one) => [one.id, one.bytes, atLeast(size(one.bytes), one.is_partial)]),
          ),
        ),
      );
      sections.put('list', list, () => section('Buckets', table('Files by bucket', columns, list)));
    },
  };
}

function bucket(id, parameters, sections) {
  const columns = [
    {title: 'Name', cell: (one) => h('a', {href: one.url, target: '_blank', rel: 'noopener'}, one.name)},
    {title: 'Size', kind: 'number', cell: (one) => size(one.size)},
    {title: 'Type', kind: 'whole wide', cell: (one) => one.content_type},
    {title: 'Changed', kind: 'time wide', cell: (one) => time(one.$updatedAt)},
  ];
  return {
    title: () => id,
    concerns: (container) => container === id,
    load: () => get(`files/${encodeURIComponent(id)}${query({after: parameters.get('after'), limit: 50})}`),
    render(page) {
      sections.put('title', '', () => h('h1', {}, `Bucket ${id}`));
      sections.put('list', page, () =>
        section(
          'Files',
          table('The oldest first', columns, page.files),
          h(
            'div',
            {class: 'actions'},
            h(
              'button',
              {
                type: 'button',
                id: 'next',
                disabled: !page.next,
                on: {
                  click: () => {
                    location.hash = `#/storage/${encodeURIComponent(id)}${query({after: page.next})}`;
                  },
                },
              },
              'Next page',
            ),
          ),
        ),
      );
    },
  };
}
