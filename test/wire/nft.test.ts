import { bystandersSuite } from './bystanders.suite';
import { changesSuite } from './changes.suite';
import { connectionsSuite } from './connections.suite';
import { establishedSuite } from './established.suite';
import { optionsSuite } from './options.suite';

optionsSuite('nft');
establishedSuite('nft');
bystandersSuite('nft');
changesSuite('nft');
connectionsSuite('nft');
