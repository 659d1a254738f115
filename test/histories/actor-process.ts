import { type BackendName, openFirewall } from '../../lib';
import { LocalActor } from './actor';
import type { Operation } from './operations';

/** usage: actor-process BACKEND OWNER NAMESPACE: carries out what it is sent over the channel of its parent, and ends with it. */
async function main([backend, owner, namespace]: string[]): Promise<void> {
  const actor = await LocalActor.create(() =>
    openFirewall({ backend: backend as BackendName, owner: owner ?? '', namespace: namespace ?? '' }),
  );
  process.on('message', async (message: Operation | 'forget') => {
    if (message !== 'forget') process.send?.(await actor.perform(message));
    else {
      await actor.forget();
      process.send?.('forgotten');
    }
  });
  process.send?.('ready');
}

process.once('disconnect', () => process.exit());
void main(process.argv.slice(2));
