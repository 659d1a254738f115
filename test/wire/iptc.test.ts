import { bystandersSuite } from './bystanders.suite';
import { changesSuite } from './changes.suite';
import { connectionsSuite } from './connections.suite';
import { establishedSuite } from './established.suite';
import { optionsSuite } from './options.suite';

optionsSuite('iptc');
establishedSuite('iptc');
bystandersSuite('iptc');
changesSuite('iptc');
connectionsSuite('iptc');
