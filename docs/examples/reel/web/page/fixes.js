import {get, query} from './client.js';
import {diff} from './diff.js';
import {h, log, number} from './dom.js';

/** A list of fixes of errors like that of a scene or video, loaded when it is opened. */
export function similarFixes(of) {
  const list = h('div', {}, h('p', {class: 'empty'}, 'Loading …'));
  let isLoaded = false;
  const load = async () => {
    if (isLoaded) return;
    isLoaded = true;
    try {
      const {fixes} = await get(`similar${query(of)}`);
      list.replaceChildren(
        ...(fixes.length > 0
          ? fixes.map(fixOf)
          : [h('p', {class: 'empty'}, 'The agent memory knows no error like this one.')]),
      );
    } catch (error) {
      isLoaded = false;
      list.replaceChildren(h('p', {class: 'message', role: 'alert'}, error.message));
    }
  };
  return h(
    'details',
    {id: 'similar', on: {toggle: load}},
    h('summary', {}, 'Similar fixes from the agent memory'),
    list,
  );
}

function fixOf(fix) {
  const counts = `worked ${number(fix.success_count)}×, failed ${number(fix.failure_count)}×, by ${fix.fix_method}`;
  return h(
    'div',
    {},
    h('h3', {}, `${fix.topic ?? 'A fix'}: ${counts}`),
    h('p', {}, fix.explanation),
    log(fix.error_message),
    diff(fix.original_code, fix.fixed_code),
  );
}
