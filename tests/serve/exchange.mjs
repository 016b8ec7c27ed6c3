// HTTP without a client that mends anything: a request is sent as it is.
import { connect } from 'node:net';

/** A connection; `closed` resolves to all that was received. */
export function dial(port) {
  const socket = connect(port, '127.0.0.1');
  const pieces = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', () => {});
  const closed = new Promise((resolve) => {
    socket.on('close', () => resolve(Buffer.concat(pieces)));
  });
  const connected = new Promise((resolve) => {
    socket.on('connect', resolve);
    socket.on('close', resolve);
  });
  return { socket, closed, connected };
}

/** Sends the bytes and returns the response: status, headers in lower case, and body as bytes. */
export async function raw(port, bytes) {
  const { socket, closed } = dial(port);
  socket.write(bytes);
  return parse(await closed);
}

export function parse(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, headers: {}, body: bytes };
  const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) };
}

/** A request with one connection of its own. */
export function request(port, target, { method = 'GET', headers = {}, body = '' } = {}) {
  const all = { host: `127.0.0.1:${port}`, connection: 'close', ...headers };
  if (body || method === 'POST') all['content-length'] = Buffer.byteLength(body);
  const lines = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return raw(port, `${method} ${target} HTTP/1.1\r\n${lines}\r\n${body}`);
}
