import { createHash } from 'node:crypto';
import { get } from 'node:https';
import { TRUST } from './probe';
import type { DownloadResult, ProbeOptions } from './protocol';

export class Download {
  /** Resolves with the first bytes, or when there will be none. */
  readonly begun: Promise<void>;
  readonly end: Promise<DownloadResult>;
  readonly status: DownloadResult = { bytes: 0, state: 'running' };

  constructor(options: ProbeOptions) {
    let begin = () => {};
    this.begun = new Promise((resolve) => {
      begin = resolve;
    });
    this.end = this.#run(options, begin).catch((error: Error) => {
      Object.assign(this.status, { state: 'broken', error: error.message });
      begin();
      return this.status;
    });
  }

  #run({ address, port, ca }: ProbeOptions, begin: () => void): Promise<DownloadResult> {
    const digest = createHash('sha256');
    return new Promise((resolve, reject) => {
      const request = get({ host: address, port, ca, path: '/download', agent: false, ...TRUST }, (response) => {
        response.on('data', (chunk: Buffer) => {
          this.status.bytes += chunk.length;
          digest.update(chunk);
          begin();
        });
        response.on('error', reject);
        response.on('end', () => {
          const announced = Number(response.trailers['x-bytes']);
          const same = announced === this.status.bytes && response.trailers['x-sha256'] === digest.digest('hex');
          const state = same ? 'complete' : 'broken';
          resolve(Object.assign(this.status, { announced, state }));
        });
      });
      request.on('error', reject);
    });
  }
}
