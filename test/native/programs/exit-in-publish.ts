import { type BackendName, openFirewall } from '../../../lib';
import { PORTS } from './ports';

/** usage: exit-in-publish BACKEND MILLISECONDS: begins to publish many ports and calls process.exit() so much later. */
async function main([backend, delay]: string[]): Promise<void> {
  const firewall = await openFirewall({ backend: backend as BackendName });
  void firewall.publishAll(PORTS);
  setTimeout(() => process.exit(7), Number(delay));
}

void main(process.argv.slice(2));
