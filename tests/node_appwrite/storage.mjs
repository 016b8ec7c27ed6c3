import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Query, Storage, Tokens } from 'node-appwrite';
import { InputFile } from 'node-appwrite/file';
import { check, refused } from './checks.mjs';

export const md5 = (bytes) => createHash('md5').update(Buffer.from(bytes)).digest('hex');

/** Bytes without a pattern that a chunk could hide. */
export function film(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0, state = 42; i < size; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export async function storage(server) {
  const files = new Storage(server.client());
  const bucket = { bucketId: 'films' };

  await check('a bucket is created', async () => {
    const made = await files.createBucket({ ...bucket, name: 'Films', maximumFileSize: 20_000_000, allowedFileExtensions: ['mp4', 'txt'] });
    assert.equal(made.maximumFileSize, 20_000_000);
  });
  await check('buckets are listed', async () => assert.equal((await files.listBuckets()).total, 1));
  await check('a bucket above the limit of the server is refused', () =>
    refused(files.createBucket({ bucketId: 'huge', name: 'x', maximumFileSize: server.storageLimit + 1 }), 400, 'general_argument_invalid'));
  await check('a small file is downloaded unchanged', async () => {
    const made = await files.createFile({ ...bucket, fileId: 'note', file: InputFile.fromPlainText('hello', 'note.txt') });
    assert.equal(made.signature, md5('hello'));
    assert.equal(Buffer.from(await files.getFileDownload({ ...bucket, fileId: 'note' })).toString(), 'hello');
  });
  await check('a film of 12 MiB is downloaded unchanged', async () => {
    const bytes = film(12 * 1024 * 1024);
    let progress = 0;
    const made = await files.createFile({
      ...bucket, fileId: 'film', file: InputFile.fromBuffer(bytes, 'film.mp4'), onProgress: (now) => { progress = now.progress; },
    });
    assert.equal(made.chunksTotal, 3);
    assert.equal(made.chunksUploaded, 3);
    assert.equal(made.signature, md5(bytes));
    assert.equal(progress, 100);
    assert.equal(md5(await files.getFileDownload({ ...bucket, fileId: 'film' })), md5(bytes));
  });
  await check('files are listed', async () => {
    const page = await files.listFiles({ ...bucket, queries: [Query.greaterThan('sizeOriginal', 1000)] });
    assert.deepEqual(page.files.map((file) => file.$id), ['film']);
  });
  await check('a file is renamed', async () => {
    assert.equal((await files.updateFile({ ...bucket, fileId: 'note', name: 'letter.txt' })).name, 'letter.txt');
    assert.equal((await files.getFile({ ...bucket, fileId: 'note' })).name, 'letter.txt');
  });
  await check('an extension that is not allowed is refused', () =>
    refused(files.createFile({ ...bucket, fileId: 'x', file: InputFile.fromPlainText('x', 'x.exe') }), 400, 'storage_file_type_unsupported'));
  await check('a second file with the same id is refused', () =>
    refused(files.createFile({ ...bucket, fileId: 'note', file: InputFile.fromPlainText('x', 'x.txt') }), 409, 'storage_file_already_exists'));
  await check('a file is deleted', async () => {
    await files.deleteFile({ ...bucket, fileId: 'note' });
    await refused(files.getFile({ ...bucket, fileId: 'note' }), 404, 'storage_file_not_found');
  });
  await check('a token gives access to a file until it is deleted', async () => {
    const tokens = new Tokens(server.client());
    const { $id: tokenId, secret } = await tokens.createFileToken({ ...bucket, fileId: 'film' });
    const { endpoint, project } = server.client().config;
    const visit = async () => (await fetch(`${endpoint}/storage/buckets/films/files/film/view?project=${project}&token=${secret}`)).status;
    assert.equal(await visit(), 200);
    assert.equal((await tokens.list({ ...bucket, fileId: 'film' })).total, 1);
    assert.equal((await tokens.update({ tokenId, expire: '2999-01-01T00:00:00.000+00:00' })).expire, '2999-01-01T00:00:00.000+00:00');
    await tokens.delete({ tokenId });
    await refused(tokens.get({ tokenId }), 404, 'token_not_found');
    assert.equal(await visit(), 401);
  });
  await check('a bucket is deleted', async () => {
    await files.deleteBucket(bucket);
    await refused(files.getBucket(bucket), 404, 'storage_bucket_not_found');
  });
}
