import { bystandersSuite } from './bystanders.suite';
import { changesSuite } from './changes.suite';
import { establishedSuite } from './established.suite';
import { optionsSuite } from './options.suite';

optionsSuite('nft');
establishedSuite('nft');
bystandersSuite('nft');
changesSuite('nft');
