import {get, post} from './client.js';
import {duration, facts, h, log, number, section, size, state, table, time} from './dom.js';
import {similarFixes} from './fixes.js';

export function film(file, subtitles) {
  if (!file) return null;
  return h(
    'div',
    {},
    h(
      'video',
      {controls: true, preload: 'metadata', src: `${file.url}?${file.md5}`},
      subtitles &&
        h('track', {kind: 'subtitles', label: 'Subtitles', srclang: 'en', default: true, src: `${subtitles.url}?vtt`}),
    ),
    h(
      'p',
      {},
      h('a', {href: `${file.url}?download`}, `Save ${file.name} (${size(file.size)})`),
      subtitles && [', ', h('a', {href: `${subtitles.url}?download`}, 'subtitles')],
    ),
  );
}

export function history(list, scenes) {
  const numbers = new Map(scenes.map((one) => [one.$id, one.scene_number]));
  const about = (one) => (one.scene_id ? `Scene ${numbers.get(one.scene_id) ?? one.scene_id}: ` : '');
  return h(
    'ol',
    {class: 'history'},
    list.map((one) =>
      h(
        'li',
        {},
        time(one.at),
        h(
          'span',
          {},
          about(one),
          state(one.to),
          one.from && ` from ${one.from.replaceAll('_', ' ')}`,
          one.worker && `, by ${one.worker}`,
          one.attempt && `, attempt ${one.attempt}`,
          one.message && `: ${one.message}`,
          one.is_inferred && ' (not recorded, inferred)',
        ),
      ),
    ),
  );
}

export const artifactTable = (caption, artifacts) =>
  table(
    caption,
    [
      {title: 'Kind', cell: (one) => one.kind},
      {
        title: 'Path',
        cell: (one) => (one.url ? h('a', {href: one.url, target: '_blank', rel: 'noopener'}, one.path) : one.path),
      },
      {title: 'Size', kind: 'number wide', cell: (one) => size(one.size)},
    ],
    artifacts,
  );

const sceneTable = (scenes) =>
  table(
    'Scenes by number',
    [
      {
        title: 'Scene',
        cell: (one) => h('a', {href: `#/scenes/${encodeURIComponent(one.$id)}`}, String(one.scene_number)),
      },
      {title: 'State', kind: 'state', cell: (one) => state(one.status)},
      {title: 'Duration', kind: 'number wide', cell: (one) => duration(one.duration)},
      {title: 'Error', cell: (one) => (one.error_message ?? '').trim().split('\n').at(-1)},
    ],
    scenes,
  );

const queueText = (entry) =>
  [
    entry.state,
    entry.attempts > 0 && `attempt ${entry.attempts}`,
    entry.worker && `worker ${entry.worker}`,
    entry.reason,
  ]
    .filter(Boolean)
    .join(', ');

export function retryButton(id, isReadOnly) {
  const result = h('span', {role: 'status'});
  const retry = async (event) => {
    event.target.disabled = true;
    try {
      await post(`queue/videos/${encodeURIComponent(id)}/retry`);
      result.textContent = 'Queued.';
    } catch (error) {
      result.textContent = error.message;
    }
    event.target.disabled = false;
  };
  return h(
    'div',
    {class: 'actions'},
    h('button', {type: 'button', id: 'retry', disabled: isReadOnly, on: {click: retry}}, 'Queue again'),
    result,
  );
}

export function video({id, sections}) {
  const part = {videos: 1, scenes: 1, video_events: 1, video_queue: 1, final_videos: 1, subtitles: 1};
  return {
    title: (data) => data.video.topic,
    concerns: (container, ids) => (container === 'videos' ? ids.length === 0 || ids.includes(id) : container in part),
    load: () => get(`videos/${encodeURIComponent(id)}`),
    render({video: one, film: file, subtitles, scenes, history: moves, artifacts, queue}, store) {
      sections.put('title', one.topic, () => h('h1', {}, one.topic));
      sections.put('facts', [one, queue], () =>
        section(
          'State',
          facts([
            ['State', state(one.status)],
            ['Progress', `${number(one.progress)} %`],
            ['Description', one.description],
            ['Owner', one.owner_id],
            ['Session', one.session_id],
            ['Created', time(one.created_at)],
            ['Updated', time(one.updated_at)],
            ['Duration', duration(one.total_duration)],
            ['Queue', queue && queueText(queue)],
            ['Id', one.$id],
          ]),
          retryButton(id, store.is_read_only),
        ),
      );
      sections.put('film', [file, subtitles], () => file && section('Film', film(file, subtitles)));
      sections.put(
        'error',
        one.error_message,
        (text) => text && section('Error', log(text), similarFixes({video: id})),
      );
      sections.put('scenes', scenes, () => section('Scenes', sceneTable(scenes)));
      sections.put('history', [moves, scenes.length], () =>
        section(
          'History',
          moves.length > 0 ? history(moves, scenes) : h('p', {class: 'empty'}, 'No moves are recorded.'),
        ),
      );
      sections.put('artifacts', artifacts, () =>
        section('Files', artifactTable('Error logs, plans and other files', artifacts)),
      );
    },
  };
}
