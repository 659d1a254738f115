import { hostsSuite } from './hosts.suite';

hostsSuite('nft');
