// node browser.mjs REEL SOURCE CHROMIUM [FOLDER]: shows the page of `reel serve` in Chromium and checks it. With FOLDER,
// keeps pictures of it there. The store is a copy of real trees, which are kept outside the project (REEL_SHARED), or
// of the sample tree.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { filmWithGap } from './film.mjs';
import { someHostile } from './hostile.mjs';
import { newPage } from './page.mjs';
import { Tool } from './tool.mjs';

const [program, source, browserPath, pictures] = process.argv.slice(2);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const real = join(process.env.REEL_SHARED ?? join(source, '../shared'), 'legacy/trees');
const tree = existsSync(real) ? real : join(source, 'docs/examples/sample_tree/output');
const folder = mkdtempSync(join(tmpdir(), 'reel-browser-'));
const tool = new Tool(program, `file:${join(folder, 'store')}`);
const second = 1000;

function prepare() {
  new Tool(program, `legacy:${tree}`).run('migrate', tool.store);
  const id = tool.run('queue', 'add', '--topic', 'A film to play').trim();
  writeFileSync(join(folder, 'film.mp4'), filmWithGap('film.mp4', 20_000_000));
  writeFileSync(
    join(folder, 'film.srt'),
    '1\n00:00:00,000 --> 00:00:20,000\nHello <i>there</i> <script>alert(1)</script>\n',
  );
  tool.run('blobs', 'final_videos', 'put', join(folder, 'film.mp4'), '--id', `video_${id}`);
  tool.run('blobs', 'subtitles', 'put', join(folder, 'film.srt'), '--id', `subs_${id}`);
  return id;
}

const open = (page, hash) => page.goto(`${tool.url}#${hash}`);
const heading = (page, text) => page.getByRole('heading', { level: 1, name: text }).waitFor({ timeout: 5 * second });

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function checkAccess(page, name) {
  const size = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(size[0] <= size[1], `${name}: scrolls sideways, ${size}`);
  // A policy of the page keeps other scripts out; the debugger's are not bound by it.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axeSource });
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run(document, {resultTypes: ["violations"]}).then((found) => JSON.stringify(found.violations))',
    awaitPromise: true,
    returnByValue: true,
  });
  const serious = JSON.parse(result.value).filter((one) => ['serious', 'critical'].includes(one.impact));
  assert.deepEqual(
    serious.map((one) => `${one.id}: ${one.nodes[0].html}: ${one.nodes[0].failureSummary}`),
    [],
    name,
  );
}

async function loadsFast(page) {
  await open(page, '/');
  await heading(page, 'Overview'); // the first start of the browser does not count
  const times = [];
  for (let i = 0; i < 3; ++i) {
    // other tests may run at the same time
    const begin = Date.now();
    await page.reload();
    await page.locator('.tiles dd').first().waitFor();
    times.push(Date.now() - begin);
  }
  const time = Math.min(...times);
  assert.ok(time < second, `the page took ${times} ms`);
  console.log(`the page is shown after ${time} ms`);
}

async function showsNumbers(page) {
  const { videos } = JSON.parse(tool.run('stats', '--json'));
  const shown = await page.locator('.tiles').first().innerText();
  assert.match(shown, new RegExp(`Videos\\s+${videos.total}\\b`));
  const bars = await page.getByRole('img', { name: 'Videos by state' }).getAttribute('aria-label');
  for (const [name, count] of Object.entries(videos.by_status))
    assert.ok(bars.includes(`${name.replaceAll('_', ' ')}: ${count}`), bars);
  await open(page, '/videos');
  await page.getByRole('heading', { name: `${videos.total} video` }).waitFor();
}

async function playsFilm(page, id) {
  const ranges = [];
  page.on('response', (one) => {
    if (one.url().includes('/files/')) ranges.push([one.status(), one.headers()['content-range']]);
  });
  await open(page, `/videos/${id}`);
  await heading(page, 'A film to play');
  const film = page.locator('video').first();
  const state = await film.evaluate(async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((resolve) => {
      video.ontimeupdate = () => video.currentTime > 0.3 && resolve();
    });
    const cue = video.textTracks[0].cues?.[0]?.getCueAsHTML().textContent;
    video.currentTime = 15;
    await new Promise((resolve) => {
      video.onseeked = resolve;
    });
    return { duration: video.duration, time: video.currentTime, cue };
  });
  assert.equal(Math.round(state.duration), 20);
  assert.ok(state.time >= 15);
  assert.equal(state.cue, 'Hello there <script>alert(1)</script>');
  assert.ok(
    ranges.some(([status, range]) => status === 206 && !range.startsWith('bytes 0-')),
    JSON.stringify(ranges),
  );
}

async function followsChanges(page) {
  await open(page, '/videos');
  await heading(page, 'Videos');
  await page.locator('#live', { hasText: 'Live' }).waitFor();
  await page.evaluate(() => {
    new MutationObserver(() => {
      if (document.body.innerText.includes('Made elsewhere')) window.seen ??= Date.now();
    }).observe(document.body, { childList: true, subtree: true });
  });
  tool.run('queue', 'add', '--topic', 'Made elsewhere');
  const begin = Date.now();
  await page.waitForFunction(() => window.seen, null, { timeout: 5 * second });
  const time = (await page.evaluate(() => window.seen)) - begin;
  assert.ok(time < second, `the change was shown after ${time} ms`);
  console.log(`a change of another process is shown after ${time} ms`);
}

async function usesQueue(page) {
  await open(page, '/queue');
  await heading(page, 'Queue');
  await page.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The queue is paused' }).waitFor();
  assert.match(tool.run('queue', 'ls'), /the queue is paused/);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('heading', { name: 'The queue is running' }).waitFor();
}

async function survivesRestart(page) {
  await open(page, '/videos');
  await heading(page, 'Videos');
  assert.equal(await tool.stop(), 0);
  await page.locator('#live.off').waitFor();
  const before = page.faults.length;
  tool.run('queue', 'add', '--topic', 'Made while it was down');
  await tool.serve(tool.port);
  await page.getByText('Made while it was down').waitFor({ timeout: 15 * second });
  await page.locator('#live', { hasText: 'Live' }).waitFor();
  page.faults.splice(
    0,
    Math.max(before, page.faults.filter((one) => /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE/.test(one)).length),
  );
}

/** A scene whose latest versions of its code differ, as [video, scene]; nothing if the tree has none. */
async function sceneWithVersions(page) {
  return page.evaluate(async () => {
    const get = async (path) => (await fetch(`/api/v1/${path}`)).json();
    for (const one of (await get('videos?limit=100')).videos) {
      for (const scene of (await get(`videos/${one.$id}`)).scenes) {
        const [before, after] = (await get(`scenes/${scene.$id}`)).versions.slice(-2);
        if (after && before.md5 !== after.md5) return [one.$id, scene.$id];
      }
    }
    return null;
  });
}

async function comparesVersions(page, scene) {
  await open(page, `/scenes/${scene}`);
  const edit = page.locator('.diff .insert, .diff .remove').first();
  await edit.waitFor();
  assert.match(await edit.innerText(), /^[-+] /);
}

/** Types into the form for the token, which takes the keyboard some time after its text is shown. */
async function enterToken(page, text) {
  await page.locator('#token:focus').waitFor();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** The form for the token, by keyboard. */
async function asksForToken(browser) {
  const other = new Tool(program, tool.store);
  const token = 'a secret of the browser';
  await other.serve(0, '--token', token);
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(other.url);
    await enterToken(page, 'wrong');
    await page.getByRole('alert').waitFor();
    await enterToken(page, token);
    await page.locator('#live', { hasText: 'Live' }).waitFor();
    assert.ok(!page.url().includes('secret'));
    await page.context().close();
  } finally {
    await other.stop();
  }
}

async function staysText(page) {
  for (const text of someHostile) {
    const id = tool.run('queue', 'add', '--topic', text, '--description', text).trim();
    writeFileSync(join(folder, 'hostile'), text);
    tool.run('blobs', 'artifacts', 'put', join(folder, 'hostile'), '--id', `hostile_${id}`);
    await open(page, `/videos/${id}`);
    await page.locator('h1', { hasText: text }).waitFor();
    assert.equal(await page.locator('h1').textContent(), text);
    assert.equal(
      await page
        .locator('dl.facts')
        .evaluate((list, wanted) => [...list.querySelectorAll('dd')].some((one) => one.textContent === wanted), text),
      true,
    );
  }
  for (const view of ['/', '/videos', '/queue', '/storage/artifacts']) {
    await open(page, view);
    await page.locator('td').first().waitFor();
  }
}

const id = prepare();
await tool.serve();
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
try {
  const page = await newPage(browser, tool.url);
  await loadsFast(page);
  await picture(page, 'overview');
  await showsNumbers(page);
  await playsFilm(page, id);
  await picture(page, 'film');
  await followsChanges(page);
  await usesQueue(page);
  await survivesRestart(page);
  await asksForToken(browser);
  const someScene = await sceneWithVersions(page);
  if (someScene) await comparesVersions(page, someScene[1]);
  const views = ['/', '/videos', `/videos/${id}`, '/queue', '/storage', '/storage/final_videos'];
  if (someScene) views.push(`/videos/${someScene[0]}`, `/scenes/${someScene[1]}`);
  for (const [name, options] of [
    ['wide', {}],
    ['narrow', { viewport: { width: 390, height: 844 } }],
    ['dark', { colorScheme: 'dark' }],
  ]) {
    const other = await newPage(browser, tool.url, options);
    for (const [i, view] of views.entries()) {
      await open(other, view);
      await other.locator('h1').waitFor();
      await other.waitForLoadState('load');
      await other.waitForTimeout(100);
      await picture(other, `${name}-${i}`);
      await checkAccess(other, `${name} ${view}`);
    }
    assert.deepEqual(other.faults, []);
    await other.context().close();
  }
  await staysText(page);
  await picture(page, 'hostile');
  assert.deepEqual(page.faults, []);
  console.log('1 passed, 0 failed');
} finally {
  await browser.close();
  assert.equal(await tool.stop(), 0);
  rmSync(folder, { recursive: true });
}
