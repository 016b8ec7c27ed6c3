// Chooses the page by the part of the address after #, and shows it again after changes of what it is made of.

import {follow, get} from './client.js';
import {Sections, h} from './dom.js';
import {overview} from './overview.js';
import {queue} from './queue.js';
import {scene} from './scene.js';
import {storage} from './storage.js';
import {video} from './video.js';
import {videos} from './videos.js';

/** Changes within this time, in milliseconds, are shown together. */
const pause = 250;

const pages = {'': overview, videos, videos_: video, scenes_: scene, queue, storage, storage_: storage};
const content = document.getElementById('content');
const live = document.getElementById('live');
let store = null;
let present = {};

/** `#/videos/ID?x=1` as {name: 'videos_', id: 'ID', parameters}. */
function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [name, id] = path.split('/');
  let decoded = '';
  try {
    decoded = decodeURIComponent(id ?? '');
  } catch {
    decoded = '';
  }
  return {name: decoded ? `${name}_` : name, id: decoded, parameters: new URLSearchParams(query)};
}

function open() {
  const {name, id, parameters} = route();
  const page = pages[name] ?? overview;
  content.replaceChildren();
  const root = h('div');
  content.append(root);
  present = {
    page: page({id, parameters, store, sections: new Sections(root)}),
    root,
    timer: null,
    isLoading: false,
    isStale: false,
  };
  for (const link of document.querySelectorAll('nav a')) {
    const isHere = link.getAttribute('href') === `#/${name.replace('scenes', 'videos').replace('_', '')}`;
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  show(present);
}

/** Loads the data of a page and shows it, unless another page was opened meanwhile. */
async function show(shown) {
  if (shown.isLoading) {
    shown.isStale = true;
    return;
  }
  shown.isLoading = true;
  shown.isStale = false;
  try {
    store ??= await get('store');
    const data = await shown.page.load(store);
    if (shown === present) {
      shown.page.render(data, store);
      document.title = `${shown.page.title(data)} – Reel`;
      complain('');
    }
  } catch (error) {
    if (shown === present) complain(error.message);
  }
  shown.isLoading = false;
  if (shown.isStale && shown === present) later(shown);
}

function later(shown) {
  if (shown.timer) return;
  shown.timer = setTimeout(() => {
    shown.timer = null;
    if (shown === present) show(shown);
  }, pause);
}

function complain(text) {
  content.querySelector(':scope > .message')?.remove();
  if (text) content.prepend(h('p', {class: 'message', role: 'alert'}, text));
}

function changed(container, ids) {
  if (container === null || present.page.concerns(container, ids)) later(present);
}

function state(isConnected, reason) {
  live.classList.toggle('off', !isConnected || reason !== '');
  if (!isConnected) live.textContent = 'Not connected, trying again';
  else live.textContent = reason ? 'The store does not respond' : 'Live';
  live.title = reason;
}

window.addEventListener('hashchange', () => {
  open();
  content.focus();
  window.scrollTo(0, 0);
});
open();
follow(changed, state);
get('store').then(
  (found) => {
    document.getElementById('about').textContent = `${found.url}, reel ${found.version}`;
  },
  () => {},
);
