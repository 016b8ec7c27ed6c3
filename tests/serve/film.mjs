import { readFileSync } from 'node:fs';

/**
 * The film of 20 seconds with unused bytes between its pictures and its index, so that a player has to ask for ranges:
 * it begins at the front, and finds the index at the end.
 */
export function filmWithGap(path, gap) {
  const film = readFileSync(path);
  let at = 0;
  while (film.toString('latin1', at + 4, at + 8) !== 'moov') at += film.readUInt32BE(at);
  const unused = Buffer.alloc(gap);
  unused.writeUInt32BE(gap, 0);
  unused.write('free', 4, 'latin1');
  return Buffer.concat([film.subarray(0, at), unused, film.subarray(at)]);
}
