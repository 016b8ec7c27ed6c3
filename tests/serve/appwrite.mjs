// node appwrite.mjs REEL EMULATOR: `reel serve` before a server of Appwrite that goes away and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEmulator } from './emulator.mjs';
import { request } from './exchange.mjs';

const [program, emulator] = process.argv.slice(2);

test('the server of Appwrite is restarted', async (t) => {
  const { relay, relayed: tool } = await startEmulator(t, program, emulator);
  const port = relay.port();
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
  for (let i = 0; i < 300 && !tool.errors.includes('online again'); ++i)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.match(tool.errors, /online again/);
});
