import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Client } from 'node-appwrite';

const key = 'standard_of_the_sdk';

/** Starts the program and waits for its line; `stop` ends it and tells how it went. */
export async function startServer(program, storageLimit = 50_000_000) {
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
    /** A client with the key for everything. */
    client: () => new Client().setEndpoint(endpoint).setProject('sdk').setKey(key),
    /** What a program of ours has to find in its environment. */
    environment: { APPWRITE_ENDPOINT: endpoint, APPWRITE_PROJECT_ID: 'sdk', APPWRITE_API_KEY: key },
    /** A client with a key for less. */
    reader: () => new Client().setEndpoint(endpoint).setProject('sdk').setKey('standard_reader'),
    /** A client of somebody who is signed in, or of a guest without a secret. */
    visitor: (secret) => {
      const client = new Client().setEndpoint(endpoint).setProject('sdk');
      return secret ? client.setSession(secret) : client;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
