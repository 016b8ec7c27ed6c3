import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Client } from 'node-appwrite';

const key = 'standard_of_the_sdk';

/** The clients of a project; `reader` is a key with the scope `documents.read` alone. */
function clients(endpoint, project, key, reader) {
  const client = () => new Client().setEndpoint(endpoint).setProject(project);
  return {
    /** A client with the key for everything. */
    client: () => client().setKey(key),
    /** The environment of a program of ours. */
    environment: { APPWRITE_ENDPOINT: endpoint, APPWRITE_PROJECT_ID: project, APPWRITE_API_KEY: key },
    /** A client with a key for less. */
    reader: () => client().setKey(reader),
    /** A client of a signed-in user, or of a guest without a secret. */
    visitor: (secret) => (secret ? client().setSession(secret) : client()),
  };
}

/** An empty project of the server that REEL_APPWRITE_ENDPOINT names. */
function givenServer() {
  const given = (name) => {
    const value = process.env[`REEL_APPWRITE_${name}`];
    if (!value) throw new Error(`not set: REEL_APPWRITE_${name}`);
    return value;
  };
  return {
    ...clients(given('ENDPOINT'), given('PROJECT_ID'), given('API_KEY'), given('READER_API_KEY')),
    storageLimit: Number(given('STORAGE_LIMIT')),
    stop: async () => 0,
  };
}

/** Starts the program, or uses a given server if that is `real`; `stop` ends the program and returns its exit code. */
export async function startServer(program, storageLimit = 50_000_000) {
  if (program === 'real') return givenServer();
  const options = ['--key', key, '--project', 'sdk', '--storage-limit', String(storageLimit),
    '--limited-key', 'reader=standard_reader:documents.read'];
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    ended.then((how) => reject(new Error(`the server ended early: ${how}`)));
  });
  const endpoint = /^listening on (\S+)$/.exec(line)?.[1];
  if (!endpoint) throw new Error(`the server says: ${line}`);
  return {
    ...clients(endpoint, 'sdk', key, 'standard_reader'),
    storageLimit,
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
