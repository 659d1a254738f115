import type { Watch } from '../../lib';

/** What a watch has said, in words: `lost redirect tcp 8445>8443 name=web`. */
export class Events {
  readonly lost: string[][] = [];
  readonly healed: string[][] = [];
  readonly failed: string[] = [];

  constructor(watch: Watch) {
    watch.on('lost', ({ rules, damage }) => this.lost.push([...damage, ...rules.map(({ text }) => text)]));
    watch.on('healed', ({ added }) => this.healed.push(added.map(({ text }) => text)));
    watch.on('failed', (error) => this.failed.push(String(error)));
  }

  get count(): number {
    return this.lost.length + this.healed.length + this.failed.length;
  }
}
