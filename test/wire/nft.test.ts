import { bystandersSuite } from './bystanders.suite';
import { changesSuite } from './changes.suite';
import { connectionsSuite } from './connections.suite';
import { drainedSuite } from './drained.suite';
import { establishedSuite } from './established.suite';
import { flowsSuite } from './flows.suite';
import { loadSuite } from './load.suite';
import { optionsSuite } from './options.suite';
import { processesSuite } from './processes.suite';

optionsSuite('nft');
establishedSuite('nft');
bystandersSuite('nft');
changesSuite('nft');
connectionsSuite('nft');
flowsSuite('nft');
drainedSuite('nft');
loadSuite('nft');
processesSuite('nft');
