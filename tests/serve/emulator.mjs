import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { relayTo } from './relay.mjs';
import { Tool } from './tool.mjs';

const key = 'standard_of_serve';

/**
 * Starts the emulator with an empty store, and a relay to it. `direct` is the command before the emulator, `relayed`
 * the one before the relay, which does not work while this process waits. `rest(method, path, body)` sends a request to
 * the emulator and returns the body of the response. All end with the test `t`.
 */
export async function startEmulator(t, program, emulator, hear) {
  const child = spawn(emulator, ['--key', key, '--project', 'p', '--storage-limit', '5000000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const [line] = await once(createInterface(child.stdout), 'line');
  const endpoint = line.match(/http:\S+/)[0];
  const relay = relayTo(Number(new URL(endpoint).port), hear);
  await relay.listen();
  t.after(relay.cut);
  const folder = mkdtempSync(join(tmpdir(), 'reel-serve-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const toolFor = (name, address) => {
    const path = join(folder, name);
    writeFileSync(
      path,
      `APPWRITE_ENDPOINT=${address}\nAPPWRITE_PROJECT_ID=p\nAPPWRITE_API_KEY=${key}\nAPPWRITE_WRITERS=one\n`,
    );
    return new Tool(program, `appwrite:${path}`);
  };
  const headers = { 'x-appwrite-project': 'p', 'x-appwrite-key': key, 'content-type': 'application/json' };
  const rest = async (method, path, body) => {
    const response = await fetch(`${endpoint}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  };
  const direct = toolFor('direct', endpoint);
  direct.run('setup');
  return { relay, folder, direct, rest, relayed: toolFor('relayed', `http://127.0.0.1:${relay.port()}/v1`) };
}
