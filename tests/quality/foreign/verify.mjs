// A verifier that knows nothing of the platform: other people's libraries against the running server.
//
//   cd <an empty folder> && npm init -y && npm i @digitalbazaar/vc @digitalbazaar/data-integrity \
//     @digitalbazaar/eddsa-jcs-2022-cryptosuite @digitalbazaar/vc-bitstring-status-list jose jsonld
//   cp <checkout>/tests/quality/foreign/verify.mjs . && node verify.mjs <address of a credential>
//
// It fetches the credential, the issuer's DID document, the context, the schema and the status lists over HTTP as any stranger
// would, and prints one JSON object with what the libraries say.
import * as vc from '@digitalbazaar/vc';
import {named as contexts} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as jose from 'jose';
import jsonld from 'jsonld';

const V2 = 'https://www.w3.org/ns/credentials/v2';
const get = async (url, accept) => {
  const answer = await fetch(url, {headers: {accept}});
  if(!answer.ok) { throw new Error(`${answer.status} for ${url}`); }
  return answer;
};

// did:web, by its method specification; plain HTTP only because the server under test is on this machine.
const resolve = async did => {
  const [host, ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  const where = path.length ? path.map(encodeURIComponent).join('/') : '.well-known';
  return (await get(`http://${host}/${where}/did.json`, 'application/did+ld+json')).json();
};

const loaded = [];
const documentLoader = async url => {
  if(url === V2) { return {contextUrl: null, documentUrl: url, document: contexts.get('v2').context}; }
  loaded.push(url);
  let document;
  if(url.startsWith('did:web:')) {
    document = await resolve(url.split('#')[0]);
    if(url.includes('#')) {
      const method = document.verificationMethod.find(each => each.id === url);
      document = {'@context': 'https://w3id.org/security/multikey/v1', ...method};
    }
  } else {
    document = await (await get(url, 'application/vc, application/ld+json;q=0.9, application/json;q=0.8')).json();
  }
  return {contextUrl: null, documentUrl: url, document};
};

const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
const verified = async (credential, statuses) => {
  const said = await vc.verifyCredential({
    credential: structuredClone(credential), suite, documentLoader,
    checkStatus: async options => {
      const found = await checkStatus({...options, suite});
      for(const each of found.results ?? []) { statuses[each.credentialStatus.statusPurpose] = each.status; }
      return found;
    },
  });
  return said.verified;
};

const address = process.argv[2];
const credential = await (await get(address, 'application/vc')).json();
const statuses = {}, ignored = {};
const report = {dataIntegrity: await verified(credential, statuses), statuses};

const altered = structuredClone(credential);
altered.credentialSubject.quantity.decimalValue += '0';
report.altered = await verified(altered, ignored);
const stolen = structuredClone(credential);
stolen.issuer.name += '某';
report.stolen = await verified(stolen, ignored);

const kept = await jsonld.expand(credential, {documentLoader, safe: true});
report.expanded = kept.length;

const jwtOf = async query => (await get(address + query, 'application/vc+jwt')).text();
const keyFor = async header => {
  const document = await resolve(header.kid.split('#')[0]);
  if(!document.assertionMethod.includes(header.kid)) { throw new Error('not for assertions'); }
  const {publicKeyJwk} = document.verificationMethod.find(each => each.id === header.kid);
  return jose.importJWK(publicKeyJwk, header.alg);
};
report.jose = {};
for(const query of ['', '?alg=EdDSA']) {
  const jwt = await jwtOf(query);
  const {payload, protectedHeader} = await jose.compactVerify(jwt, keyFor);
  const inside = JSON.parse(new TextDecoder().decode(payload));
  const {proof: _, ...bare} = credential;
  report.jose[protectedHeader.alg] =
    protectedHeader.typ === 'vc+jwt' && JSON.stringify(sorted(inside)) === JSON.stringify(sorted(bare));
  const [head, body, tail] = jwt.split('.');
  const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('HG', 'HX')).toString('base64url');
  report.joseAltered = await jose.compactVerify(`${head}.${forged}.${tail}`, keyFor).then(() => true, () => false);
}
report.loaded = [...new Set(loaded)].length;
console.log(JSON.stringify(report));

function sorted(value) {
  if(Array.isArray(value)) { return value.map(sorted); }
  if(value === null || typeof value !== 'object') { return value; }
  return Object.fromEntries(Object.keys(value).sort().map(name => [name, sorted(value[name])]));
}
