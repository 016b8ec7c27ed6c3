import {get, text} from './client.js';
import {diff} from './diff.js';
import {duration, facts, h, log, section, state, time} from './dom.js';
import {similarFixes} from './fixes.js';
import {artifactTable, film} from './video.js';

const longest = 1_000_000;

/** Two choices of a version, and the lines in which they differ. */
function versions(list, latest) {
  const all = list
    .filter((one) => one.url && one.size <= longest)
    .map((one) => ({name: `version ${one.version}`, load: () => text(one.url)}));
  const first = Math.max(0, all.length - 2);
  if (latest !== null) all.push({name: 'the present code', load: async () => latest});
  if (all.length < 2) return null;
  const result = h('div', {role: 'status'});
  const choice = (id, label, index) =>
    h(
      'div',
      {},
      h('label', {for: id}, label),
      h(
        'select',
        {id, on: {change: compare}},
        all.map((one, i) => h('option', {value: i, selected: i === index}, one.name)),
      ),
    );
  const from = choice('from', 'From', first),
    to = choice('to', 'To', first + 1);
  async function compare() {
    const chosen = [from, to].map((one) => all[Number(one.querySelector('select').value)]);
    try {
      const [a, b] = await Promise.all(chosen.map((one) => one.load()));
      result.replaceChildren(a === b ? h('p', {class: 'empty'}, 'They are equal.') : diff(a, b));
    } catch (error) {
      result.replaceChildren(h('p', {class: 'message', role: 'alert'}, error.message));
    }
  }
  compare();
  return [h('h3', {}, 'Compare versions'), h('form', {class: 'filter'}, from, to), result];
}

const plan = (id, title, content) => content && h('details', {id}, h('summary', {}, title), log(content));

export function scene({id, sections}) {
  return {
    title: (data) => `Scene ${data.scene.scene_number}`,
    concerns: (container, ids) => container === 'scenes' && (ids.length === 0 || ids.includes(id)),
    load: () => get(`scenes/${encodeURIComponent(id)}`),
    render({scene: one, film: file, versions: list}) {
      sections.put('title', one.scene_number, () =>
        h(
          'div',
          {},
          h('h1', {}, `Scene ${one.scene_number}`),
          h('p', {}, h('a', {href: `#/videos/${encodeURIComponent(one.video_id)}`}, 'The video')),
        ),
      );
      sections.put('facts', one, () =>
        section(
          'State',
          facts([
            ['State', state(one.status)],
            ['Duration', duration(one.duration)],
            ['Created', time(one.created_at)],
            ['Updated', time(one.updated_at)],
            ['Id', one.$id],
          ]),
        ),
      );
      sections.put('film', file, () => file && section('Film', film(file, null)));
      sections.put(
        'error',
        one.error_message,
        (message) => message && section('Error', log(message), similarFixes({scene: id})),
      );
      const plans = [one.scene_plan, one.storyboard, one.technical_plan];
      sections.put(
        'plans',
        plans,
        () =>
          plans.some(Boolean) &&
          section(
            'Plans',
            plan('plan', 'Plan', plans[0]),
            plan('storyboard', 'Storyboard', plans[1]),
            plan('technical', 'Technical plan', plans[2]),
          ),
      );
      sections.put('code', [one.generated_code, list], () =>
        section(
          'Code',
          one.generated_code
            ? h(
                'details',
                {id: 'present'},
                h('summary', {}, 'The present code'),
                h('pre', {tabindex: 0}, one.generated_code),
              )
            : h('p', {class: 'empty'}, 'The scene has no code.'),
          versions(list, one.generated_code),
        ),
      );
      sections.put(
        'versions',
        list,
        () => list.length > 0 && section('Files', artifactTable('Versions of the code', list)),
      );
    },
  };
}
