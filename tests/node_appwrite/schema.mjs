import assert from 'node:assert/strict';
import { Databases, Query } from 'node-appwrite';
import { available, check, refused } from './checks.mjs';

export async function schema(server) {
  const databases = new Databases(server.client());
  const main = { databaseId: 'main' };
  const films = { databaseId: 'main', collectionId: 'films' };

  await check('a database is created', async () => {
    const made = await databases.create({ ...main, name: 'Main' });
    assert.equal(made.$id, 'main');
    assert.equal(made.enabled, true);
  });
  await check('a second database with the same id is refused', () => refused(databases.create({ ...main, name: 'x' }), 409, 'database_already_exists'));
  await check('a database is read', async () => assert.equal((await databases.get(main)).name, 'Main'));
  await check('a database is renamed', async () => {
    assert.equal((await databases.update({ ...main, name: 'Films' })).name, 'Films');
  });
  await check('databases are listed', async () => {
    const page = await databases.list({ queries: [Query.equal('name', ['Films'])] });
    assert.deepEqual(page.databases.map((one) => one.$id), ['main']);
  });
  await check('a missing database is not found', () => refused(databases.get({ databaseId: 'none' }), 404, 'database_not_found'));

  await check('a collection is created', async () => {
    const made = await databases.createCollection({ ...films, name: 'Films', permissions: ['read("any")'], documentSecurity: true });
    assert.deepEqual(made.$permissions, ['read("any")']);
    assert.equal(made.documentSecurity, true);
  });
  await check('a collection is updated', async () => {
    const changed = await databases.updateCollection({ ...films, name: 'All films', documentSecurity: true });
    assert.equal(changed.name, 'All films');
    assert.deepEqual(changed.$permissions, ['read("any")']);
  });
  await check('collections are listed', async () => assert.equal((await databases.listCollections(main)).total, 1));
  await check('an invalid permission is refused', () =>
    refused(databases.createCollection({ ...main, collectionId: 'bad', name: 'x', permissions: ['fly("any")'] }), 400, 'general_argument_invalid'));

  const attributes = [
    ['title', () => databases.createStringAttribute({ ...films, key: 'title', size: 128, required: true })],
    ['plays', () => databases.createIntegerAttribute({ ...films, key: 'plays', required: false, min: 0, max: 1000, xdefault: 0 })],
    ['score', () => databases.createFloatAttribute({ ...films, key: 'score', required: false })],
    ['live', () => databases.createBooleanAttribute({ ...films, key: 'live', required: false, xdefault: false })],
    ['shot_at', () => databases.createDatetimeAttribute({ ...films, key: 'shot_at', required: false })],
    ['mood', () => databases.createEnumAttribute({ ...films, key: 'mood', elements: ['calm', 'bright'], required: false, xdefault: 'calm' })],
    ['contact', () => databases.createEmailAttribute({ ...films, key: 'contact', required: false })],
    ['page', () => databases.createUrlAttribute({ ...films, key: 'page', required: false })],
    ['address', () => databases.createIpAttribute({ ...films, key: 'address', required: false })],
    ['tags', () => databases.createStringAttribute({ ...films, key: 'tags', size: 32, required: false, array: true })],
  ];
  for (const [key, create] of attributes) {
    await check(`attribute ${key} becomes available`, async () => {
      assert.equal((await create()).status, 'processing');
      await available(() => databases.getAttribute({ ...films, key }));
    });
  }
  await check('attributes are listed', async () => assert.equal((await databases.listAttributes(films)).total, attributes.length));
  await check('a second attribute with the same key is refused', () =>
    refused(databases.createStringAttribute({ ...films, key: 'TITLE', size: 5, required: false }), 409, 'attribute_already_exists'));
  await check('a default for a required attribute is refused', () =>
    refused(databases.createIntegerAttribute({ ...films, key: 'n', required: true, xdefault: 1 }), 400, 'attribute_default_unsupported'));
  await check('an element is added to an enum', async () => {
    const changed = await databases.updateEnumAttribute({ ...films, key: 'mood', elements: ['calm', 'bright', 'dark'], required: false, xdefault: 'calm' });
    assert.deepEqual(changed.elements, ['calm', 'bright', 'dark']);
  });

  await check('an index becomes available', async () => {
    await databases.createIndex({ ...films, key: 'by_plays', type: 'key', attributes: ['plays'], orders: ['DESC'] });
    await available(() => databases.getIndex({ ...films, key: 'by_plays' }));
  });
  await check('a unique index becomes available', async () => {
    await databases.createIndex({ ...films, key: 'by_title', type: 'unique', attributes: ['title'] });
    await available(() => databases.getIndex({ ...films, key: 'by_title' }));
  });
  await check('a full text index becomes available', async () => {
    await databases.createIndex({ ...films, key: 'search_title', type: 'fulltext', attributes: ['title'] });
    await available(() => databases.getIndex({ ...films, key: 'search_title' }));
  });
  await check('indexes are listed', async () => assert.equal((await databases.listIndexes(films)).total, 3));
  await check('an index on a missing attribute is refused', () =>
    refused(databases.createIndex({ ...films, key: 'bad', type: 'key', attributes: ['nope'] }), 400, 'attribute_unknown'));
}
