/**
 * Loaded before a program (`node --import`): kills it right before its n-th operation that changes files below a folder.
 * KILL_AT: the number, from 1; KILL_BELOW: the folder. What the operation is goes to the file KILL_NOTE.
 * With KILL_BY, such as ENOSPC, it is not killed: that operation, and each later one that needs space, fails so.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_AT: at = '', KILL_BELOW: below = '', KILL_NOTE: note = '', KILL_BY: failure = '' } = process.env;
const NEEDS_NO_SPACE = ['rm', 'unlink', 'rename'];
let left = Number(at);

/** @param {string} what @param {unknown[]} paths */
function step(what, paths) {
  if (!paths.some((path) => String(path).startsWith(below))) return;
  left -= 1;
  if (left > 0 || (failure === '' && left < 0)) return;
  if (failure === '') {
    fs.writeFileSync(note, what);
    process.kill(process.pid, 'SIGKILL');
  }
  if (NEEDS_NO_SPACE.includes(what)) return;
  fs.writeFileSync(note, what);
  throw Object.assign(new Error(`${failure}: no space left on device, ${what}`), { code: failure });
}

for (const name of ['link', 'mkdir', 'rename', 'rm', 'unlink', 'writeFile']) {
  const original = fs.promises[name];
  fs.promises[name] = async (...args) => {
    step(name, args.slice(0, 2));
    return original(...args);
  };
}

const open = fs.promises.open;
fs.promises.open = async (file, flags, ...more) => {
  if (/[wa+]/.test(String(flags))) step('open', [file]);
  const handle = await open(file, flags, ...more);
  const write = handle.writeFile.bind(handle);
  handle.writeFile = async (data, ...rest) => {
    step('write', [file]);
    const bytes = Buffer.from(data);
    const half = Math.floor(bytes.length / 2);
    await handle.write(bytes.subarray(0, half));
    step('write the rest', [file]);
    return write(bytes.subarray(half), ...rest);
  };
  return handle;
};

syncBuiltinESMExports();
