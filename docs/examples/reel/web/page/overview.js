import {bars, columns} from './charts.js';
import {get} from './client.js';
import {atLeast, duration, h, number, section, size, table, tiles} from './dom.js';
import {videoTable} from './videos.js';

const sum = (list) => list.reduce((total, one) => total + one, 0);
const hour = new Intl.DateTimeFormat(undefined, {hour: 'numeric', minute: '2-digit'});
const day = new Intl.DateTimeFormat(undefined, {month: 'short', day: 'numeric'});
const sceneStates = ['planned', 'coded', 'rendered', 'failed'];

/** The states in the order of the pipeline, then those that only old records have. */
function rowsOf({by_status: counts, partial_statuses: partial}, order) {
  const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(counts)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, count]) => [name.replaceAll('_', ' '), count, atLeast(number(count), partial.includes(name))]);
}

function summaryTiles({summary, videos, scenes, buckets}) {
  const tile = (value, detail) => [value, detail && h('small', {}, detail)];
  const {longest_wait_seconds: wait, time_to_empty_seconds: empty} = summary;
  const figure = (name) => atLeast(number(summary[name]), summary.is_partial);
  const total = (counts) => atLeast(number(counts.total), counts.is_partial);
  const files = buckets.some((one) => one.is_partial);
  return tiles([
    ['Waiting', tile(figure('waiting'), wait !== null && `the oldest for ${duration(wait)}`)],
    ['In progress', tile(figure('in_progress'), empty !== null && `all done in ${duration(empty)}`)],
    ['Completed, 24 h', tile(figure('completed_last_day'), `${figure('completed_last_hour')} in the last hour`)],
    ['Failed, 24 h', tile(figure('failed_last_day'), `${figure('failed_last_hour')} in the last hour`)],
    ['Videos', tile(total(videos), `${total(scenes)} scenes`)],
    [
      'Stored',
      tile(
        atLeast(size(sum(buckets.map((one) => one.bytes))), files),
        `${atLeast(number(sum(buckets.map((one) => one.files))), files)} files`,
      ),
    ],
  ]);
}

const durationColumns = [
  {title: 'Stage', cell: (one) => one.stage},
  {title: 'Times', kind: 'number', cell: (one) => number(one.count)},
  {title: 'Median', kind: 'number', cell: (one) => duration(one.median_seconds)},
  {title: '90 %', kind: 'number', cell: (one) => duration(one.p90_seconds)},
];
const errorColumns = [
  {
    title: 'Error',
    cell: (one) => h('a', {href: `#/videos/${encodeURIComponent(one.video)}`}, one.example || one.fingerprint),
  },
  {title: 'Times', kind: 'number', cell: (one) => number(one.count)},
];
const fixColumns = [
  {title: 'Method', cell: (one) => one.method},
  {title: 'Fixes', kind: 'number', cell: (one) => number(one.fixes)},
  {title: 'Worked', kind: 'number', cell: (one) => number(one.successes)},
  {title: 'Failed', kind: 'number', cell: (one) => number(one.failures)},
];

const queueColumns = [
  {title: 'Queue', cell: (one) => (one.is_paused ? `${one.name} (paused)` : one.name)},
  ...['announced', 'waiting', 'claimed', 'dead'].map((name) => ({
    title: name[0].toUpperCase() + name.slice(1),
    kind: 'number',
    cell: (one) => atLeast(number(one[name]), one.is_partial),
  })),
];
const groupColumns = [
  {title: 'Name', cell: (one) => one.name ?? 'none'},
  {title: 'Completed', kind: 'number', cell: (one) => number(one.completed)},
  {title: 'Failed', kind: 'number', cell: (one) => number(one.failed)},
];

/** The topics or owners with the most finished videos, and all others together. */
function groups(title, {top, others}) {
  if (top.length === 0) return null;
  const rows = others.count > 0 ? [...top, {...others, name: `${number(others.count)} others`}] : top;
  return section(title, table(`${title} of finished videos`, groupColumns, rows));
}

/** The figures of recorded moves, or why there are none. */
function moves({events, hours, days, durations, topics, owners}) {
  const none = (title, text) => section(title, h('p', {class: 'empty'}, text));
  const areFinished = days.some((one) => one.completed + one.failed > 0);
  const areTimed = durations.some((one) => one.count + one.unknown > 0);
  const perDay = () =>
    section(
      'Per day',
      columns('Per day', days, (start) => day.format(new Date(start))),
    );
  return [
    areFinished
      ? section(
          'Per hour',
          columns('Per hour', hours, (start) => hour.format(new Date(start))),
        )
      : none('Per hour', 'No recorded move completed or failed a video in the last 24 hours.'),
    areFinished && days.length > 2 && perDay(),
    areTimed
      ? section(
          'Durations',
          table('Durations of stages', durationColumns, durations),
          h('p', {}, `${number(events.attempts)} attempts, ${number(events.retries)} of them repeated`),
        )
      : none(
          'Durations',
          'No recorded move ended a stage in the last 24 hours. A migrated tree has no recorded moves.',
        ),
    groups('Topics', topics),
    groups('Owners', owners),
  ];
}

const charts = (statistics, states) =>
  h(
    'div',
    {class: 'columns'},
    section('Videos by state', bars('Videos by state', rowsOf(statistics.videos, states))),
    section('Scenes by state', bars('Scenes by state', rowsOf(statistics.scenes, sceneStates))),
    section(
      'Storage',
      bars(
        'Storage',
        statistics.buckets.map((one) => [one.id, one.bytes, atLeast(size(one.bytes), one.is_partial)]),
      ),
    ),
    moves(statistics),
    section('Fixes', table('Fixes by method', fixColumns, statistics.fixes.methods)),
  );

export function overview({sections}) {
  return {
    title: () => 'Overview',
    concerns: () => true,
    async load() {
      const [statistics, latest, failed] = await Promise.all([
        get('statistics'),
        get('videos?limit=6'),
        get('videos?limit=6&status=failed'),
      ]);
      return {statistics, latest, failed};
    },
    render({statistics, latest, failed}, store) {
      const {at, since, until, ...numbers} = statistics; // the times alone build nothing again
      sections.put('title', '', () => h('h1', {}, 'Overview'));
      sections.put('tiles', numbers, summaryTiles);
      sections.put(
        'partial',
        statistics.is_partial,
        (isPartial) =>
          isPartial &&
          h(
            'p',
            {},
            'Not everything was read: numbers with ≥ are lower bounds, and moves are the newest ones. ' +
              'reel stats --complete reads everything.',
          ),
      );
      sections.put('charts', numbers, () => charts(statistics, store.statuses));
      sections.put(
        'queues',
        numbers.queues,
        (queues) => queues.length > 0 && section('Queues', table('Queues', queueColumns, queues)),
      );
      sections.put('latest', latest, () => section('Latest videos', videoTable('Latest videos', latest.videos)));
      sections.put('failed', failed, () =>
        section('Latest failures', videoTable('Latest failures', failed.videos, true)),
      );
      sections.put(
        'errors',
        numbers.errors,
        ({top}) => top.length > 0 && section('Commonest errors', table('Commonest errors', errorColumns, top)),
      );
    },
  };
}
