// node hostile_page.mjs REEL EMULATOR CHROMIUM: hostile strings in every text attribute of every collection and in the
// names of files, shown by the page of `reel serve` in Chromium. They stay text. The records are written through the API
// of the emulator, as another program could. With REEL_ALL in the environment, every attribute has each of 200 strings.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startEmulator } from './emulator.mjs';
import { hostile, someHostile } from './hostile.mjs';
import { newPage } from './page.mjs';

const [program, emulator, browserPath] = process.argv.slice(2);
/** The number of videos, each with other strings. */
const count = process.env.REEL_ALL ? hostile.length : 2;
const database = '/databases/video_metadata/collections';

const offsets = new Map();
/** The hostile string of video `i` for a purpose. Each purpose begins with another one. */
function hostileFor(purpose, i) {
  if (!offsets.has(purpose)) offsets.set(purpose, offsets.size);
  return someHostile[(offsets.get(purpose) + i) % someHostile.length];
}

/** Writes records with a hostile string in every text attribute. */
class Writer {
  #rest;
  #attributes = new Map();
  constructor(rest) {
    this.#rest = rest;
  }

  async #attributesOf(collection) {
    if (!this.#attributes.has(collection)) {
      const { attributes } = await this.#rest('GET', `${database}/${collection}/attributes`);
      this.#attributes.set(collection, attributes);
    }
    return this.#attributes.get(collection);
  }

  /** Returns the strings by attribute; each begins with the name of its attribute, without `_`. */
  async write(collection, id, i, given) {
    const data = {},
      strings = {};
    for (const { key, type, format, size, elements, min, array } of await this.#attributesOf(collection)) {
      if (key in given) data[key] = given[key];
      else if (format === 'enum') data[key] = elements[0];
      else if (type === 'string') {
        const text = `${key.replaceAll('_', '')} ${hostileFor(`${collection}.${key}`, i)}`;
        strings[key] = [...text].slice(0, size).join('').trim();
        data[key] = strings[key];
      } else if (type === 'datetime') data[key] = new Date().toISOString();
      else if (type === 'boolean') data[key] = false;
      else if (type === 'integer' || type === 'double') data[key] = Math.max(1, Number(min ?? 1));
      else throw new Error(`${collection}.${key} has the type ${type}`);
      if (array && !(key in given)) data[key] = [data[key]];
    }
    await this.#rest('POST', `${database}/${collection}/documents`, { documentId: id, data });
    return strings;
  }

  /** Lets an attribute have these values, too, as an older program may have done. */
  async extend(collection, key, names) {
    const one = (await this.#attributesOf(collection)).find((attribute) => attribute.key === key);
    const elements = [...one.elements, ...names];
    await this.#rest('PATCH', `${database}/${collection}/attributes/enum/${key}`, {
      elements,
      required: one.required,
      default: null,
    });
    this.#attributes.delete(collection);
  }
}

/** The enum of a server has at most 100 names. */
const mostStates = 80;
const stateOf = (i) => `status ${hostileFor('status', i)}`;

/** Fills all collections and buckets for one video. Returns the ids, and the strings that each page has to show. */
async function fill({ direct, folder }, writer, i) {
  const video = `video${i}`,
    scene = `scene${i}`;
  const status = i < mostStates ? { status: stateOf(i) } : {};
  const of = {};
  of.creation = await writer.write('video_events', video, i, { video_id: video, scene_id: null, from: null });
  of.video = await writer.write('videos', video, i, status);
  of.scene = await writer.write('scenes', scene, i, { ...status, video_id: video });
  of.move = await writer.write('video_events', `move${i}`, i, { video_id: video });
  of.failure = await writer.write('video_events', `failure${i}`, i, {
    video_id: video,
    scene_id: null,
    from: 'rendering',
    to: 'failed',
  });
  of.entry = await writer.write('video_queue', video, i, { queue: 'render', state: 'dead' });
  // Records that refer to files with impossible names, and some that do not.
  of.file = await writer.write('artifacts', `file${i}`, i, { video_id: video, scene_id: null });
  for (const version of [0, 1]) {
    const name = `version${version}_${i}`;
    put(direct, folder, 'source_code', name, `${hostileFor('name', i)}.py`, `# ${version} ${hostileFor('code', i)}\n`);
    of[`code${version}`] = await writer.write('artifacts', name, i, {
      ...{ video_id: video, scene_id: scene, kind: 'source', version, bucket_id: 'source_code', blob_id: name },
    });
  }
  for (const collection of ['agent_memory', 'memory_origins', 'memory_patterns', 'memory_keys'])
    await writer.write(collection, `memory${i}`, i, {});
  of.film = put(direct, folder, 'final_videos', `video_${video}`, `${hostileFor('film', i)}.mp4`, 'film');
  of.other = put(direct, folder, 'artifacts', `other${i}`, `${hostileFor('other', i)}.html`, hostileFor('content', i));
  remember(direct, folder, of.scene, i);
  return { video, scene, of, status: status.status };
}

/** Stores a file and returns its name, in which `/` is replaced. */
function put(tool, folder, bucket, id, name, content) {
  const safe = name.replaceAll('/', '\u2215');
  writeFileSync(join(folder, safe), content);
  tool.run('blobs', bucket, 'put', join(folder, safe), '--id', id);
  return safe;
}

/** A fix of the error of the scene. */
function remember(tool, folder, scene, i) {
  const paths = ['error', 'code', 'fixed'].map((name) => join(folder, name));
  for (const [path, content] of [
    [paths[0], scene.error_message],
    [paths[1], `a = "${hostileFor('failing', i)}"\n`],
    [paths[2], `b = "${hostileFor('fixed', i)}"\n`],
  ])
    writeFileSync(path, content);
  const options = ['topic', 'scene-type', 'video', 'scene', 'environment'].map((name) =>
    `--${name}=${name} ${hostileFor(name, i)}`.slice(0, 36),
  );
  tool.run('memory', 'remember', ...paths, ...options);
}

/** The elements that the page consists of. */
const own = new Set(
  ('A BUTTON CAPTION DD DETAILS DIV DL DT FORM G H1 H2 H3 INPUT LABEL LI LINE OL OPTION P PRE RECT SECTION SELECT SMALL ' +
    'SPAN SUMMARY SVG TABLE TBODY TD TEXT TH THEAD TIME TITLE TR TRACK VIDEO').split(' '),
);

/** What is on the page beside its own elements, and the strings that it does not show. */
async function missing(page, strings) {
  const { text, names, attributes } = await page.evaluate(() => {
    const all = [...document.querySelectorAll('main *')];
    return {
      text: document.querySelector('main').textContent,
      names: all.map((one) => one.tagName.toUpperCase()),
      attributes: all.flatMap((one) => [...one.attributes].map(({ name, value }) => [name, value])),
    };
  });
  const isForeign = ([name, value]) =>
    /^(on|style$|action$|formaction$|srcdoc$)/.test(name) ||
    (/^(href|src)$/.test(name) && !/^(#|\/(?!\/))/.test(value));
  return [
    ...names.filter((name) => !own.has(name)),
    ...attributes.filter(isForeign),
    ...strings.filter((one) => !text.includes(one)),
  ];
}

/** Shows another part of the page, without loading the page again. */
async function visit(page, hash, ready) {
  await page.evaluate(async (next) => {
    const changed = new Promise((resolve) => {
      window.addEventListener('hashchange', resolve, { once: true });
    });
    window.location.hash = next;
    await changed;
  }, hash);
  await page.locator(ready).first().waitFor();
}

test('hostile strings in every attribute stay text', async (t) => {
  const store = await startEmulator(t, program, emulator);
  const { direct: tool } = store;
  const writer = new Writer(store.rest);
  for (const collection of ['videos', 'scenes'])
    await writer.extend(collection, 'status', [...Array(Math.min(count, mostStates)).keys()].map(stateOf));
  const filled = [];
  for (let i = 0; i < count; ++i) filled.push(await fill(store, writer, i));
  await tool.serve();
  t.after(() => tool.stop());
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const page = await newPage(browser, tool.url);
  await page.goto(`${tool.url}#/queue`);
  const open = (hash, ready = 'main h1') => visit(page, hash, ready);
  const words = (name) => name.replaceAll('_', ' ');

  for (const { video, scene, of, status } of filled) {
    await open(`/videos/${video}`);
    await page.locator('details#similar summary').click();
    await page.locator('details#similar h3, details#similar .empty').first().waitFor();
    const { topic, description, owner_id, session_id, error_message } = of.video;
    const strings = [topic, description, owner_id, session_id, error_message, of.creation.worker];
    strings.push(of.creation.message, words(of.creation.to), of.move.worker, of.move.message, words(of.move.from));
    strings.push(words(of.move.to), of.move.scene_id, of.failure.message, of.entry.worker, of.entry.reason);
    strings.push(of.file.kind, of.file.path, of.code0.path, of.scene.error_message, `Save ${of.film}`);
    if (status) strings.push(status);
    assert.deepEqual(await missing(page, strings), [], video);
    assert.equal(await page.title(), `${topic} – Reel`);

    await open(`/scenes/${scene}`);
    for (const one of await page.locator('details > summary').all()) await one.click();
    await page.locator('details#similar h3').first().waitFor();
    await page.locator('.diff .insert').first().waitFor();
    const { scene_plan, storyboard, technical_plan, generated_code } = of.scene;
    const shown = [scene_plan, storyboard, technical_plan, generated_code, of.scene.error_message, of.code1.path];
    if (status) shown.push(status);
    assert.deepEqual(await missing(page, shown), [], scene);
  }
  for (const view of ['/', '/videos', '/queue', '/storage', '/storage/artifacts', '/storage/source_code']) {
    await open(view, 'td');
    const strings = view === '/storage/artifacts' ? filled.slice(0, 25).map(({ of }) => of.other) : [];
    assert.deepEqual(await missing(page, strings), [], view);
  }
  assert.deepEqual(page.faults, []);
  await showsAddresses(page);
  await showsStatistics(browser, store, filled);
});

/** Hostile addresses of the page end in messages. */
async function showsAddresses(page) {
  for (let i = 0; i < count; ++i) {
    const part = encodeURIComponent(hostileFor('address', i));
    for (const hash of [
      `/videos/${part}`,
      `/scenes/${part}`,
      `/storage/${part}`,
      `/videos?status=${part}`,
      `/videos?after=${part}`,
      `/videos?search=${part}&since=${part}`,
      `/${part}`,
    ]) {
      await visit(page, hash, 'main .message, main h1');
      assert.deepEqual(await missing(page, []), [], hash);
    }
  }
  // The browser reports each response of 400 and 404.
  assert.deepEqual(
    page.faults.filter((fault) => !/^Failed to load resource: .* status of 40[04]/.test(fault)),
    [],
  );
}

/** The page of `reel stats --html`, which has no policy of a server. */
async function showsStatistics(browser, { direct, folder }, filled) {
  const path = join(folder, 'statistics.html');
  direct.run('stats', '--html', path, '--top', '1000');
  const page = await newPage(browser, 'file:');
  await page.goto(`file://${path}`);
  const found = await page.evaluate(() => ({
    text: document.body.textContent,
    scripts: document.querySelectorAll('script, img, iframe, form, input, a, link, object, embed, base').length,
  }));
  assert.equal(found.scripts, 0);
  // Messages that differ in numbers or names only are one error, with one of them as its example. The page has the
  // first 25 rows of a table.
  const { errors } = JSON.parse(direct.run('stats', '--json', '--top', '1000'));
  assert.ok(errors.total >= filled.length, `${errors.total} errors`);
  const messages = new Set(filled.map(({ of }) => of.failure.message));
  const examples = errors.top.slice(0, 25).map(({ example }) => example).filter((example) => messages.has(example));
  assert.ok(examples.length >= Math.min(2, filled.length), `${examples.length} examples`);
  for (const example of examples) assert.ok(found.text.includes(example), example);
  assert.deepEqual(page.faults, []);
}
