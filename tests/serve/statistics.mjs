// node statistics.mjs REEL EMULATOR: the figures of `reel serve` before a server of Appwrite, whose requests are seen.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulator } from './emulator.mjs';
import { request } from './exchange.mjs';

const [program, emulator] = process.argv.slice(2);

/** The lists that statistics alone ask for, by their attributes; a watch reads other ones. */
const lists = { pipeline: '"attempt"', fixes: '"fix_method"' };

test('a change of one kind reads only its part again', async (t) => {
  let heard = '';
  const { direct, relayed: tool, folder } = await startEmulator(t, program, emulator, (bytes) => {
    heard += bytes.toString('latin1');
  });
  direct.run('queue', 'add', '--topic', 'Before');
  await tool.serve();
  t.after(() => tool.stop());
  const count = (part) => {
    const lines = heard.split('\r\n').filter((line) => line.startsWith('GET ') && line.includes('/documents?'));
    return lines.filter((line) => decodeURIComponent(line).includes(lists[part])).length;
  };
  const statistics = async () => JSON.parse((await request(tool.port, '/api/v1/statistics')).body);
  /** Waits until the figures are those of a new computation. */
  const follow = async (isDone) => {
    const deadline = Date.now() + 60_000; // polls are seconds apart, and more on a busy machine
    while (!isDone(await statistics()) && Date.now() < deadline)
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    const shown = await statistics();
    const fresh = JSON.parse(direct.run('stats', '--json'));
    for (const one of [shown, fresh]) {
      // These depend on the time of the call.
      for (const name of ['at', 'since', 'hours', 'days']) delete one[name];
      delete one.summary.longest_wait_seconds;
    }
    assert.deepEqual(shown, fresh);
  };
  await follow(({ videos }) => videos.total === 1);
  await new Promise((resolve) => {
    setTimeout(resolve, 1500); // the watches have begun
  });
  await statistics();
  const begin = Date.now();
  const [pipeline, fixes] = ['pipeline', 'fixes'].map(count);
  const checkOthers = () => {
    assert.equal(count('fixes'), fixes);
    // Rates are read again after 10 seconds.
    assert.ok(count('pipeline') === pipeline || Date.now() - begin > 9_000);
  };
  writeFileSync(join(folder, 'film.mp4'), 'film');
  direct.run('blobs', 'final_videos', 'put', join(folder, 'film.mp4'), '--id', 'film');
  await follow(({ buckets }) => buckets[0].files === 1);
  checkOthers();
  direct.run('queue', 'pause');
  await follow(({ queues }) => queues[0].is_paused);
  checkOthers();
  direct.run('queue', 'add', '--topic', 'After');
  await follow(({ videos, queues }) => videos.total === 2 && queues[0].waiting === 2);
  assert.ok(count('pipeline') > pipeline);
  assert.equal(count('fixes'), fixes);
});

test('the videos of a server are counted only for a program that asks', async (t) => {
  const { direct: tool } = await startEmulator(t, program, emulator);
  tool.run('queue', 'add', '--topic', 'One');
  await tool.serve();
  t.after(() => tool.stop());
  const total = async (query) => JSON.parse((await request(tool.port, `/api/v1/videos${query}`)).body).total;
  assert.equal(await total(''), null);
  assert.equal(await total('?total=1'), 1);
});
