// node run.mjs PROGRAM: the official SDK against the emulator, or against a given server if PROGRAM is `real`.
import { report } from './checks.mjs';
import { documents } from './documents.mjs';
import { permissions } from './permissions.mjs';
import { schema } from './schema.mjs';
import { startServer } from './server.mjs';
import { storage } from './storage.mjs';
import { tables } from './tables.mjs';

const server = await startServer(process.argv[2]);
for (const part of [schema, documents, tables, storage, permissions]) await part(server);
const how = await server.stop();
if (how !== 0) console.log(`the server ended with ${how}`);
process.exitCode = report() && how === 0 ? 0 : 1;
