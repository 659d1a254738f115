import { get } from 'node:https';
import { TRUST } from './probe';
import type { DownloadResult, ProbeOptions } from './protocol';

export interface Download {
  status(): DownloadResult;
  end: Promise<DownloadResult>;
}

export function startDownload({ address, port, ca }: ProbeOptions): Download {
  const result: DownloadResult = { bytes: 0, state: 'running' };
  const end = new Promise<DownloadResult>((resolve) => {
    const fail = (error: Error) => {
      if (result.state === 'running') Object.assign(result, { state: 'broken', error: error.message });
      resolve(result);
    };
    const request = get({ host: address, port, ca, path: '/download', agent: false, ...TRUST }, (response) => {
      response.on('data', (chunk: Buffer) => {
        result.bytes += chunk.length;
      });
      response.on('error', fail);
      response.on('end', () => {
        result.announced = Number(response.trailers['x-bytes']);
        result.state = result.announced === result.bytes ? 'complete' : 'broken';
        resolve(result);
      });
    });
    request.on('error', fail);
  });
  return { status: () => result, end };
}
