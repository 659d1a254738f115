import type { IptcOpenOptions } from '../../../lib/backends/table-session';
import { addon, changeOf, closing, errorOf, OPTIONS } from '../support/tables';

/** usage: call open|read|commit OPTIONS: prints the error that the call is rejected with, as JSON. */
async function main(): Promise<void> {
  const [call, options] = process.argv.slice(2);
  const opening = addon().open(JSON.parse(options ?? '{}') as IptcOpenOptions);
  if (call === 'open') return print(await errorOf(opening));
  const session = await opening;
  const change = changeOf({ table: 'filter', operations: [{ op: 'append', chain: 'INPUT', rule: closing(1) }] });
  const calling = async (): Promise<unknown> =>
    call === 'read' ? session.read([{ family: 'ipv4', table: 'filter' }], OPTIONS) : session.commit(change, OPTIONS);
  print(await errorOf(calling()));
}

function print(error: Error): void {
  process.stdout.write(JSON.stringify({ ...error, message: error.message }));
}

void main();
