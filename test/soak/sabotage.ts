import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../support/command';

/**
 * `refuse`: the kernel refuses it, once; `refuse-from`: it and everything after it, undoing included; `kill-before`,
 * `kill-after`: the process ends by SIGKILL.
 */
export type SabotageAction = 'refuse' | 'refuse-from' | 'kill-before' | 'kill-after';

/** Spoils the commits of a process that runs with its environment; see saboteur.cc. */
export class Sabotage {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<Sabotage> {
    const sabotage = new Sabotage(mkdtempSync(join(tmpdir(), 'portshift-sabotage-')));
    const source = join(__dirname, 'saboteur.cc');
    await exec(process.env['CXX'] ?? 'g++', ['-std=c++17', '-shared', '-fPIC', '-o', sabotage.#library, source]);
    sabotage.disarm();
    return sabotage;
  }

  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.#library, PORTSHIFT_SABOTAGE: this.#request };
  }

  /** The nth of what a change hands to the kernel, from 1: tables of iptc, or the messages of an nft batch. */
  arm(action: SabotageAction, number: number): void {
    writeFileSync(this.#request, `${action} ${number}`);
  }

  /** Whether anything was spoilt since it was armed. */
  disarm(): boolean {
    const left = this.#read();
    writeFileSync(this.#request, '');
    return left === '' || left === 'refuse-from 0';
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #read(): string {
    try {
      return readFileSync(this.#request, 'utf8');
    } catch {
      return '';
    }
  }

  get #library(): string {
    return join(this.#directory, 'saboteur.so');
  }

  get #request(): string {
    return join(this.#directory, 'request');
  }
}
