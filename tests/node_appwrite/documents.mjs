import assert from 'node:assert/strict';
import { Databases, ID, Query } from 'node-appwrite';
import { check, refused } from './checks.mjs';

const films = { databaseId: 'main', collectionId: 'films' };

async function single(databases) {
  await check('a document is created', async () => {
    const made = await databases.createDocument({ ...films, documentId: 'blue', data: { title: 'Blue', plays: 3, tags: ['a', 'b'] } });
    assert.equal(made.$id, 'blue');
    assert.equal(made.mood, 'calm');
    assert.equal(made.score, null);
    assert.deepEqual(made.tags, ['a', 'b']);
  });
  await check('a document is created with an id from the SDK', async () => {
    const made = await databases.createDocument({ ...films, documentId: ID.unique(), data: { title: 'Rouge', plays: 7, score: 1.5 } });
    assert.match(made.$id, /^[0-9a-f]{20}$/);
  });
  await check('a second document with the same id is refused', () =>
    refused(databases.createDocument({ ...films, documentId: 'BLUE', data: { title: 'x' } }), 409, 'document_already_exists'));
  await check('a unique title ignores accents', () =>
    refused(databases.createDocument({ ...films, documentId: 'copy', data: { title: 'BLÜE ' } }), 409, 'document_already_exists'));
  await check('a document is read', async () => assert.equal((await databases.getDocument({ ...films, documentId: 'blue' })).title, 'Blue'));
  await check('a document is updated', async () => {
    const changed = await databases.updateDocument({ ...films, documentId: 'blue', data: { live: true } });
    assert.equal(changed.live, true);
    assert.equal(changed.title, 'Blue');
  });
  await check('a document is created by upsert', async () => {
    const made = await databases.upsertDocument({ ...films, documentId: 'green', data: { title: 'Green', plays: 9 } });
    assert.equal(made.plays, 9);
  });
  await check('a document is updated by upsert', async () => {
    const changed = await databases.upsertDocument({ ...films, documentId: 'green', data: { title: 'Green II' } });
    assert.equal(changed.title, 'Green II');
    assert.equal(changed.plays, 9);
  });
  await check('a number is incremented', async () => {
    await databases.incrementDocumentAttribute({ ...films, documentId: 'blue', attribute: 'plays', value: 2 });
    assert.equal((await databases.getDocument({ ...films, documentId: 'blue' })).plays, 5);
  });
  await check('a number is decremented down to its minimum', async () => {
    await databases.decrementDocumentAttribute({ ...films, documentId: 'blue', attribute: 'plays', value: 1, min: 0 });
    await refused(databases.decrementDocumentAttribute({ ...films, documentId: 'blue', attribute: 'plays', value: 100, min: 0 }), 400, 'attribute_limit_exceeded');
  });
  await check('a document without a required attribute is refused', () =>
    refused(databases.createDocument({ ...films, documentId: 'x', data: { plays: 1 } }), 400, 'document_invalid_structure'));
  await check('an unknown attribute is refused', () =>
    refused(databases.createDocument({ ...films, documentId: 'x', data: { title: 'x', nope: 1 } }), 400, 'document_invalid_structure'));
  await check('a number out of range is refused', () =>
    refused(databases.createDocument({ ...films, documentId: 'x', data: { title: 'x', plays: 1001 } }), 400, 'document_invalid_structure'));
  await check('an unknown enum element is refused', () =>
    refused(databases.updateDocument({ ...films, documentId: 'blue', data: { mood: 'sad' } }), 400, 'document_invalid_structure'));
  await check('a missing document is not found', () =>
    refused(databases.getDocument({ ...films, documentId: 'none' }), 404, 'document_not_found'));
}

async function queries(databases) {
  const titles = async (...list) => (await databases.listDocuments({ ...films, queries: list })).documents.map((one) => one.title);
  await check('equality folds case and accents', async () => assert.deepEqual(await titles(Query.equal('title', ['blüe'])), ['Blue']));
  await check('documents are compared and sorted', async () =>
    assert.deepEqual(await titles(Query.greaterThan('plays', 4), Query.orderDesc('plays')), ['Green II', 'Rouge']));
  await check('or finds documents that match either condition', async () => {
    const either = Query.or([Query.startsWith('title', 'Rou'), Query.between('plays', 9, 10)]);
    assert.deepEqual(await titles(either), ['Rouge', 'Green II']);
  });
  await check('search finds words by prefix', async () => assert.deepEqual(await titles(Query.search('title', 'gree')), ['Green II']));
  await check('isNull finds documents without a value', async () => assert.deepEqual(await titles(Query.isNull('score')), ['Blue', 'Green II']));
  await check('contains finds an element of a list', async () => assert.deepEqual(await titles(Query.contains('tags', ['b'])), ['Blue']));
  await check('a cursor continues after its document', async () => {
    const first = await databases.listDocuments({ ...films, queries: [Query.limit(2)] });
    assert.equal(first.total, 3);
    const rest = await databases.listDocuments({ ...films, queries: [Query.limit(2), Query.cursorAfter(first.documents[1].$id)] });
    assert.deepEqual(rest.documents.map((one) => one.$id), ['green']);
  });
  await check('select returns only the selected attributes', async () => {
    const page = await databases.listDocuments({ ...films, queries: [Query.select(['title']), Query.limit(1)] });
    assert.equal(page.documents[0].plays, undefined);
  });
  await check('a query on a missing attribute is refused', () =>
    refused(databases.listDocuments({ ...films, queries: [Query.equal('nope', [1])] }), 400, 'general_query_invalid'));
  await check('a query with a value of another type is refused', () =>
    refused(databases.listDocuments({ ...films, queries: [Query.equal('plays', ['5'])] }), 400, 'general_query_invalid'));
}

async function bulk(databases) {
  await check('many documents are created in one request', async () => {
    const list = Array.from({ length: 10 }, (_, i) => ({ $id: `many${i}`, title: `Many ${i}`, plays: 100 + i }));
    assert.equal((await databases.createDocuments({ ...films, documents: list })).total, 10);
  });
  await check('a failed bulk request creates no document', async () => {
    const list = [{ $id: 'fresh', title: 'Fresh' }, { $id: 'many1', title: 'Again' }];
    await refused(databases.createDocuments({ ...films, documents: list }), 409, 'document_already_exists');
    await refused(databases.getDocument({ ...films, documentId: 'fresh' }), 404, 'document_not_found');
  });
  await check('many documents are updated in one request', async () => {
    const changed = await databases.updateDocuments({ ...films, data: { live: true }, queries: [Query.greaterThanEqual('plays', 105)] });
    assert.equal(changed.total, 5);
  });
  await check('many documents are upserted in one request', async () => {
    const list = [{ $id: 'many0', title: 'Many 0', plays: 1 }, { $id: 'many10', title: 'Many 10' }];
    assert.equal((await databases.upsertDocuments({ ...films, documents: list })).total, 2);
  });
  await check('many documents are deleted in one request', async () => {
    const gone = await databases.deleteDocuments({ ...films, queries: [Query.startsWith('title', 'Many')] });
    assert.equal(gone.total, 11);
    assert.equal((await databases.listDocuments(films)).total, 3);
  });
}

async function transactions(databases) {
  await check('a transaction is committed', async () => {
    const transaction = await databases.createTransaction({ ttl: 60 });
    const staged = await databases.createOperations({
      transactionId: transaction.$id,
      operations: [
        { action: 'create', ...films, documentId: 'staged', data: { title: 'Staged' } },
        { action: 'update', ...films, documentId: 'blue', data: { plays: 50 } },
      ],
    });
    assert.equal(staged.operations, 2);
    await refused(databases.getDocument({ ...films, documentId: 'staged' }), 404, 'document_not_found');
    assert.equal((await databases.updateTransaction({ transactionId: transaction.$id, commit: true })).status, 'committed');
    assert.equal((await databases.getDocument({ ...films, documentId: 'staged' })).title, 'Staged');
    assert.equal((await databases.getDocument({ ...films, documentId: 'blue' })).plays, 50);
  });
  await check('a transaction is rolled back', async () => {
    const transaction = await databases.createTransaction();
    await databases.deleteDocument({ ...films, documentId: 'staged', transactionId: transaction.$id });
    await databases.updateTransaction({ transactionId: transaction.$id, rollback: true });
    assert.equal((await databases.getDocument({ ...films, documentId: 'staged' })).title, 'Staged');
  });
  await check('a document is deleted', async () => {
    await databases.deleteDocument({ ...films, documentId: 'staged' });
    await refused(databases.getDocument({ ...films, documentId: 'staged' }), 404, 'document_not_found');
  });
}

export async function documents(server) {
  const databases = new Databases(server.client());
  await single(databases);
  await queries(databases);
  await bulk(databases);
  await transactions(databases);
}
