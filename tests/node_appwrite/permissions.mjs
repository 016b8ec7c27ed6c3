import assert from 'node:assert/strict';
import { Account, Databases, Permission, Role, Users } from 'node-appwrite';
import { available, check, refused } from './checks.mjs';

export async function permissions(server) {
  const users = new Users(server.client());
  const databases = new Databases(server.client());
  const diary = { databaseId: 'main', collectionId: 'diary' };
  let secret = '';

  await check('a user signs in', async () => {
    await users.create({ userId: 'alice', email: 'alice@example.com', password: 'a long password', name: 'Alice' });
    secret = (await users.createSession({ userId: 'alice' })).secret;
    assert.equal((await new Account(server.visitor(secret)).get()).$id, 'alice');
  });
  await check('a collection with permissions for users is created', async () => {
    await databases.createCollection({ ...diary, name: 'Diary', permissions: [Permission.create(Role.users())], documentSecurity: true });
    await databases.createStringAttribute({ ...diary, key: 'text', size: 50, required: true });
    await available(() => databases.getAttribute({ ...diary, key: 'text' }));
  });

  const alice = new Databases(server.visitor(secret));
  const guest = new Databases(server.visitor());
  await check('a user owns the documents that he creates', async () => {
    const made = await alice.createDocument({ ...diary, documentId: 'mine', data: { text: 'secret' } });
    assert.deepEqual(made.$permissions, ['read("user:alice")', 'update("user:alice")', 'delete("user:alice")']);
  });
  await check('a guest does not find the document of a user', () => refused(guest.getDocument({ ...diary, documentId: 'mine' }), 404, 'document_not_found'));
  await check('a guest may not create a document', () =>
    refused(guest.createDocument({ ...diary, documentId: 'x', data: { text: 'x' } }), 401, 'user_unauthorized'));
  await check('a user can grant permissions only to his own roles', () =>
    refused(alice.createDocument({ ...diary, documentId: 'x', data: { text: 'x' }, permissions: [Permission.read(Role.user('bob'))] }), 401, 'user_unauthorized'));
  await check('a user may not change the schema', () =>
    refused(alice.createCollection({ databaseId: 'main', collectionId: 'x', name: 'x' }), 401, 'general_unauthorized_scope'));

  const reader = new Databases(server.reader());
  await check('a key for reading can read', async () => assert.equal((await reader.getDocument({ ...diary, documentId: 'mine' })).text, 'secret'));
  await check('a key for reading cannot write', () =>
    refused(reader.deleteDocument({ ...diary, documentId: 'mine' }), 401, 'general_unauthorized_scope'));
  await check('a wrong key is refused', () =>
    refused(new Databases(server.client().setKey('standard_wrong')).list(), 401, 'user_unauthorized'));
  await check('a wrong project is refused', () =>
    refused(new Databases(server.client().setProject('none')).list(), 404, 'project_not_found'));
}
