// node exchange.mjs SERVER REEL: the reel tool downloads what the official SDK uploads, and vice versa.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Storage } from 'node-appwrite';
import { InputFile } from 'node-appwrite/file';
import { check, report } from './checks.mjs';
import { startServer } from './server.mjs';
import { film, md5 } from './storage.mjs';

const [, , program, tool] = process.argv;
const server = await startServer(program, 600_000_000);
const folder = mkdtempSync(join(tmpdir(), 'reel_exchange_'));
const env = { ...process.env, ...server.environment, XDG_STATE_HOME: folder };
const reel = (...words) => promisify(execFile)(tool, words, { env, cwd: folder });
const files = new Storage(server.client());
const bucketId = 'final_videos';

await check('the tool sets up the buckets', () => reel('setup', 'appwrite:'));
for (const size of [0, 1, 5 * 1024 * 1024, 12 * 1024 * 1024]) {
  const bytes = film(size);
  if (size > 0) {  // the SDK refuses an empty file
    await check(`the SDK puts ${size} bytes, the tool gets them`, async () => {
      await files.createFile({ bucketId, fileId: `sdk${size}`, file: InputFile.fromBuffer(bytes, 'film.mp4') });
      await reel('blobs', 'appwrite:', bucketId, 'get', `sdk${size}`, join(folder, `got${size}.mp4`));
      assert.equal(md5(readFileSync(join(folder, `got${size}.mp4`))), md5(bytes));
    });
  }
  await check(`the tool puts ${size} bytes, the SDK gets them`, async () => {
    writeFileSync(join(folder, 'source.mp4'), bytes);
    await reel('blobs', 'appwrite:', bucketId, 'put', 'source.mp4', '--id', `reel${size}`);
    const found = await files.getFile({ bucketId, fileId: `reel${size}` });
    assert.equal(found.signature, md5(bytes));
    assert.equal(found.sizeOriginal, size);
    assert.equal(md5(await files.getFileDownload({ bucketId, fileId: `reel${size}` })), md5(bytes));
  });
}

rmSync(folder, { recursive: true });
const how = await server.stop();
process.exitCode = report() && how === 0 ? 0 : 1;
