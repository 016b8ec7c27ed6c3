// node appwrite.mjs REEL EMULATOR: `reel serve` before a server of Appwrite that goes away and comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { request } from './exchange.mjs';
import { Tool } from './tool.mjs';

const [program, emulator] = process.argv.slice(2);
const key = 'standard_of_serve';

/** A relay to a port, which can be cut. */
function relayTo(target) {
  const sockets = new Set();
  const server = createServer((client) => {
    const behind = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ]) {
      sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          other.destroy();
          sockets.delete(one);
        });
    }
    client.pipe(behind).pipe(client);
  });
  return {
    listen: async (port = 0) => once(server.listen(port, '127.0.0.1'), 'listening'),
    port: () => server.address().port,
    cut: async () => {
      const closed = once(server.close(), 'close');
      for (const one of sockets) one.destroy();
      await closed;
    },
  };
}

test('the server of Appwrite is restarted', async (t) => {
  const child = spawn(emulator, ['--key', key, '--project', 'p', '--storage-limit', '5000000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const [line] = await once(createInterface(child.stdout), 'line');
  const relay = relayTo(Number(new URL(line.match(/http:\S+/)[0]).port));
  await relay.listen();
  t.after(relay.cut);
  const port = relay.port();
  const folder = mkdtempSync(join(tmpdir(), 'reel-serve-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const toolFor = (name, endpoint) => {
    const path = join(folder, name);
    writeFileSync(
      path,
      `APPWRITE_ENDPOINT=${endpoint}\nAPPWRITE_PROJECT_ID=p\nAPPWRITE_API_KEY=${key}\nAPPWRITE_WRITERS=one\n`,
    );
    return new Tool(program, `appwrite:${path}`);
  };
  toolFor('direct', line.match(/http:\S+/)[0]).run('setup'); // this process waits, and relays nothing meanwhile
  const tool = toolFor('relayed', `http://127.0.0.1:${port}/v1`);
  await tool.serve();
  t.after(async () => assert.equal(await tool.stop(), 0));
  const until = async (target, status) => {
    for (let i = 0; i < 300; ++i) {
      const response = await request(tool.port, target);
      if (response.status === status) return response;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
    throw new Error(`${target} does not return ${status}`);
  };
  await until('/healthz', 200);
  await relay.cut();
  await until('/healthz', 503);
  await until('/api/v1/videos', 503);
  await relay.listen(port);
  await until('/healthz', 200);
  const { videos } = JSON.parse((await until('/api/v1/videos', 200)).body);
  assert.deepEqual(videos, []);
  assert.match(tool.errors, /offline, waiting for the store/);
  for (let i = 0; i < 50 && !tool.errors.includes('online again'); ++i)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.match(tool.errors, /online again/);
});
