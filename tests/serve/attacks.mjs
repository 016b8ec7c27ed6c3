// node attacks.mjs REEL: requests of an attacker. The server stays, its memory is bounded, and the store unharmed. With
// REEL_ALL in the environment, five times as many malformed requests, 200 hostile strings and a slow reader.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dial, parse, raw, request } from './exchange.mjs';
import { hostile, someHostile } from './hostile.mjs';
import { newStore } from './store.mjs';

const program = process.argv[2];
const wait = (time) =>
  new Promise((resolve) => {
    setTimeout(resolve, time);
  });
/** Resident memory in bytes. */
const memoryOf = (tool) =>
  Number(readFileSync(`/proc/${tool.server.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) * 1024;
const MiB = 1024 * 1024;

async function served(t) {
  const store = newStore(program);
  store.put('final_videos', 'film', 'film.mp4', Buffer.alloc(8 * MiB, 'film'));
  await store.tool.serve();
  t.after(async () => {
    assert.equal(await store.tool.stop(), 0);
    store.tool.run('blobs', 'final_videos', 'scrub');
    store.tool.run('doctor');
    await store.remove();
  });
  return store;
}
const isWell = async (tool) => assert.equal((await request(tool.port, '/healthz')).status, 200);

test('no path leads out of the store', async (t) => {
  const { tool } = await served(t);
  const steps = [
    '..',
    '%2e%2e',
    '.%2e',
    '%2e%2e%2f',
    '..%2f..',
    '..%5c..',
    '%252e%252e',
    '%c0%ae%c0%ae',
    '....//',
    '%00',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'film%00.mp4',
    'FILM/../film',
    '.',
    'lock',
    '%2e',
  ];
  for (const step of steps) {
    for (const target of [
      `/${step}`,
      `/${step}/${step}/etc/passwd`,
      `/files/${step}/film`,
      `/files/final_videos/${step}`,
      `/api/v1/videos/${step}`,
      `/api/v1/files/${step}`,
      `/api/v1/scenes/${step}`,
      `/api/v1/similar?scene=${step}`,
    ]) {
      const { status, body } = await request(tool.port, target);
      assert.ok([400, 404].includes(status), `${target}: ${status}`);
      assert.doesNotMatch(body.toString(), /root:/);
    }
  }
});

test('malformed requests are refused', async (t) => {
  const { tool } = await served(t);
  let seed = 1;
  const random = (most) => {
    seed = (seed * 48271) % 2147483647;
    return seed % most;
  };
  const valid = `GET /api/v1/videos?limit=5 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nrange: bytes=0-1\r\n\r\n`;
  const special = [
    '\r',
    '\n',
    '\0',
    ' ',
    ':',
    '/',
    '%',
    '\xff',
    '\t',
    '?',
    'HTTP/9.9',
    'Transfer-Encoding: chunked\r\n',
    '\r\n\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Host: b\r\n',
    'x'.repeat(20_000),
  ];
  const mutated = () => {
    let text = valid;
    for (let i = random(4) + 1; i > 0; --i) {
      const at = random(text.length);
      text = text.slice(0, at) + special[random(special.length)] + text.slice(at + random(6));
    }
    return text;
  };
  await isWell(tool);
  const before = memoryOf(tool);
  const one = async () => {
    const { socket, closed } = dial(tool.port);
    socket.end(Buffer.from(mutated(), 'latin1'));
    assert.notEqual(parse(await closed).status, 500);
  };
  const count = process.env.REEL_ALL ? 10_000 : 2_000,
    lanes = 25;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let i = 0; i < count / lanes; ++i) await one();
    }),
  );
  await isWell(tool);
  const grown = memoryOf(tool) - before;
  assert.ok(grown < 32 * MiB, `${grown} bytes more`);
});

test('large headers and bodies are refused', async (t) => {
  const { tool } = await served(t);
  const start = 'HTTP/1.1\r\nhost: localhost\r\n';
  assert.equal((await raw(tool.port, `GET / ${start}x: ${'x'.repeat(17_000)}\r\n\r\n`)).status, 431);
  assert.equal((await raw(tool.port, `GET /${'x'.repeat(17_000)} ${start}\r\n\r\n`)).status, 431);
  assert.equal((await raw(tool.port, `POST /login ${start}content-length: 70000\r\n\r\n`)).status, 413);
  const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
  assert.equal(
    (await raw(tool.port, `POST /login ${start}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`)).status,
    413,
  );
  await isWell(tool);
});

test('500 connections are served, and further ones refused', async (t) => {
  const { tool } = await served(t);
  await isWell(tool);
  const before = memoryOf(tool);
  const open = [];
  for (let i = 0; i < 500; ++i) {
    const connection = dial(tool.port);
    await connection.connected;
    // A third asks for events, a third for a film that it does not read, and a third sends a part of a request.
    const target = ['/api/v1/events', '/files/final_videos/film', ''][i % 3];
    connection.socket.write(target ? `GET ${target} HTTP/1.1\r\nhost: localhost\r\n\r\n` : 'GET / HTTP/1.1\r\nho');
    if (i % 3 === 1) connection.socket.pause();
    open.push(connection);
  }
  await wait(500);
  assert.equal((await request(tool.port, '/healthz')).status, 503);
  const grown = memoryOf(tool) - before;
  console.log(`500 connections take ${(grown / MiB).toFixed(1)} MiB`);
  assert.ok(grown < 256 * MiB, `${grown} bytes more`);
  for (const { socket } of open) socket.destroy();
  for (let i = 0; i < 600 && (await request(tool.port, '/healthz')).status !== 200; ++i) await wait(50);
  await isWell(tool);
});

test('clients that send or read slowly are left', async (t) => {
  const { tool } = await served(t);
  const begin = Date.now();
  const slow = Array.from({ length: 20 }, async () => {
    const { socket, closed } = dial(tool.port);
    const drip = setInterval(() => socket.write('x'), 500);
    socket.write('GET / HTTP/1.1\r\nx: ');
    await closed;
    clearInterval(drip);
    return (Date.now() - begin) / 1000;
  });
  await isWell(tool);
  for (const time of await Promise.all(slow)) assert.ok(time > 9 && time < 15, `closed after ${time} s`);
  if (!process.env.REEL_ALL) return;
  const { socket, closed } = dial(tool.port);
  socket.write('GET /files/final_videos/film HTTP/1.1\r\nhost: localhost\r\n\r\n');
  socket.pause();
  await wait(75_000);
  socket.resume();
  assert.ok((await closed).length < 8 * MiB);
});

test('hostile strings stay strings', async (t) => {
  const { tool, put } = await served(t);
  for (const [i, text] of someHostile.entries()) {
    tool.run('queue', 'add', '--topic', text, '--description', text);
    put('artifacts', `hostile_${i}`, `${text.replaceAll('/', '\u2215')}.txt`, text);
  }
  const { videos } = JSON.parse((await request(tool.port, '/api/v1/videos?limit=100')).body);
  for (const one of videos) {
    const { headers, body } = await request(tool.port, `/api/v1/videos/${one.$id}`);
    assert.match(headers['content-type'], /^application\/json/);
    assert.ok(hostile.includes(JSON.parse(body).video.topic));
  }
  for (const [i, text] of someHostile.entries()) {
    const { status, headers, body } = await request(tool.port, `/files/artifacts/hostile_${i}`);
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^(text\/plain|application\/octet-stream)/);
    assert.match(headers['content-disposition'], /^(inline|attachment); filename\*=UTF-8''[\w.~%-]+$/);
    assert.equal(body.toString(), text);
  }
});
