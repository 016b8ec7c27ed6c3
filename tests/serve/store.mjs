import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tool } from './tool.mjs';

/** The command with an empty store in a new folder. */
export function newStore(program) {
  const folder = mkdtempSync(join(tmpdir(), 'reel-serve-'));
  const tool = new Tool(program, `file:${join(folder, 'store')}`);
  tool.run('setup');
  return {
    tool,
    folder,
    /** Stores a file as a blob. */
    put(bucket, id, name, bytes) {
      writeFileSync(join(folder, name), bytes);
      tool.run('blobs', bucket, 'put', join(folder, name), '--id', id);
    },
    /** Ends the server, which may still write, and removes the folder. */
    async remove() {
      await tool.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
