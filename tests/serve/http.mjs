// node http.mjs REEL: what `reel serve` answers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { dial, request } from './exchange.mjs';
import { newStore } from './store.mjs';

const program = process.argv[2];
const json = (response) => JSON.parse(response.body.toString());
const sameOrigin = { 'x-reel-same-origin': '1' };

test('files are sent whole, in ranges and unless they are known', async (t) => {
  const { tool, put, remove } = newStore(program);
  t.after(remove);
  const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));
  put('final_videos', 'film', 'a film "1".mp4', bytes);
  await tool.serve();
  const get = (headers, method) => request(tool.port, '/files/final_videos/film', { headers, method });
  const tag = `"${createHash('md5').update(bytes).digest('hex')}"`;

  const whole = await get({});
  assert.equal(whole.status, 200);
  assert.deepEqual(whole.body, bytes);
  assert.equal(whole.headers.etag, tag);
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(whole.headers['content-disposition'], "inline; filename*=UTF-8''a%20film%20%221%22.mp4");
  const head = await get({}, 'HEAD');
  assert.equal(head.headers['content-length'], '700000');
  assert.equal(head.body.length, 0);
  for (const [range, from, to] of [
    ['0-0', 0, 1],
    ['5-', 5, 700_000],
    ['-7', 699_993, 700_000],
    ['10-99999999', 10, 700_000],
    ['250000-550000', 250_000, 550_001],
    ['-99999999', 0, 700_000],
  ]) {
    const part = await get({ range: `bytes=${range}` });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/700000`);
    assert.deepEqual(part.body, bytes.subarray(from, to));
  }
  for (const range of ['700000-', '9999999999999999999999-', '-0']) {
    const outside = await get({ range: `bytes=${range}` });
    assert.equal(outside.status, 416, range);
    assert.equal(outside.headers['content-range'], 'bytes */700000');
  }
  for (const range of ['bytes=2-1', 'bytes=a-b', 'bytes=-', 'bytes=0-1,4-5', 'items=0-1', 'bytes=--1', 'bytes=0x1-2'])
    assert.equal((await get({ range })).status, 200, range);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': tag })).status, 206);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': whole.headers['last-modified'] })).status, 206);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status, 200);
  assert.equal((await get({ 'if-none-match': tag })).status, 304);
  assert.equal((await get({ 'if-none-match': '"other"' })).status, 200);
});

test('a browser takes no file for a page', async (t) => {
  const { tool, put, remove } = newStore(program);
  t.after(remove);
  const page = '<html><script>alert(1)</script></html>';
  for (const name of ['a.html', 'a.svg', 'a.xhtml', 'a.pdf', 'a.bin', 'a.txt', 'a.py', 'a.js', 'a.png', 'a.vtt'])
    put('artifacts', name, name, page);
  await tool.serve();
  for (const { $id: id } of json(await request(tool.port, '/api/v1/files/artifacts')).files) {
    const { headers } = await request(tool.port, `/files/artifacts/${id}`);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['content-security-policy'], /default-src 'none'.*sandbox/);
    const isShown = headers['content-disposition'].startsWith('inline');
    assert.ok(!isShown || ['text/plain; charset=utf-8', 'image/png'].includes(headers['content-type']), id);
    if (!isShown) assert.equal(headers['content-type'], 'application/octet-stream');
  }
});

test('subtitles are sent as WebVTT', async (t) => {
  const { tool, put, remove } = newStore(program);
  t.after(remove);
  put(
    'subtitles',
    'subs',
    'film.srt',
    '\ufeff1\r\n00:00:01,5 --> 00:00:02,000 X1:1\r\nA <i>film</i> <c.x>&\r\n\r\n2\r\n9:00:01.25 --> 10:00:00,000\r\nTwo\r\nlines --> here\r\n\r\nx --> y\r\nlost\r\n',
  );
  await tool.serve();
  const response = await request(tool.port, '/files/subtitles/subs?vtt');
  assert.equal(response.headers['content-type'], 'text/vtt; charset=utf-8');
  assert.equal(
    response.body.toString(),
    'WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nA <i>film</i> &lt;c.x&gt;&amp;\n' +
      '\n09:00:01.250 --> 10:00:00.000\nTwo\nlines --&gt; here\n',
  );
});

test('other sites cannot use the server', async (t) => {
  const { tool, remove } = newStore(program);
  t.after(remove);
  await tool.serve();
  for (const host of ['localhost', `127.0.0.1:${tool.port}`, '[::1]:9000', 'LOCALHOST:1', '127.8.8.8'])
    assert.equal((await request(tool.port, '/healthz', { headers: { host } })).status, 200, host);
  for (const host of ['evil.test', '127.0.0.1.evil.test', '', 'localhost.evil.test:80', '10.0.0.1', '[::1'])
    assert.ok([421, 400].includes((await request(tool.port, '/', { headers: { host } })).status), host);
  const pause = (headers, method = 'POST') => request(tool.port, '/api/v1/queue/pause', { method, headers });
  const here = `http://127.0.0.1:${tool.port}`;
  for (const headers of [
    {},
    { ...sameOrigin, origin: 'http://evil.test' },
    { ...sameOrigin, origin: 'null' },
    { ...sameOrigin, 'sec-fetch-site': 'cross-site' },
    { ...sameOrigin, 'sec-fetch-site': 'same-site' },
    { origin: here, 'sec-fetch-site': 'same-origin' },
  ])
    assert.equal((await pause(headers)).status, 403, JSON.stringify(headers));
  assert.equal((await pause(sameOrigin, 'GET')).status, 404);
  assert.equal((await pause(sameOrigin, 'PUT')).status, 405);
  assert.equal((await pause(sameOrigin, 'OPTIONS')).status, 405);
  assert.equal(json(await request(tool.port, '/api/v1/queue')).is_paused, false);
  assert.equal((await pause({ ...sameOrigin, origin: here, 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal(json(await request(tool.port, '/api/v1/queue')).is_paused, true);
});

test('a token is required once there is one', async (t) => {
  const { tool, remove } = newStore(program);
  t.after(remove);
  const token = 'a token; of 24 "letters"';
  await tool.serve(0, '--token', token);
  const get = (target, headers) => request(tool.port, target, { headers });
  for (const target of ['/metrics', '/api/v1/videos', '/api/v1/events', '/files/final_videos/x'])
    assert.equal((await get(target)).status, 401, target);
  assert.equal((await get('/healthz')).status, 200);
  assert.match((await get('/')).body.toString(), /name="token"/);
  for (const wrong of ['', 'a', `${token}x`, token.slice(1), token.toUpperCase()]) {
    assert.equal((await get('/api/v1/videos', { authorization: `Bearer ${wrong}` })).status, 401);
    assert.equal((await get('/api/v1/videos', { cookie: `reel_${tool.port}=${wrong}` })).status, 401);
  }
  assert.equal((await get('/api/v1/videos', { authorization: `Bearer ${token}` })).status, 200);
  const welcome = await get(`/?token=${encodeURIComponent(token)}`);
  assert.equal(welcome.status, 303);
  assert.equal(welcome.headers.location, '/');
  assert.match(welcome.headers['set-cookie'], /; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = welcome.headers['set-cookie'].split(';')[0];
  assert.equal((await get('/api/v1/videos', { cookie: `a=b; ${cookie}; c=d` })).status, 200);
  assert.equal((await get('/?token=wrong')).status, 401);
  const login = (given, headers = {}) =>
    request(tool.port, '/login', { method: 'POST', headers, body: `token=${encodeURIComponent(given)}` });
  assert.equal((await login('wrong')).status, 401);
  assert.equal((await login(token)).headers['set-cookie'].split(';')[0], cookie);
  assert.equal((await login(token, { origin: 'http://evil.test' })).status, 403);
  const everywhere = newStore(program);
  t.after(everywhere.remove);
  await assert.rejects(everywhere.tool.serve(0, '--bind', '0.0.0.0'), /--token is required/);
});

test('the API lists, filters and pages videos', async (t) => {
  const { tool, remove } = newStore(program);
  t.after(remove);
  for (let i = 0; i < 5; ++i) tool.run('queue', 'add', '--topic', `Topic ${i % 2 ? 'odd' : 'even'}`);
  await tool.serve();
  const get = async (target) => json(await request(tool.port, `/api/v1/${target}`));
  const seen = [];
  for (let after = '', page; page?.next !== null; after = `&after=${page.next}`) {
    page = await get(`videos?limit=2${after}`);
    assert.equal(page.total, 5);
    seen.push(...page.videos.map((one) => one.$id));
  }
  assert.equal(new Set(seen).size, 5);
  assert.equal((await get('videos?search=odd')).total, 2);
  assert.equal((await get('videos?status=queued_for_render')).total, 5);
  assert.equal((await get('videos?status=failed')).total, 0);
  assert.equal((await get('videos?before=2020-01-01T00:00:00Z')).total, 0);
  const one = await get(`videos/${seen[0]}`);
  assert.equal(one.history[0].to, 'queued_for_render');
  assert.equal(one.film, null);
  for (const target of [
    'videos?limit=0',
    'videos?limit=101',
    'videos?status=x',
    'videos?since=now',
    'videos?after=x',
    'videos?after=1.2.%2e%2e%2fx',
    'videos/a%20b',
    'files/artifacts?after=1.',
  ])
    assert.equal((await request(tool.port, `/api/v1/${target}`)).status, 400, target);
  for (const target of ['', 'x', 'videos/none', 'scenes/none', 'files/none', 'queue/pause', 'videos/a/b'])
    assert.equal((await request(tool.port, `/api/v1/${target}`)).status, 404, target);
  assert.equal((await get('statistics')).videos.total, 5);
  assert.match((await request(tool.port, '/metrics')).body.toString(), /# EOF\n$/);
});

test('a store that is open for reading alone is shown', async (t) => {
  const { tool, remove } = newStore(program);
  t.after(remove);
  const id = tool.run('queue', 'add', '--topic', 'Limits').trim();
  tool.store += '?readonly';
  await tool.serve();
  assert.equal(json(await request(tool.port, '/api/v1/store')).is_read_only, true);
  for (const target of ['videos', `videos/${id}`, 'queue', 'statistics', 'files/artifacts', `similar?video=${id}`])
    assert.equal((await request(tool.port, `/api/v1/${target}`)).status, 200, target);
  assert.equal((await request(tool.port, '/api/v1/queue/pause', { method: 'POST', headers: sameOrigin })).status, 403);
});

test('events continue after the last one that a client has seen', async (t) => {
  const { tool, remove } = newStore(program);
  t.after(remove);
  await tool.serve();
  const listen = (last) => {
    const { socket } = dial(tool.port);
    let text = '';
    socket.on('data', (piece) => {
      text += piece;
    });
    socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n${last ? `last-event-id: ${last}\r\n` : ''}\r\n`);
    t.after(() => socket.destroy());
    return async (pattern) => {
      for (let i = 0; i < 500 && !pattern.test(text); ++i)
        await new Promise((resolve) => {
          setTimeout(resolve, 10);
        });
      assert.match(text, pattern);
      return text;
    };
  };
  const first = listen();
  await first(/event: state\ndata: {"is_online":true/);
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  }); // the first events are those of the beginning
  const id = tool.run('queue', 'add', '--topic', 'One').trim();
  const text = await first(new RegExp(`event: change\ndata: {"container":"videos","count":\\d+,"ids":\\["${id}"\\]}`));
  const last = text.match(/id: (\S+)/)[1];
  const other = tool.run('queue', 'add', '--topic', 'Two').trim();
  await first(new RegExp(other));
  await listen(last)(new RegExp(`"container":"videos",[^\n]*"${other}"`));
  await listen('another-1')(/event: reset/);
});

test('a server that cannot start says why', async (t) => {
  const { tool, folder, remove } = newStore(program);
  t.after(remove);
  await tool.serve();
  const port = tool.port;
  const other = newStore(program);
  t.after(other.remove);
  await assert.rejects(other.tool.serve(port), /another program uses the port; choose another one with --port/);
  await assert.rejects(other.tool.serve(0, '--bind', 'here'), /'here' is not an IP address/);
  await assert.rejects(other.tool.serve(0, '--token', 'short'), /fewer than 16 characters/);
  other.tool.store = `file:${folder}/none`;
  await assert.rejects(other.tool.serve(), /reel setup/);
});
