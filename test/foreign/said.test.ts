import { saidSuite } from './said.suite';

saidSuite('iptc');
saidSuite('nft');
