import { join } from 'node:path';
import { makeCertificate } from '../../test/support/certificate';
import type { Download } from '../../test/support/host';
import { Hosts, SERVER_ADDRESSES } from '../../test/support/hosts';
import { type Expected, type Matrix, probeMatrix } from '../../test/support/probe-matrix';

export const BLUE = 8443;
export const GREEN = 9443;
const PORTSHIFT = join(__dirname, '..', '..', 'dist', 'bin', 'portshift.js');

/** A host with two HTTPS servers, a host outside, and portshift at work on the first. */
export class Stage {
  readonly #hosts: Hosts;
  readonly #ca: string;
  readonly #backend: string;

  private constructor(hosts: Hosts, ca: string, backend: string) {
    this.#hosts = hosts;
    this.#ca = ca;
    this.#backend = backend;
  }

  static async build(backend: string): Promise<Stage> {
    const certificate = await makeCertificate();
    const hosts = await Hosts.create();
    await hosts.server.serve({ kind: 'https', id: 'blue', port: BLUE, certificate });
    await hosts.server.serve({ kind: 'https', id: 'green', port: GREEN, certificate });
    return new Stage(hosts, certificate.cert, backend);
  }

  /** Runs a portshift command on the server host and gives what it printed. */
  async portshift(args: readonly string[]): Promise<string> {
    const command = [PORTSHIFT, '--backend', this.#backend, ...args];
    const { stdout } = await this.#hosts.server.namespace.exec(process.execPath, command);
    return stdout.trim();
  }

  /** Probes each of these ports, by HTTPS, from everywhere. */
  probe(expected: ReadonlyMap<number, Expected>): Promise<Matrix> {
    const targets = [...expected].map(([port, expected]) => ({
      protocol: 'tcp' as const,
      port,
      expected,
      ca: this.#ca,
    }));
    return probeMatrix(this.#hosts, targets);
  }

  startDownload(port: number): Promise<Download> {
    return this.#hosts.outside.download({ protocol: 'tcp', address: SERVER_ADDRESSES.ipv4[0], port, ca: this.#ca });
  }

  async releaseDownloads(): Promise<void> {
    await this.#hosts.server.servers.call('releaseDownloads', 'blue');
  }

  remove(): Promise<void> {
    return this.#hosts.remove();
  }
}
