import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A relay to a port, which can be cut. `hear` is called with the bytes of clients. */
export function relayTo(target, hear = () => {}) {
  const sockets = new Set();
  const server = createServer((client) => {
    const behind = connect(target, '127.0.0.1');
    client.on('data', hear);
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
