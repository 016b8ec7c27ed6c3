import assert from 'node:assert/strict';

const failures = [];
let passed = 0;

/** Runs one check; a failure is kept and printed, and the next check runs. */
export async function check(title, body) {
  try {
    await body();
    passed += 1;
  } catch (error) {
    failures.push(title);
    console.log(`FAILED ${title}: ${error.message}`);
  }
}

/** The call must fail with this status and type. */
export async function refused(promise, code, type) {
  const error = await promise.then(() => null, (caught) => caught);
  assert.notEqual(error, null, 'the call succeeds');
  assert.equal(`${error.code} ${error.type}`, `${code} ${type}`);
}

/** Repeats the call until its status is `available`. */
export async function available(call) {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await call();
    if (found.status === 'available') return found;
    assert.equal(found.status, 'processing', found.error);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('still processing');
}

/** Prints the result; true if all went well. */
export function report() {
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0;
}
