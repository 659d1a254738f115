import { bystandersSuite } from './bystanders.suite';
import { changesSuite } from './changes.suite';
import { connectionsSuite } from './connections.suite';
import { drainedSuite } from './drained.suite';
import { establishedSuite } from './established.suite';
import { flowsSuite } from './flows.suite';
import { loadSuite } from './load.suite';
import { optionsSuite } from './options.suite';
import { processesSuite } from './processes.suite';

optionsSuite('iptc');
establishedSuite('iptc');
bystandersSuite('iptc');
changesSuite('iptc');
connectionsSuite('iptc');
flowsSuite('iptc');
drainedSuite('iptc');
loadSuite('iptc');
processesSuite('iptc');
