import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { type Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import { checkArray } from '../model/check-rule';
import { checkObject } from '../model/fields';
import { Descriptor, O_PATH } from '../state/descriptor';
import { FirewallError, messageOf } from '../util/errors';

/** The largest size of a file, in bytes. JSON of that size is read in a tenth of a second. */
const LONGEST = 16 * 1024 * 1024;

/** The largest size of YAML, in bytes. The YAML library takes most of a second for it. */
const LONGEST_YAML = 256 * 1024;

/** How long a pipe may stay silent, in ms. */
const SILENCE = 5_000;

const { O_RDONLY, O_NONBLOCK } = constants;

/**
 * Reads `published: [...]` from YAML or JSON; `-` is standard input. `publishAll` checks the contents of the list.
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export async function readRulesetFile(file: string): Promise<readonly unknown[]> {
  const source = file === '-' ? await collect(file, process.stdin) : await read(file);
  const data = Buffer.byteLength(source) > LONGEST_YAML ? fromJson(file, source) : await fromYaml(file, source);
  const { published } = checkObject(file === '-' ? 'standard input' : file, data, ['published']);
  return checkArray('published', published, 'published ports, each with port and targetPort');
}

function fromJson(file: string, source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    const limit = `YAML may have up to ${LONGEST_YAML / 1024} KiB, and this is no JSON`;
    throw wrongFile(file, `${limit} (${messageOf(error)})`, 'JSON, or several owners a file each');
  }
}

async function fromYaml(file: string, source: string): Promise<unknown> {
  try {
    // The library's own check for duplicate keys compares each key with every other one.
    const document: Document = parseDocument(source, { uniqueKeys: false });
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message.split('\n')[0]);
    visit(document, {
      Map(_, map) {
        const keys = new Set<unknown>();
        for (const { key } of isMap(map) ? map.items : []) {
          const name: unknown = isScalar(key) ? key.value : key;
          if (keys.has(name)) throw new Error(`Map keys must be unique: ${JSON.stringify(name)} comes twice`);
          keys.add(name);
        }
      },
    });
    // The library throws an error for aliases that would expand without end.
    return document.toJS() as unknown;
  } catch (error) {
    throw wrongFile(file, messageOf(error));
  }
}

/** Reads a file or pipe. It opens the name with O_PATH first, which neither waits for a writer nor acts on a device. */
async function read(file: string): Promise<string> {
  let found: Descriptor | undefined;
  try {
    found = Descriptor.open(file, O_PATH);
    const stats = found.stat();
    // Kernel files that wait for an event, such as /proc/kmsg, are regular files too, hence O_NONBLOCK.
    if (stats.isFile()) return await readFile(file, await open(found.path, O_RDONLY | O_NONBLOCK));
    if (stats.isFIFO()) return await readPipe(file, Descriptor.open(found.path, O_RDONLY | O_NONBLOCK));
    throw new Error(stats.isDirectory() ? 'it is a directory' : 'it is neither a regular file nor a pipe');
  } catch (error) {
    throw error instanceof FirewallError ? error : wrongFile(file, messageOf(error));
  } finally {
    found?.close();
  }
}

async function readFile(file: string, handle: FileHandle): Promise<string> {
  try {
    return await collect(file, handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

async function readPipe(file: string, pipe: Descriptor): Promise<string> {
  const socket = new Socket({ fd: pipe.release(), readable: true, writable: false });
  socket.setTimeout(SILENCE, () => {
    socket.destroy(wrongFile(file, `nothing came out of that pipe for ${SILENCE / 1_000} seconds`));
  });
  return collect(file, socket);
}

async function collect(file: string, stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > LONGEST) throw wrongFile(file, `it has more than ${LONGEST / 1024 / 1024} MiB`, 'a smaller one');
  }
  return Buffer.concat(chunks).toString();
}

function wrongFile(file: string, why: string, instead = 'a YAML or JSON file'): FirewallError {
  return new FirewallError(
    'ERR_INVALID_ARGUMENT',
    `file: ${JSON.stringify(file)} cannot be used: ${why}; give ${instead}`,
    { field: 'file', value: file },
  );
}
