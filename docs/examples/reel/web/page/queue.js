import {get, post} from './client.js';
import {h, number, section, state, table, tiles, time} from './dom.js';

export function queue({sections}) {
  const result = h('span', {role: 'status'});
  const act = (path, done) => async (event) => {
    event.target.disabled = true;
    try {
      const {count} = await post(path);
      result.textContent = done(count);
    } catch (error) {
      result.textContent = error.message;
    }
    event.target.disabled = false;
  };
  const button = (id, text, path, done, isDisabled) =>
    h('button', {type: 'button', id, disabled: isDisabled, on: {click: act(path, done)}}, text);
  const columns = (isReadOnly) => [
    {title: 'State', kind: 'state', cell: (one) => state(one.state)},
    {title: 'Video', cell: (one) => h('a', {href: `#/videos/${encodeURIComponent(one.$id)}`}, one.topic || one.$id)},
    {title: 'Priority', kind: 'number wide', cell: (one) => number(one.priority)},
    {title: 'Attempts', kind: 'number wide', cell: (one) => number(one.attempts)},
    {title: 'Worker', kind: 'wide', cell: (one) => one.worker ?? ''},
    {title: 'Queued', kind: 'time wide', cell: (one) => time(one.queued_at)},
    {title: 'Reason', kind: 'wide', cell: (one) => one.reason ?? ''},
    {
      title: 'Action',
      cell: (one) =>
        one.state === 'dead' &&
        h(
          'button',
          {
            type: 'button',
            id: `retry-${one.$id}`,
            disabled: isReadOnly,
            'aria-label': `Queue ${one.topic || one.$id} again`,
            on: {click: act(`queue/videos/${encodeURIComponent(one.$id)}/retry`, () => 'Queued again.')},
          },
          'Retry',
        ),
    },
  ];
  return {
    title: () => 'Queue',
    concerns: (container) => container === 'video_queue' || container === 'video_queues',
    load: () => get('queue'),
    render(data, store) {
      const isReadOnly = store.is_read_only;
      sections.put('title', '', () => h('h1', {}, 'Queue'));
      sections.put('counts', data.counts, () =>
        tiles(
          ['announced', 'waiting', 'claimed', 'settling', 'dead'].map((name) => [
            name[0].toUpperCase() + name.slice(1),
            number(data.counts[name]),
          ]),
        ),
      );
      sections.put('actions', [data.is_paused, data.is_set_up, data.counts.dead], () =>
        section(
          data.is_paused ? 'The queue is paused' : 'The queue is running',
          h(
            'p',
            {},
            data.is_paused
              ? 'Workers claim no video until it is resumed.'
              : 'Workers claim the videos with the highest priority first, of those the ones that have waited longest.',
          ),
          h(
            'div',
            {class: 'actions'},
            data.is_paused
              ? button('pause', 'Resume', 'queue/resume', () => 'Resumed.', isReadOnly)
              : button('pause', 'Pause', 'queue/pause', () => 'Paused.', isReadOnly),
            button(
              'retry-all',
              'Retry all dead videos',
              'queue/retry',
              (count) => `${number(count)} queued again.`,
              isReadOnly || !data.counts.dead,
            ),
            result,
          ),
        ),
      );
      sections.put('entries', data.entries, () =>
        section(
          'Videos',
          table('The first 50 of each state, in the order of claims', columns(isReadOnly), data.entries),
        ),
      );
    },
  };
}
