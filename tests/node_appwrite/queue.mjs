// node queue.mjs SERVER REEL: a worker that polls `status` with the official SDK, beside a worker of the reel tool.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Databases, Query } from 'node-appwrite';
import { check, report } from './checks.mjs';
import { startServer } from './server.mjs';

const [, , program, tool] = process.argv;
const server = await startServer(program, 5_000_000_000);
const folder = mkdtempSync(join(tmpdir(), 'reel_queue_'));
const env = { ...process.env, ...server.environment };
const reel = async (...words) => (await promisify(execFile)(tool, words, { env, cwd: folder })).stdout;
const databases = new Databases(server.client());
const videos = { databaseId: 'video_metadata', collectionId: 'videos' };

/** The ids of the videos that the older worker would take. */
async function waiting() {
  const queries = [Query.equal('status', ['queued_for_render', 'ready_for_render']), Query.limit(100)];
  return (await databases.listDocuments({ ...videos, queries })).documents.map((video) => video.$id);
}

await reel('setup', 'appwrite:');
const id = (await reel('queue', 'appwrite:', 'add', '--topic', 'Bayes theorem')).trim();
await check('a waiting video is found by its status', async () => assert.deepEqual(await waiting(), [id]));
await check('a claimed video is rendering and is not found', async () => {
  const worker = spawn(tool, ['work', 'appwrite:', '--exec', 'touch claimed; sleep 600 & wait'], { env, cwd: folder });
  const ended = new Promise((resolve) => worker.on('exit', resolve));
  for (let tries = 0; tries < 1000 && !existsSync(join(folder, 'claimed')); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  const found = await waiting();
  const { status } = await databases.getDocument({ ...videos, documentId: id });
  worker.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.deepEqual(found, []);
  assert.equal(status, 'rendering');
});
await check('a released video is found again', async () => assert.deepEqual(await waiting(), [id]));
await check('a video that the older worker has taken is not claimed', async () => {
  await databases.updateDocument({ ...videos, documentId: id, data: { status: 'rendering' } });
  assert.equal(await reel('work', 'appwrite:', '--exec', 'true', '--until-empty'), '');
});
await check('a video that the older worker queues again is claimed and completed', async () => {
  await databases.updateDocument({ ...videos, documentId: id, data: { status: 'queued_for_render' } });
  assert.equal(await reel('work', 'appwrite:', '--exec', 'true', '--until-empty'), `${id} completed\n`);
  assert.equal((await databases.getDocument({ ...videos, documentId: id })).status, 'completed');
});

rmSync(folder, { recursive: true });
const how = await server.stop();
process.exitCode = report() && how === 0 ? 0 : 1;
