import { addon, OPTIONS } from '../support/tables';
import { bigChange } from './big-change';

/** usage: exit-in-commit MILLISECONDS: begins a commit of many steps and calls process.exit() so much later. */
async function main(): Promise<void> {
  const session = await addon().open({});
  const change = bigChange();
  void session.commit(change, OPTIONS);
  setTimeout(() => process.exit(7), Number(process.argv[2]));
}

void main();
