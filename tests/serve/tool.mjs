// Runs the reel command, and keeps a server of it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Tool {
  constructor(program, store) {
    this.program = program;
    this.store = store;
  }

  /** Runs a command with the store as its first argument, and returns what it prints. */
  run(command, ...rest) {
    return execFileSync(this.program, [command, this.store, ...rest], { encoding: 'utf8' });
  }

  /** Starts `reel serve`, and waits until it listens. */
  async serve(port = 0, ...rest) {
    this.server = spawn(this.program, ['serve', this.store, '--port', String(port), ...rest]);
    this.errors = '';
    this.server.stderr.on('data', (text) => {
      this.errors += text;
    });
    const [line] = await Promise.race([
      once(createInterface(this.server.stdout), 'line'),
      once(this.server, 'exit').then(() => {
        throw new Error(`reel serve has ended: ${this.errors}`);
      }),
    ]);
    this.url = line.match(/http:\S+/)[0];
    this.port = Number(new URL(this.url).port);
  }

  /** Ends the server, if it runs, and returns its exit status. */
  async stop() {
    if (!this.server || this.server.exitCode !== null) return this.server?.exitCode;
    const ended = once(this.server, 'exit');
    this.server.kill('SIGTERM');
    return (await ended)[0];
  }
}
