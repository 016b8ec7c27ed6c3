// Requests to the server, and the events that it sends.

const header = {'X-Reel-Same-Origin': '1'};

async function json(response) {
  if (response.status === 401) location.reload(); // shows the form for the token
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw new Error(body?.error?.message ?? `the server responded with ${response.status}`);
}

export const get = async (path) => json(await fetch(`/api/v1/${path}`));
export const post = async (path) => json(await fetch(`/api/v1/${path}`, {method: 'POST', headers: header}));
export async function text(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server responded with ${response.status}`);
  return response.text();
}

/** The query string of what is set. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}

/**
 * Follows the events of the server. Calls `changed(container, ids)` for changes of a collection or bucket, with null
 * for all of them after a gap, and `state(isConnected, reason)`. Connects again for as long as it takes.
 */
export function follow(changed, state) {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('open', () => changed(null, []));
  source.addEventListener('reset', () => changed(null, []));
  source.addEventListener('change', (event) => {
    const data = JSON.parse(event.data);
    changed(data.container, data.ids);
  });
  source.addEventListener('state', (event) => {
    const data = JSON.parse(event.data);
    state(true, data.is_online ? '' : data.reason);
  });
  source.addEventListener('error', () => {
    state(false, '');
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(changed, state), 2000);
  });
}
