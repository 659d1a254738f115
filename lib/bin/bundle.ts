import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** The command line as one file, and V8's compiled code of it. scripts/bundle writes both. */
export const BUNDLE = join(__dirname, 'whole.js');
export const COMPILED = join(__dirname, 'whole.v8');

type Wrapper = (exports: object, require: NodeJS.Require, module: object, filename: string, directory: string) => void;

/** The exports of the bundle. */
export interface Bundle {
  run(): void;
  /** Loads every module, of every command and every backend. */
  loadAll(): void;
}

/**
 * Loads the command line from its bundle, which is faster than finding, reading and compiling each of its modules.
 * @returns undefined where there is no bundle
 */
export function loadBundle(): Bundle | undefined {
  const source = contentOf(BUNDLE);
  return source && evaluate(bundleScript(source, compiledFor(source, contentOf(COMPILED))));
}

/** @param compiled the result of `createCachedData()` for this script, from this version of Node.js */
export function bundleScript(source: Buffer, compiled: Buffer | undefined): Script {
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  return new Script(wrapped, { filename: BUNDLE, ...(compiled !== undefined && { cachedData: compiled }) });
}

export function evaluate(script: Script): Bundle {
  const module = { exports: {} as Bundle };
  (script.runInThisContext() as Wrapper)(module.exports, require, module, BUNDLE, __dirname);
  return module.exports;
}

/**
 * Returns the contents of the file of compiled code. V8 accepts compiled code for any source of the same length, and
 * crashes on code in which a bit is flipped. So the file holds the versions and the source that it was compiled with,
 * and the code twice: comparing them takes less time than loading a hash function.
 */
export function compiledFile(source: Buffer, compiled: Buffer): Buffer {
  return Buffer.concat([versions(), source, compiled, compiled]);
}

/** Returns the compiled code in such a file, if it belongs to this Node.js and this source and is undamaged. */
export function compiledFor(source: Buffer, file: Buffer | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  const head = versions();
  const from = head.length + source.length;
  const length = (file.length - from) / 2;
  if (length <= 0 || !Number.isInteger(length)) return undefined;
  const isOfThis = file.subarray(0, head.length).equals(head) && file.subarray(head.length, from).equals(source);
  const compiled = file.subarray(from, from + length);
  return isOfThis && compiled.equals(file.subarray(from + length)) ? compiled : undefined;
}

function versions(): Buffer {
  return Buffer.from(`${process.version} ${process.versions.v8} ${process.arch}\n`);
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
