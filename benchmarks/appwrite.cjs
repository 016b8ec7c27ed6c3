// Does the work of appwrite.cpp with node-appwrite, the official client, and prints the seconds.
//   node appwrite.cjs ENDPOINT PROJECT KEY DATABASE COLLECTION RECORDS.json create|get|list WAYS
const { Client, Databases, Query } = require('node-appwrite');

const [endpoint, project, key, database, collection, file, work, ways] = process.argv.slice(2);
const records = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const client = new Client().setEndpoint(endpoint).setProject(project).setKey(key);
client.headers['X-Appwrite-Response-Format'] = '1.8.0'; // a newer format adds a warning to every response
const databases = new Databases(client);
const queries = [Query.equal('status', ['completed']), Query.orderDesc('created_at'), Query.limit(25)];

const one = {
  create: (record) => databases.createDocument(database, collection, record.id, record.data),
  get: (record) => databases.getDocument(database, collection, record.id),
  list: () => databases.listDocuments(database, collection, queries),
}[work];

async function worker(next) {
  for (let record = next(); record; record = next()) await one(record);
}

async function main() {
  // Warm-up, so that just-in-time compilation is not measured.
  for (let i = 0; i < 100; ++i) await databases.listDocuments(database, collection, [Query.limit(1)]);
  let at = 0;
  const next = () => records[at++];
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(ways) }, () => worker(next)));
  console.log(Number(process.hrtime.bigint() - start) / 1e9);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
