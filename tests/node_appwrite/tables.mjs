import assert from 'node:assert/strict';
import { Query, TablesDB } from 'node-appwrite';
import { available, check, refused } from './checks.mjs';

export async function tables(server) {
  const db = new TablesDB(server.client());
  const notes = { databaseId: 'tables', tableId: 'notes' };

  await check('a table is created', async () => {
    await db.create({ databaseId: 'tables', name: 'Tables' });
    assert.equal((await db.createTable({ ...notes, name: 'Notes' })).rowSecurity, false);
  });
  await check('a column becomes available', async () => {
    await db.createStringColumn({ ...notes, key: 'text', size: 100, required: true });
    await db.createIntegerColumn({ ...notes, key: 'n', required: false });
    await available(() => db.getColumn({ ...notes, key: 'n' }));
  });
  await check('a row is created', async () => {
    const row = await db.createRow({ ...notes, rowId: 'one', data: { text: 'first', n: 1 } });
    assert.equal(row.$tableId, 'notes');
  });
  await check('a row is updated', async () => assert.equal((await db.updateRow({ ...notes, rowId: 'one', data: { n: 2 } })).n, 2));
  await check('a row is upserted', async () => assert.equal((await db.upsertRow({ ...notes, rowId: 'two', data: { text: 'second', n: 5 } })).n, 5));
  await check('rows are listed', async () => {
    const page = await db.listRows({ ...notes, queries: [Query.orderDesc('n')] });
    assert.deepEqual(page.rows.map((row) => row.$id), ['two', 'one']);
  });
  await check('a number of a row is incremented', async () => {
    await db.incrementRowColumn({ ...notes, rowId: 'one', column: 'n' });
    assert.equal((await db.getRow({ ...notes, rowId: 'one' })).n, 3);
  });
  await check('a missing row is not found', () => refused(db.getRow({ ...notes, rowId: 'none' }), 404, 'row_not_found'));
  await check('a row is deleted', async () => {
    await db.deleteRow({ ...notes, rowId: 'two' });
    assert.equal((await db.listRows(notes)).total, 1);
  });
}
